/**
 * Linearizable: all answers are explained by some sequential order of the commands, each at some moment between request
 * and answer. A command without an answer may have been carried out at any moment while its registry lived, or not at
 * all; the registry that follows a kill knows every answered command.
 *
 * The oracle keeps all orders that the answers so far allow, and follows them from answer to answer (Lowe, "Testing for
 * linearizability"). A command that waits takes effect when it begins and again when it ends; in between other commands
 * find the session busy.
 */
import type { StepResult } from '../../actors/client/plans/plan.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import { isUnawaited } from '../input/unawaited.ts';
import { kernelPartsIn } from '../ledger/kernel-parts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isUnanswered } from '../ledger/sessions.ts';
import { type Finding, finder } from './finding.ts';
import type { Sessions } from './model-sessions.ts';
import { begin, type ClientRequest, type Finishing, fallBack, finish } from './session-model.ts';

const linearizable = finder('linearizable');

/** Maximum number of orders for one answer. A history that needs more is not decided. */
const ORDERS_MAX = 5_000;

/** A request, with the times of request and answer, nanoseconds. */
interface TimedRequest extends ClientRequest {
  readonly user: string;
  readonly registry: string;
  readonly askedAt: number;
  /** Infinity: never. */
  readonly answeredAt: number;
  /** What a request without waiting leaves to be done: it has begun already, and gets no answer. */
  readonly rest?: TimedRequest;
}

/** The progress of a request that is not answered yet. */
type Progress = 'waiting' | 'done' | Finishing;

/** One possible history up to now. */
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

/** Excuses of a run with faults. */
export interface Excuses {
  /** The disk refused records: a registry may not know the answers of its predecessor. */
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

/** The successive registries of each scope and user. */
function registriesByLocation({ registries }: Ledger): Registry[][] {
  const locations = new Map<string, Registry[]>();
  for (const { scope, uid, who, readyAt } of registries) {
    const key: `${RegistryScope} ${number}` = `${scope} ${uid}`;
    locations.set(key, [...(locations.get(key) ?? []), { who, uid, readyAt }]);
  }
  return [...locations.values()];
}

/** The registries whose answers stay valid, and until when: a registry that ends on request ends its sessions. */
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
  ledger: Ledger,
  registries: readonly Registry[],
  until: number,
  mayLoseConsumer: boolean,
): TimedRequest[] {
  const those = new Set(registries.map(({ who }) => who));
  // The model knows sessions by their names, which kernel parts share with their user parts.
  const kernelParts = new Set(kernelPartsIn(ledger).map(({ uuid }) => uuid));
  const requests: TimedRequest[] = [];
  for (const { user, uid, steps, results, registry } of ledger.commands) {
    if (registry === undefined || !those.has(registry)) continue;
    for (const [index, { operation, askedAt, answeredAt }] of steps.entries()) {
      if (operation === undefined || askedAt >= until) continue;
      if ('session' in operation && kernelParts.has(operation.session)) continue;
      const result: StepResult | undefined = results[index];
      // The ledger does not show when, and by which registry, a session was ended.
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
  return requests.map((request) => {
    const whole = { ...request, mayMeetConsumer: meetsConsumer(request, requests, registries) };
    const rest = { ...whole, answer: undefined, answeredAt: Number.POSITIVE_INFINITY };
    return isUnawaited(request.operation) ? { ...whole, rest } : whole;
  });
}

/** Whether a consumer may be on its way, for which a start must wait. */
function meetsConsumer(
  request: TimedRequest,
  requests: readonly TimedRequest[],
  registries: readonly Registry[],
): boolean {
  if (registries[0]?.who !== request.registry || request.mayLoseConsumer) return true;
  return requests.some(
    (other) =>
      other !== request &&
      SPAWNING.has(other.operation.op) &&
      other.askedAt <= request.answeredAt &&
      (other.answer?.kind !== 'reply' || other.answeredAt >= request.askedAt),
  );
}

/** Commands for which a client starts the session's consumer when it has none. */
const SPAWNING: ReadonlySet<string> = new Set([
  'session.start',
  'session.rotate',
  'session.clear',
  'session.regenerate',
]);

function overlap(one: TimedRequest, other: TimedRequest): boolean {
  return one !== other && one.askedAt < other.answeredAt && other.askedAt < one.answeredAt;
}

type Event =
  | { readonly at: number; readonly kind: 'asked'; readonly request: TimedRequest }
  | { readonly at: number; readonly kind: 'answered'; readonly request: TimedRequest }
  /** A registry serves, so its predecessors do not. */
  | { readonly at: number; readonly kind: 'restarted'; readonly who: string };

/** At the same time requests come before answers, so that both orders are possible. */
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

/** The first request whose answer no order explains, with the possible sessions at that moment; or the outcome. */
function follow(
  requests: readonly TimedRequest[],
  registries: readonly Registry[],
):
  | 'explained'
  | 'undecided'
  | { readonly request: TimedRequest; readonly before: Possibility | undefined } {
  const all = requests.flatMap((request) => [request, ...(request.rest ? [request.rest] : [])]);
  const numbers = new Map(all.map((request, index) => [request, index]));
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

/** Drops unanswered requests that earlier registries had not begun: they are never carried out. */
function withoutLost({ sessions, open }: Possibility, who: string): Possibility {
  const kept = [...open].filter(
    ([request, progress]) =>
      request.registry === who || request.answer !== undefined || typeof progress === 'object',
  );
  return { sessions, open: new Map(kept) };
}

/** The possibility without the answered request; empty when it has not carried out the request. */
function withAnswered({ sessions, open }: Possibility, request: TimedRequest): Possibility[] {
  if (open.get(request) !== 'done') return [];
  const others = new Map(open);
  others.delete(request);
  return [{ sessions, open: others }];
}

/** All possibilities that these can reach until the request, if any, is done; undefined: too many orders. */
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

/** The next step of each open request. */
function* stepsOf({ sessions, open }: Possibility): Generator<Possibility> {
  for (const [request, progress] of open) {
    if (progress === 'done') continue;
    const next = (after: Sessions, how: Progress): Possibility => {
      const then = new Map(open).set(request, how);
      // It gets no answer, so it is complete.
      if (how === 'done' && request.answer === undefined) then.delete(request);
      return { sessions: after, open: then };
    };
    if (progress === 'waiting') {
      for (const { sessions: after, finishing, left } of begin(sessions, request)) {
        const then = next(after, finishing ?? 'done');
        if (left === undefined || request.rest === undefined) yield then;
        else yield { ...then, open: new Map(then.open).set(request.rest, left) };
      }
      continue;
    }
    const after = finish(sessions, request, progress);
    if (after !== undefined) yield next(after, 'done');
    const before = fallBack(sessions, request, progress);
    // A client that does not wait does not repeat it.
    if (before !== undefined)
      yield next(before, isUnawaited(request.operation) ? 'done' : 'waiting');
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
  // Possibilities that differ only in the order of creation are equal: no answer depends on it.
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
