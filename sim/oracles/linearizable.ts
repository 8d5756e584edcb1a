/**
 * Linearizable: what all commands were answered is what they would have been answered one after the other, each at
 * some moment between asking and answer. A command that was never answered may have been carried out at any moment
 * while its registry lived, or not at all; one that was answered is known to the registry that comes after a kill.
 *
 * All orders that the answers so far allow are kept, and followed from answer to answer (Lowe, "Testing for
 * linearizability"); a command that waits takes effect when it begins and once more when it ends, and in between
 * others find the session busy.
 */
import type { StepResult } from '../../actors/client/plans/plan.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isUnanswered } from '../ledger/sessions.ts';
import { type Finding, finder } from './finding.ts';
import {
  begin,
  type ClientRequest,
  type Finishing,
  fallBack,
  finish,
  type Sessions,
} from './session-model.ts';

const linearizable = finder('linearizable');

/** Orders that are followed at most, for one answer. A history that needs more is not decided. */
const ORDERS_MAX = 5_000;

/** A request, and when it was asked for and answered, nanoseconds. */
interface TimedRequest extends ClientRequest {
  readonly user: string;
  readonly registry: string;
  readonly askedAt: number;
  /** Infinity: never. */
  readonly answeredAt: number;
}

/** How far each request is that is asked and not answered yet. */
type Progress = 'waiting' | 'done' | Finishing;

/** One way in which everything up to now can have happened. */
interface Possibility {
  readonly sessions: Sessions;
  readonly open: ReadonlyMap<TimedRequest, Progress>;
}

export interface CommandOrder {
  readonly findings: readonly Finding[];
  /** Commands overlapped, and their order was found. */
  readonly hasOverlaps: boolean;
  /** There were more than {@link ORDERS_MAX} orders. */
  readonly isUndecided: boolean;
}

/** What a run with faults excuses. */
export interface Excuses {
  /** The disk refused records: a registry may not know what the one before it had answered. */
  readonly forgets: boolean;
  /** Consumers may have died. */
  readonly losesConsumers: boolean;
}

export function checkLinearizable(ledger: Ledger, excuses: Excuses): CommandOrder {
  const findings: Finding[] = [];
  let [hasOverlaps, isUndecided] = [false, false];
  for (const registries of registriesByLocation(ledger)) {
    const { served, until } = trustedRegistriesOf(ledger, registries, excuses.forgets);
    const requests = requestsOf(ledger, served, until, excuses.losesConsumers);
    hasOverlaps ||= requests.some((one) => requests.some((other) => overlap(one, other)));
    const outcome = follow(requests, served);
    if (outcome === 'undecided') isUndecided = true;
    else if (outcome !== 'explained') findings.push(linearizable(sentenceOf(outcome)));
  }
  return { findings, hasOverlaps, isUndecided };
}

interface Registry {
  readonly who: string;
  readonly uid: number;
  readonly readyAt: number;
}

/** The registries of each place, one after the other. */
function registriesByLocation({ registries }: Ledger): Registry[][] {
  const locations = new Map<string, Registry[]>();
  for (const { scope, uid, who, readyAt } of registries) {
    const key: `${RegistryScope} ${number}` = `${scope} ${uid}`;
    locations.set(key, [...(locations.get(key) ?? []), { who, uid, readyAt }]);
  }
  return [...locations.values()];
}

/** Those of a place whose word holds, and until when: a registry that ends on request takes its sessions along. */
function trustedRegistriesOf(
  { terminations }: Ledger,
  registries: readonly Registry[],
  forgets: boolean,
): { readonly served: readonly Registry[]; readonly until: number } {
  const ends = terminations.filter(({ uid }) => uid === registries[0]?.uid).map(({ at }) => at);
  const until = Math.min(Number.POSITIVE_INFINITY, ...ends);
  const served = registries.filter(({ readyAt }) => readyAt < until);
  return { served: forgets ? served.slice(0, 1) : served, until };
}

