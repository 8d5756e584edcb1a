/**
 * Snapshots (R1.23): each has the newest contiguous part of a thread's events, as far as the buffers hold them, with a
 * count of discarded events; no event is invented, doubled or missing, and none is from before a clear. One with a
 * largest size has no more bytes, and has no room for what it lacks. A flight recorder writes nothing else.
 */

import { ENDED_STREAMS_MAX } from '../../actors/sessiond/limits.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { PACKET_HEADER_BYTES } from '../../src/ctf/packet.ts';
import { contextBytes } from '../input/contexts.ts';
import { contextsAsked } from '../ledger/contexts.ts';
import { concerns } from '../ledger/eligibility.ts';
import type { Emission } from '../ledger/emission.ts';
import type { Ledger, ThreadAccount } from '../ledger/ledger.ts';
import type { SnapshotAccount } from '../ledger/outputs.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import { streamsOf, writersOf } from '../ledger/stream-writers.ts';
import type { StreamContent, TraceContent } from '../ledger/trace-content.ts';
import type { Simulation } from '../machine/simulation.ts';
import { checkStream, checkWriters } from './conservation.ts';
import { type Finding, finder } from './finding.ts';
import type { Tolerance } from './tolerance.ts';

/** A registry may learn of ends that are this close in any order. */
const SAME_NS = 5 * NS_PER_MS;
const conservation = finder('conservation');
const leftovers = finder('leftovers');

/** A thread that emits an event has recorded it after this time, unless it was stopped, nanoseconds. */
const RECORDED_NS_MAX = NS_PER_MS;
/** Maximum bytes of a record without its text: the extended header, the counter, the terminating NUL. */
const RECORD_BYTES_MAX = 13 + 4 + 1;
/** An unfinished snapshot of the process with this id. */
const UNFINISHED = /\.(\d+)\.part$/;

/** What a snapshot has. */
export interface SnapshotCopy {
  readonly content: TraceContent;
  /** The length of a file. */
  readonly bytesIn: (file: string) => number;
  /** No process was stopped or killed, and no write failed. */
  readonly isOnTime: boolean;
}

/** Compares one snapshot with the emitted events. `sessions`: all sessions of the run. */
export function checkSnapshot(
  ledger: Ledger,
  sessions: readonly SessionAccount[],
  snapshot: SnapshotAccount,
  { content, bytesIn, isOnTime }: SnapshotCopy,
  tolerance: Tolerance,
): Finding[] {
  const session = sessions.find(({ uuid }) => uuid === snapshot.session);
  if (session === undefined) return [];
  const written = writersOf(ledger, content.streams);
  const findings = [...checkWriters(session, written), ...checkSize(snapshot, content, bytesIn)];
  const threads = ledger.threads.filter((other) => concerns(session, other));
  const asked = contextsAsked(ledger, session).filter((one) => one.askedAt <= snapshot.doneAt);
  const contexts = [...new Set(asked.map(({ name }) => name))];
  const kept = keptOf(session, threads, snapshot.askedAt);
  const cleared = clearsBefore(session, snapshot);
  const roomBytes = roomOf(snapshot, threads.length);
  for (const thread of threads) {
    const streams = streamsOf(written, thread);
    const readable = new Set<number>();
    for (const stream of streams) {
      findings.push(...checkStream(thread, new Map(), stream, readable));
      if (stream.lostPackets > 0) {
        findings.push(conservation(`${stream.file}: packets are missing in a snapshot`));
      }
      if (session.isFlightRecorder || isOnTime) {
        findings.push(...checkCleared(thread, stream, cleared.committedBy));
      }
    }
    const isSole = sessions.filter((other) => concerns(other, thread)).length === 1;
    // A thread that registered again has a stream for each registration.
    const isCertain = isSole && streams.length < 2 && !tolerance.isSecretive;
    if (!isCertain) continue;
    const certainUntil = Math.min(tolerance.certainUntil(session), session.doubtfulFrom);
    const spareBytes = roomBytes - (streams[0] === undefined ? 0 : bytesIn(streams[0].file));
    const clearedUntil = cleared.until;
    const known = { isKept: kept.has(thread), certainUntil, contexts, clearedUntil, spareBytes };
    findings.push(...checkStretch(thread, known, session, snapshot, streams[0], readable));
  }
  return findings;
}

