/**
 * Conservation: every event that a thread emitted into a session is readable, once, in order and undamaged, or counted
 * as lost; and the trace has no other events. It compares a ledger with a trace, independent of their origin.
 *
 * If only one session concerns a thread, the ledger has the exact set of events, from its tracepoints. If several do,
 * the user's commands bound it: between the `active` answer and the stop request every event must be in the trace;
 * before the start request and after the end of the stop none may be.
 */

import { isSelected, mayBeSelected } from '../input/filters.ts';
import { channelsFor, concerns } from '../ledger/eligibility.ts';
import type { Emission } from '../ledger/emission.ts';
import type { Ledger, ThreadAccount } from '../ledger/ledger.ts';
import { clearedUntil } from '../ledger/rotations.ts';
import { isFor, isMoved, type RuleAccount, type SessionAccount } from '../ledger/sessions.ts';
import { streamsOf, type Written, writersOf } from '../ledger/stream-writers.ts';
import type { StreamContent, TraceContent } from '../ledger/trace-content.ts';
import { trackedWindows } from '../ledger/trackers.ts';
import type { Window } from '../ledger/window.ts';
import { type Finding, finder } from './finding.ts';
import { NO_TOLERANCE, type Tolerance } from './tolerance.ts';

const conservation = finder('conservation');
const coverage = finder('coverage');
const isolation = finder('isolation');

/** Peers that wait for a registry, or have lost one, reconnect so long after the next one serves, nanoseconds. */
const RETURN_NS_MAX = 1_000_000_000;
/** The same when a process misuses the pipe on which they wait: a rest and a wait without a signal. */
const MISUSED_RETURN_NS_MAX = 3_100_000_000;

/** Whether a session must record an event. */
type Duty = 'recorded' | 'either' | 'absent';

/** Compares one session's trace with the emitted events. `sessions`: all sessions of the run. */
export function checkConservation(
  ledger: Ledger,
  sessions: readonly SessionAccount[],
  session: SessionAccount,
  content: TraceContent,
  tolerance: Tolerance = NO_TOLERANCE,
): Finding[] {
  const findings: Finding[] = [];
  const certainUntil = Math.min(tolerance.certainUntil(session), session.doubtfulFrom);
  const written = writersOf(ledger, content.streams);
  const { isOverwriting } = session;
  /** Missing events that the session need not count in its trace: its user was told their number. */
  const givenUp = { left: session.abandoned };
  /** The consumer begins another trace, and both are in the directory that it holds. */
  const isOutputMoved = ledger.adversaries.some(
    ({ attack }) => attack.kind === 'swapped-directory',
  );
  findings.push(...checkWriters(session, written));
  for (const thread of ledger.threads.filter((other) => concerns(session, other))) {
    const streams = streamsOf(written, thread);
    const isSole =
      sessions.filter((other) => concerns(other, thread)).length === 1 && !tolerance.isSecretive;
    const mayMiss = tolerance.mayMiss(session, thread);
    const lingersNs = tolerance.lingersFor(session);
    const served = servedBy(ledger, session, thread);
    findings.push(...checkEligibility(session, thread, streams, lingersNs));
    if (!mayMiss && !isOutputMoved && !isMoved(session))
      findings.push(...checkStreams(session, thread, streams));
    const rulesFor = rulesOf(session, thread);
    const tracked = trackedWindows(session.tracked, thread);
    const cleared = clearedUntil(session.rotations);
    const duties = new Map(
      thread.emissions.map((emission) => {
        const { at } = emission;
        const named = rulesFor(emission);
        const byTime = (rules: readonly RuleAccount[]): Duty =>
          dutyByTime(session, [rules, tracked], served(at), at, lingersNs);
        const selecting = named.filter(({ filter }) => isSelected(filter, emission));
        const bounds = byTime(selecting);
        const isOwedNow = at < certainUntil && bounds === 'recorded' && !emission.isEnabled;
        if (isSole && !mayMiss && isOwedNow) {
          findings.push(coverage(`${nameOf(thread)} did not record event ${emission.counter}`));
        }
        const isUntold = session.unbuffered?.has(thread.pid) === false;
        const isOwed = isSole && bounds === 'recorded' && emission.isDone && !emission.isEnabled;
        if (mayMiss && tolerance.lacksMemoryAlone && isOwed && isUntold) {
          findings.push(
            coverage(
              `${nameOf(thread)} records nothing for lack of buffers, and no answer names it`,
            ),
          );
        }
        if (isSole && byTime(named) === 'absent' && emission.isEnabled) {
          findings.push(
            coverage(`${nameOf(thread)} recorded event ${emission.counter}, which no rule enables`),
          );
        }
        const duty = isSole
          ? soleDuty(emission, bounds, byTime(named.filter((rule) => !selecting.includes(rule))))
          : bounds;
        const isCertain =
          emission.isDone && at < certainUntil && at >= cleared && (isSole || !mayMiss);
        return [emission.counter, isCertain || duty === 'absent' ? duty : 'either'] as const;
      }),
    );
    const mayRepeat = tolerance.mayRepeat && isMoved(session);
    const mayOvercount = mayRepeat || tolerance.mayOvercount;
    const rules = { isOverwriting, givenUp, mayRepeat, mayOvercount };
    findings.push(...checkThread(thread, duties, streams, rules));
  }
  return firstOfEach(findings);
}