function requestsOf(
  { commands }: Ledger,
  registries: readonly Registry[],
  until: number,
  mayLoseConsumer: boolean,
): TimedRequest[] {
  const those = new Set(registries.map(({ who }) => who));
  const requests: TimedRequest[] = [];
  for (const { user, uid, steps, results, registry } of commands) {
    if (registry === undefined || !those.has(registry)) continue;
    for (const [index, { operation, askedAt, answeredAt }] of steps.entries()) {
      if (operation === undefined || askedAt >= until) continue;
      const result: StepResult | undefined = results[index];
      // Of a session that is gone nobody knows which registry has ended it, and when.
      const isKnown = !isUnanswered(result) && result?.kind !== 'gone';
      const isAnswered = isKnown && answeredAt !== undefined && answeredAt < until;
      requests.push({
        user,
        uid,
        operation,
        registry,
        askedAt,
        answer: isAnswered ? result : undefined,
        answeredAt: isAnswered ? answeredAt : Number.POSITIVE_INFINITY,
        mayMeetConsumer: false,
        mayLoseConsumer,
      });
    }
  }
  return requests.map((request) => ({
    ...request,
    mayMeetConsumer: meetsConsumer(request, requests, registries),
  }));
}

/** A consumer comes with a start; until it can write, another start is told to wait. It comes again after a kill. */
function meetsConsumer(
  request: TimedRequest,
  requests: readonly TimedRequest[],
  registries: readonly Registry[],
): boolean {
  if (registries[0]?.who !== request.registry || request.mayLoseConsumer) return true;
  return requests.some(
    (other) =>
      other !== request &&
      other.operation.op === 'session.start' &&
      other.askedAt <= request.answeredAt &&
      (other.answer?.kind !== 'reply' || other.answeredAt >= request.askedAt),
  );
}

function overlap(one: TimedRequest, other: TimedRequest): boolean {
  return one !== other && one.askedAt < other.answeredAt && other.askedAt < one.answeredAt;
}

type Event =
  | { readonly at: number; readonly kind: 'asked'; readonly request: TimedRequest }
  | { readonly at: number; readonly kind: 'answered'; readonly request: TimedRequest }
  /** A registry is there, and so none before it. */
  | { readonly at: number; readonly kind: 'restarted'; readonly who: string };

/** At one time: what is asked comes before what is answered, so that the two may be in any order. */
const ORDER = { restarted: 0, asked: 1, answered: 2 } as const;

function eventsOf(requests: readonly TimedRequest[], registries: readonly Registry[]): Event[] {
  const events: Event[] = [
    ...registries.map(({ who, readyAt }) => ({ at: readyAt, kind: 'restarted' as const, who })),
    ...requests.map((request) => ({ at: request.askedAt, kind: 'asked' as const, request })),
    ...requests
      .filter(({ answeredAt }) => answeredAt !== Number.POSITIVE_INFINITY)
      .map((request) => ({ at: request.answeredAt, kind: 'answered' as const, request })),
  ];
  return events.sort((one, other) => one.at - other.at || ORDER[one.kind] - ORDER[other.kind]);
}

/** The request whose answer nothing explains, with what others were at that moment; or that there is none. */
function follow(
  requests: readonly TimedRequest[],
  registries: readonly Registry[],
):
  | 'explained'
  | 'undecided'
  | { readonly request: TimedRequest; readonly before: Possibility | undefined } {
  const numbers = new Map(requests.map((request, index) => [request, index]));
  let possible: readonly Possibility[] = [{ sessions: [], open: new Map() }];
  for (const event of eventsOf(requests, registries)) {
    if (event.kind === 'asked') {
      possible = possible.map(({ sessions, open }) => ({
        sessions,
        open: new Map([...open, [event.request, 'waiting']]),
      }));
      continue;
    }
    const answered = event.kind === 'answered' ? event.request : undefined;
    const reached = reachable(possible, answered, numbers);
    if (reached === undefined) return 'undecided';
    const next =
      event.kind === 'answered'
        ? reached.flatMap((one) => withAnswered(one, event.request))
        : reached.map((one) => withoutLost(one, event.who));
    if (next.length === 0 && answered !== undefined) {
      return { request: answered, before: possible[0] };
    }
    possible = distinct(next, numbers);
  }
  return 'explained';
}