function checkSize(
  { bytesMax = Number.POSITIVE_INFINITY, output }: SnapshotAccount,
  { streams }: TraceContent,
  bytesIn: (file: string) => number,
): Finding[] {
  const bytes = streams.reduce((sum, { file }) => sum + bytesIn(file), 0);
  if (bytes <= bytesMax) return [];
  return [
    conservation(`${output}: a snapshot of ${bytes} bytes, and ${bytesMax} was its largest size`),
  ];
}

/** The part of a thread in the largest size, at least: a thread may have a stream for each of two registrations. */
function roomOf({ bytesMax = Number.POSITIVE_INFINITY }: SnapshotAccount, threads: number): number {
  return Math.floor(bytesMax / (2 * Math.max(1, threads)));
}

/**
 * What clears before the snapshot did. `committedBy`: what was recorded by then is gone. `until`: what was recorded by
 * then may be gone.
 */
function clearsBefore(
  { rotations }: SessionAccount,
  { askedAt, doneAt }: SnapshotAccount,
): { committedBy: number; until: number } {
  const clears = rotations.filter(({ isClear }) => isClear);
  return {
    committedBy: Math.max(
      -1,
      ...clears.filter((each) => each.doneAt < askedAt).map((each) => each.askedAt),
    ),
    until: Math.max(
      -1,
      ...clears.filter((each) => each.askedAt < doneAt).map((each) => each.doneAt),
    ),
  };
}

function checkCleared(
  { emissions }: ThreadAccount,
  { file, events }: StreamContent,
  committedBy: number,
): Finding[] {
  const isOld = events.some(({ counter }) => {
    const emission = emissions[counter];
    if (emission === undefined) return false;
    const { at, isDone, doneAt = at } = emission;
    return isDone && doneAt < committedBy - RECORDED_NS_MAX;
  });
  return isOld ? [conservation(`${file}: a snapshot has an event from before a clear`)] : [];
}

/** Threads whose events a flight recorder certainly still has: living ones, and those that died last. */
function keptOf(
  session: SessionAccount,
  threads: readonly ThreadAccount[],
  askedAt: number,
): ReadonlySet<ThreadAccount> {
  if (!session.isFlightRecorder) return new Set();
  const endOf = ({ endedAt = Number.POSITIVE_INFINITY }: ThreadAccount): number => endedAt;
  const alive = threads.filter((thread) => endOf(thread) >= askedAt);
  const dead = threads.filter((thread) => endOf(thread) < askedAt);
  const ends = dead.map(endOf);
  const isNewest = (thread: ThreadAccount): boolean =>
    ends.filter((end) => end > endOf(thread) - SAME_NS).length <= ENDED_STREAMS_MAX;
  return new Set([...alive, ...dead.filter(isNewest)]);
}

function checkStretch(
  thread: ThreadAccount,
  {
    isKept,
    certainUntil,
    contexts,
    clearedUntil,
    spareBytes,
  }: {
    readonly isKept: boolean;
    readonly certainUntil: number;
    /** Names of those that events may have. */
    readonly contexts: readonly string[];
    /** Events up to then may be gone. */
    readonly clearedUntil: number;
    /** What the largest size of the snapshot has left for the thread, at least. */
    readonly spareBytes: number;
  },
  session: SessionAccount,
  { askedAt, doneAt, isDone }: SnapshotAccount,
  stream: StreamContent | undefined,
  readable: ReadonlySet<number>,
): Finding[] {
  const recorded = thread.emissions.filter(({ isEnabled }) => isEnabled);
  const before = recorded.filter(
    ({ isDone: isCommitted, at, doneAt = at }) => isCommitted && doneAt < askedAt,
  );
  if (stream === undefined) {
    // Only flight recorders keep buffers of ended threads; this thread was certainly alive.
    const isThere = isKept || recorded.some(({ at }) => at > doneAt);
    const isOwed =
      isDone &&
      isThere &&
      hasRoom(session, spareBytes) &&
      before.some(({ at }) => at < certainUntil && at > clearedUntil);
    return isOwed ? [conservation(`a snapshot has no events of application ${thread.pid}`)] : [];
  }
  const first = stream.events[0]?.counter ?? -1;
  const findings: Finding[] = [];
  // Discarded events are counted from the first event on, or from the beginning when nothing was overwritten.
  // After a clear: from it on.
  const clearable = clearedUntil < 0 ? [] : recorded.map(({ counter }) => counter);
  const isCounted = [
    first,
    -1,
    ...clearable.filter((counter) => first < 0 || counter < first),
  ].some((from) => {
    const missing = ({ counter }: Emission): boolean => counter > from && !readable.has(counter);
    const must = before.filter(missing).length;
    const may = recorded.filter((emission) => emission.at <= doneAt && missing(emission)).length;
    return must <= stream.discarded && stream.discarded <= may;
  });
  if (!isCounted) {
    const { discarded, events, file } = stream;
    findings.push(
      conservation(
        `${file}: from event ${first} on a snapshot has ${events.length} events, and ${discarded} counted as discarded`,
      ),
    );
  }
  const bytesOf = ({ text, counter }: Emission): number =>
    text.length + RECORD_BYTES_MAX + contextBytes(contexts, thread, counter);
  const certain = recorded.filter(({ at, counter }) => at > clearedUntil || readable.has(counter));
  if (hasRoom(session, spareBytes) && isTooShort(session, certain, first, readable, bytesOf)) {
    findings.push(
      conservation(`${stream.file}: the buffers held more events than the snapshot has`),
    );
  }
  return findings;
}