/** The session concerns the writer of each stream, and each process, or user, has its own trace. */
export function checkWriters(session: SessionAccount, written: readonly Written[]): Finding[] {
  const owners = new Map<string, string>();
  return written.flatMap(({ stream: { file, pid, shared }, writers }) => {
    const [writer, another] = writers;
    if (writer === undefined) return [conservation(`${file} has no known writer`)];
    if (!writers.some((thread) => concerns(session, thread))) {
      return [isolation(`${file}: session "${session.name}" must not record ${pid}`)];
    }
    if (shared !== undefined) return [];
    const directory = file.slice(0, file.lastIndexOf('/'));
    const owner = owners.get(directory) ?? writer.who;
    if (another === undefined) owners.set(directory, owner);
    if (another !== undefined || owner === writer.who) return [];
    return [conservation(`${directory} is the trace of another process with id ${pid}, too`)];
  });
}

/**
 * Maps a moment to the latest moment up to which the thread certainly knew its user's rules: the same moment while a
 * registry serves the thread, the registry's end when it was killed. Undefined: unknown.
 */
export function servedBy(
  { registries, adversaries }: Ledger,
  session: SessionAccount,
  thread: ThreadAccount,
): (at: number) => number | undefined {
  const { startedAt, settledAt } = thread;
  const isMisused = adversaries.some(({ attack }) => attack.kind === 'pipe-misuse');
  const ofPlace = registries.filter(
    ({ scope, uid }) => scope === session.scope && (scope === 'global' || uid === session.uid),
  );
  return (at) => {
    const registry = ofPlace.findLast(({ readyAt }) => readyAt <= at);
    if (registry === undefined || settledAt === undefined || settledAt > at) return undefined;
    const { readyAt, endedAt = Number.POSITIVE_INFINITY } = registry;
    const returnsAt = readyAt + (isMisused ? MISUSED_RETURN_NS_MAX : RETURN_NS_MAX);
    const knownAt = readyAt < startedAt ? settledAt : Math.max(settledAt, returnsAt);
    return knownAt > Math.min(at, endedAt) ? undefined : Math.min(at, endedAt);
  };
}

/**
 * Whether the only session that concerns a thread must record an event. `selecting` and `rejecting`: what rules of its
 * name require whose filter selects it, and those whose filter does not. All of them enable its tracepoint.
 */
function soleDuty({ isEnabled }: Emission, selecting: Duty, rejecting: Duty): Duty {
  if (!isEnabled || selecting === 'absent') return 'absent';
  return rejecting === 'absent' ? 'recorded' : selecting;
}

/** The session's rules that name an event of the thread, and whose filter may select it: few kinds of events. */
function rulesOf(
  session: SessionAccount,
  thread: ThreadAccount,
): (emission: Emission) => readonly RuleAccount[] {
  const known = new Map<string, readonly RuleAccount[]>();
  return ({ name, logLevel }) => {
    const kind = `${logLevel} ${name}`;
    const rules =
      known.get(kind) ??
      session.rules.filter(
        (rule) =>
          logLevel <= rule.logLevelMax &&
          logLevel >= (rule.logLevelMin ?? 0) &&
          isNamedBy(rule.pattern, name) &&
          !(rule.exclusions ?? []).some((excluded) => isNamedBy(excluded, name)) &&
          mayBeSelected(rule.filter) &&
          isFor(rule, session, thread),
      );
    known.set(kind, rules);
    return rules;
  };
}