/** What registries before this one had not begun is never done. */
function withoutLost({ sessions, open }: Possibility, who: string): Possibility {
  const kept = [...open].filter(
    ([request, progress]) =>
      request.registry === who || request.answer !== undefined || typeof progress === 'object',
  );
  return { sessions, open: new Map(kept) };
}

/** Without the request, whose answer is there; nothing when it is not carried out in this possibility. */
function withAnswered({ sessions, open }: Possibility, request: TimedRequest): Possibility[] {
  if (open.get(request) !== 'done') return [];
  const others = new Map(open);
  others.delete(request);
  return [{ sessions, open: others }];
}

/** All that these can become until the request, if any, is done; undefined: too many orders. */
function reachable(
  possible: readonly Possibility[],
  until: TimedRequest | undefined,
  numbers: ReadonlyMap<TimedRequest, number>,
): Possibility[] | undefined {
  const reached = new Map<string, Possibility>();
  const waiting = [...possible];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const key = keyOf(one, numbers);
    if (reached.has(key)) continue;
    reached.set(key, one);
    if (reached.size > ORDERS_MAX) return undefined;
    if (until === undefined || one.open.get(until) !== 'done') waiting.push(...stepsOf(one));
  }
  return [...reached.values()];
}

/** Each open request takes its next step. */
function* stepsOf({ sessions, open }: Possibility): Generator<Possibility> {
  for (const [request, progress] of open) {
    if (progress === 'done') continue;
    const next = (after: Sessions, how: Progress): Possibility => {
      const then = new Map(open).set(request, how);
      // Nobody will be told: it is over.
      if (how === 'done' && request.answer === undefined) then.delete(request);
      return { sessions: after, open: then };
    };
    if (progress === 'waiting') {
      for (const { sessions: after, finishing } of begin(sessions, request)) {
        yield next(after, finishing ?? 'done');
      }
      continue;
    }
    const after = finish(sessions, request, progress);
    if (after !== undefined) yield next(after, 'done');
    const before = fallBack(sessions, request, progress);
    if (before !== undefined) yield next(before, 'waiting');
  }
}

function distinct(
  possible: readonly Possibility[],
  numbers: ReadonlyMap<TimedRequest, number>,
): Possibility[] {
  if (possible.length < 2) return [...possible];
  return [...new Map(possible.map((one) => [keyOf(one, numbers), one])).values()];
}

function keyOf(
  { sessions, open }: Possibility,
  numbers: ReadonlyMap<TimedRequest, number>,
): string {
  const progress = [...open].map(([request, how]) => [numbers.get(request), how]);
  // Possibilities that differ in the order of making are the same ones: no answer tells it.
  const sorted = [...sessions].sort((one, other) =>
    one.uid === other.uid ? (one.name < other.name ? -1 : 1) : one.uid - other.uid,
  );
  return JSON.stringify([sorted, progress]);
}

function sentenceOf({
  request,
  before,
}: {
  readonly request: TimedRequest;
  readonly before: Possibility | undefined;
}): string {
  const { operation, user, answer } = request;
  const session = 'session' in operation ? ` ${operation.session}` : '';
  const known = (before?.sessions ?? []).map(
    ({ uid, name, state }) => `${name} of ${uid} is ${state}`,
  );
  return (
    `${operation.op}${session} of ${user} was answered ${answerText(answer)}, which no order explains` +
    `; ${known.length === 0 ? 'there may be no session' : `it may be that ${known.join(', ')}`}`
  );
}

function answerText(answer: StepResult | undefined): string {
  if (answer?.kind === 'failure') return answer.code;
  if (answer?.kind !== 'reply') return 'nothing';
  const { session, sessions } = answer.value;
  const of = session === undefined ? sessions : [session];
  if (of === undefined) return 'without a session';
  const states = of.map(
    ({ name, state, channels }) =>
      `${name} ${state} with ${channels
        .map(({ settings, rules }) => {
          const texts = rules.map(({ pattern, enabled }) => `${enabled ? '' : '!'}${pattern}`);
          return `${settings.name} (${texts.join(' ')})`;
        })
        .join(' ')}`,
  );
  return `[${states.join(', ')}]`;
}