/** Whether one more packet fits, however much it holds. */
function hasRoom({ shape }: SessionAccount, spareBytes: number): boolean {
  const subbufferBytes = shape?.subbufferBytes ?? Number.POSITIVE_INFINITY;
  return (
    spareBytes === Number.POSITIVE_INFINITY || spareBytes > subbufferBytes + 2 * PACKET_HEADER_BYTES
  );
}

/** Whether the buffers certainly still held the event before the first readable one. */
function isTooShort(
  { shape }: SessionAccount,
  recorded: readonly Emission[],
  first: number,
  readable: ReadonlySet<number>,
  bytesOf: (emission: Emission) => number,
): boolean {
  if (shape === undefined || first < 0) return false;
  const { subbufferBytes, subbufferCount } = shape;
  const fitting = recorded.filter((emission) => bytesOf(emission) <= subbufferBytes);
  const largest = Math.max(0, ...fitting.map(bytesOf));
  const previous = fitting.findLast(({ counter }) => counter < first);
  if (previous === undefined) return false;
  const bytes = fitting
    .filter((emission) => emission === previous || readable.has(emission.counter))
    .reduce((sum, emission) => sum + bytesOf(emission), 0);
  return bytes <= (subbufferCount - 1) * (subbufferBytes - largest);
}

/** Without faults, exactly one of several snapshots with the same output succeeds. */
export function checkOutputs(
  snapshots: readonly SnapshotAccount[],
  contentOf: (output: string) => TraceContent,
): Finding[] {
  return [...new Set(snapshots.map(({ output }) => output))].flatMap((output) => {
    const wanting = snapshots.filter((snapshot) => snapshot.output === output);
    const got = wanting.filter(({ isDone }) => isDone).length;
    const isEmpty = contentOf(output).streams.length === 0;
    if (wanting.length === 1 || (isEmpty ? got > 0 : got === 1)) return [];
    return [conservation(`${got} of ${wanting.length} snapshots are at ${output}`)];
  });
}

/** A flight recorder writes only snapshots to the disk. */
export function checkFlightRecorder(session: SessionAccount, content: TraceContent): Finding[] {
  if (content.streams.length === 0) return [];
  return [conservation(`flight recorder "${session.name}" wrote a trace of its own`)];
}

/** A process that could not complete a snapshot removes it, while it lives. */
export function checkUnfinished(simulation: Simulation, tolerance: Tolerance): Finding[] {
  return simulation.listFiles().flatMap(({ path, kind }) => {
    const creator = Number(UNFINISHED.exec(path)?.[1]);
    if (kind !== 'directory' || Number.isNaN(creator)) return [];
    const creators = simulation.processes().filter(({ pid }) => pid === creator);
    const isExcused =
      creators.some(({ label }) => tolerance.isKilled(label)) ||
      tolerance.leftover('snapshot') !== undefined;
    return isExcused ? [] : [leftovers(`${path}, an unfinished snapshot`)];
  });
}