/** What is owed at a moment that one of each kind must bring about, such as the rules of an event. */
export function dutyByTime(
  { windows, doubtfulFrom }: SessionAccount,
  kinds: readonly (readonly Window[])[],
  served: number | undefined,
  at: number,
  lingersNs: number,
): Duty {
  if (at >= doubtfulFrom) return 'either';
  const isCertain = ({ activeAt, endAskedAt }: Window): boolean =>
    at >= activeAt && at < endAskedAt;
  const isPossible = ({ askedAt, endedAt }: Window): boolean =>
    at >= askedAt && at <= endedAt + lingersNs;
  const isOwed = (one: Window): boolean =>
    isCertain(one) && served !== undefined && served >= one.activeAt;
  const all = [windows, ...kinds];
  if (all.every((each) => each.some(isOwed))) return 'recorded';
  return all.every((each) => each.some(isPossible)) ? 'either' : 'absent';
}

/** Cache of recent patterns: scenarios use few patterns, or many repeatedly. */
const MATCHERS_MAX = 4096;
const matchers = new Map<string, RegExp>();

/** Whether a pattern matches, computed differently than in the product. */
export function isNamedBy(pattern: string, name: string): boolean {
  const known = matchers.get(pattern);
  if (known !== undefined) return known.test(name);
  if (matchers.size === MATCHERS_MAX) matchers.clear();
  const matcher = matcherOf(pattern);
  matchers.set(pattern, matcher);
  return matcher.test(name);
}

function matcherOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\\(.)|\*|([^\\*])/gs,
    (found, escaped?: string, plain?: string) =>
      found === '*' ? '.*' : (escaped ?? plain ?? found).replace(/[^a-z0-9]/gi, '\\$&'),
  );
  return new RegExp(`^${source}$`, 's');
}

/** A thread has streams only if the session recorded while a rule matched the thread (R1.18). */
function checkEligibility(
  session: SessionAccount,
  thread: ThreadAccount,
  streams: readonly StreamContent[],
  lingersNs: number,
): Finding[] {
  const channels = channelsFor(session, thread, lingersNs);
  const isDoubtful = session.doubtfulFrom < Number.POSITIVE_INFINITY;
  if (isDoubtful || streams.every((stream) => channels.has(channelOf(stream)))) return [];
  return [coverage(`${nameOf(thread)} has a stream in "${session.name}" that no rule requires`)];
}

/** A thread has one stream in a channel, and a part of it in each archive, however often its registry was killed. */
function checkStreams(
  session: SessionAccount,
  thread: ThreadAccount,
  streams: readonly StreamContent[],
): Finding[] {
  if (
    streams.length ===
    new Set(streams.map(({ file }) => `${archiveOf(file)}/${channelOf({ file })}`)).size
  )
    return [];
  const { name } = session;
  return [conservation(`${nameOf(thread)} has two streams in one channel of "${name}"`)];
}

/** The directory of the archive that the file is in; empty: it is in none. */
function archiveOf(file: string): string {
  return /\/archives\/([^/]+)\//.exec(file)?.[1] ?? '';
}

/** The channel in the file's name, which ends with the stream's number, and the file's number if it has several. */
function channelOf({ file }: Pick<StreamContent, 'file'>): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/(_\d+){1,2}$/, '');
}

interface CountingRules {
  readonly isOverwriting: boolean;
  readonly givenUp: { left: number };
  readonly mayRepeat: boolean;
  readonly mayOvercount: boolean;
}

function checkThread(
  thread: ThreadAccount,
  duties: ReadonlyMap<number, Duty>,
  streams: readonly StreamContent[],
  { isOverwriting, givenUp, mayRepeat, mayOvercount }: CountingRules,
): Finding[] {
  const findings: Finding[] = [];
  const name = nameOf(thread);
  const readable = new Set<number>();
  let [discarded, lostPackets, gaps] = [0, 0, 0];
  for (const stream of streams) {
    const before = mayRepeat ? new Set<number>() : readable;
    findings.push(...checkStream(thread, duties, stream, before));
    for (const { counter } of stream.events) readable.add(counter);
    discarded += stream.discarded;
    lostPackets += stream.lostPackets;
    gaps += stream.gaps;
  }
  const isOverwritten = overwrittenIn(streams);
  const kept = [...duties].filter(([counter]) => !isOverwritten(counter));
  const missing = kept.filter(([counter]) => !readable.has(counter));
  // Of the events that were discarded before the first packet's end, the trace does not say which ones came later.
  const before = streams.reduce((sum, { overwritten }) => sum + (overwritten?.discarded ?? 0), 0);
  const isWhole = streams.every(({ overwritten }) => overwritten === undefined);
  const owed = missing.filter(([, duty]) => duty === 'recorded').length;
  const excused = Math.min(givenUp.left, Math.max(0, owed - discarded));
  givenUp.left -= excused;
  const must = owed - excused;
  const may = missing.filter(([, duty]) => duty === 'either').length;
  if (lostPackets > 0 && !isOverwriting) {
    findings.push(conservation(`${name}: ${lostPackets} packets are missing`));
  } else if (
    lostPackets === 0 &&
    (must > discarded + before || (must + may < discarded && !mayOvercount && isWhole))
  ) {
    findings.push(
      conservation(
        `${name}: ${duties.size} emitted, ${readable.size} readable, ${must} to ${must + may} missing, ` +
          `but ${discarded} counted as discarded`,
      ),
    );
  } else if (lostPackets > 0 && discarded + before === 0 && holesIn(kept, readable) > gaps) {
    findings.push(conservation(`${name}: events are missing where no packet is`));
  }
  return findings;
}

/** Whether an event was in a file that was overwritten: behind the last of one stream, before the first of the next. */
function overwrittenIn(streams: readonly StreamContent[]): (counter: number) => boolean {
  const ranges = streams
    .map(({ events, overwritten }) => ({
      first: events[0]?.counter ?? Number.POSITIVE_INFINITY,
      last: events.at(-1)?.counter ?? Number.POSITIVE_INFINITY,
      isCut: overwritten !== undefined,
    }))
    .sort((one, other) => one.first - other.first);
  return (counter) => {
    const next = ranges.find(({ last }) => last > counter);
    return next !== undefined && next.isCut && counter < next.first;
  };
}

/** Checks one file of a thread. Adds the numbers of its events to `readable`, which has those of the other files. */
export function checkStream(
  thread: ThreadAccount,
  duties: ReadonlyMap<number, Duty>,
  { file, events }: StreamContent,
  readable: Set<number>,
): Finding[] {
  const findings: Finding[] = [];
  let [lastCounter, lastTimestamp] = [-1, 0n];
  for (const { counter, name, text, timestamp } of events) {
    const emission = thread.emissions[counter];
    if (emission === undefined) {
      findings.push(conservation(`${file}: event ${counter} was never emitted`));
      continue;
    }
    if (emission.name !== name || emission.text !== text) {
      findings.push(conservation(`${file}: event ${counter} is damaged`));
    }
    if (readable.has(counter)) findings.push(conservation(`${file}: event ${counter} comes twice`));
    else if (counter <= lastCounter) {
      findings.push(conservation(`${file}: event ${counter} comes after ${lastCounter}`));
    }
    if (timestamp < lastTimestamp) {
      findings.push(conservation(`${file}: time goes back at event ${counter}`));
    }
    if (duties.get(counter) === 'absent') {
      findings.push(conservation(`${file}: event ${counter} must not be recorded`));
    }
    readable.add(counter);
    [lastCounter, lastTimestamp] = [counter, timestamp];
  }
  return findings;
}

/** Runs of missing events before a readable one: overwriting leaves one for each gap of lost packets. */
function holesIn(
  duties: readonly (readonly [number, Duty])[],
  readable: ReadonlySet<number>,
): number {
  let holes = 0;
  let isMissing = false;
  for (const [counter, duty] of duties) {
    if (readable.has(counter)) {
      if (isMissing) holes += 1;
      isMissing = false;
    } else if (duty === 'recorded') {
      isMissing = true;
    }
  }
  return holes;
}

function nameOf({ pid, uid }: ThreadAccount): string {
  return `application ${pid} of ${uid}`;
}

/** Keeps one of many similar findings. */
function firstOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ oracle, text }) => {
    const kind = `${oracle} ${text.replace(/\d+/g, '#')}`;
    return !seen.has(kind) && seen.add(kind) !== undefined;
  });
}
