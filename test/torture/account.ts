/**
 * The account of a round's events: for each application and session, the emitted events against those in the trace.
 * Counters are contiguous, so every missing, repeated or misplaced event shows.
 */
import type { RecordedEvent, StreamContent } from '../../sim/ledger/trace-content.ts';
import type { TortureSession } from './sessions.ts';

/** An application's own account: how many events of a class it began and completed. */
export interface Emitted {
  readonly begun: number;
  readonly done: number;
}

export interface Tally {
  readonly emitted: number;
  readonly readable: number;
  readonly discarded: number;
  readonly overwritten: number;
  /** Events that the trace holds more than once. */
  readonly repeated: number;
  readonly lost: number;
  /** Sentences about violations. */
  readonly defects: readonly string[];
}

export const NOTHING: Tally = {
  emitted: 0,
  readable: 0,
  discarded: 0,
  overwritten: 0,
  repeated: 0,
  lost: 0,
  defects: [],
};

export function addTally(one: Tally, other: Tally): Tally {
  return {
    emitted: one.emitted + other.emitted,
    readable: one.readable + other.readable,
    discarded: one.discarded + other.discarded,
    overwritten: one.overwritten + other.overwritten,
    repeated: one.repeated + other.repeated,
    lost: one.lost + other.lost,
    defects: [...one.defects, ...other.defects],
  };
}

/** Checks a copy of a stream: no event is damaged, invented or misplaced; none is missing without being counted. */
export function checkCopy(
  stream: StreamContent,
  of: {
    readonly name: string;
    readonly text: string;
    readonly from: number;
    readonly begun: number;
  },
): string[] {
  const wrong = firstWrong(stream.events, (one) => wrongIn(one, of));
  if (wrong !== undefined) return [`${stream.file}: ${wrong}`];
  const counters = new Set(stream.events.map(({ counter }) => counter));
  const missing = holes(counters, stream.events[0]?.counter ?? 0);
  return missing.length > stream.gaps
    ? [
        `${stream.file}: events are missing at ${missing.join(', ')}, packets in ${stream.gaps} places`,
      ]
    : [];
}

function wrongIn(
  one: RecordedEvent,
  of: {
    readonly name: string;
    readonly text: string;
    readonly from: number;
    readonly begun: number;
  },
): string | undefined {
  if (one.name !== of.name || one.text !== of.text) return `event ${one.counter} is damaged`;
  if (one.counter < of.from || one.counter >= of.begun) return `event ${one.counter} never was`;
  return undefined;
}

/** One application in one session: `from` is the first counter of the round. */
export function account(
  who: string,
  { event, isOverwriting }: TortureSession,
  text: string,
  from: number,
  { begun, done }: Emitted,
  streams: readonly StreamContent[],
): Tally {
  const defects: string[] = [];
  const seen = new Set<number>();
  let [repeated, discarded, lostPackets, gaps] = [0, 0, 0, 0];
  for (const stream of streams) {
    discarded += stream.discarded;
    lostPackets += stream.lostPackets;
    gaps += stream.gaps;
    const wrong = firstWrong(stream.events, (one) =>
      wrongIn(one, { name: event, text, from, begun }),
    );
    if (wrong !== undefined) defects.push(`${stream.file}: ${wrong}`);
    for (const { counter } of stream.events) {
      if (seen.has(counter)) repeated += 1;
      seen.add(counter);
    }
  }
  const sure = done - from;
  const missing = sure - seen.size - discarded;
  const overwritten = isOverwriting && lostPackets > 0 ? Math.max(0, missing) : 0;
  const lost = Math.max(0, missing - overwritten);
  if (lost > 0) defects.push(`${who}: ${lost} of ${sure} events of ${event} are lost`);
  if (repeated > 0) defects.push(`${who}: ${repeated} events of ${event} come twice`);
  if (lostPackets > 0 && !isOverwriting) defects.push(`${who}: ${lostPackets} packets are missing`);
  const most = begun - from;
  if (seen.size + discarded > most) {
    defects.push(
      `${who}: ${seen.size} readable and ${discarded} discarded, of ${most} of ${event}`,
    );
  }
  const missingAt = holes(seen, from);
  if (overwritten > 0 && discarded === 0 && missingAt.length > gaps) {
    const files = streams.map(({ file, events }) => `${file} with ${events.length}`).join(', ');
    defects.push(
      `${who}: events of ${event} are missing at ${missingAt.join(', ')}, packets in ${gaps} places: ${files}`,
    );
  }
  // An event whose emission the kill interrupted counts as emitted when the trace holds it.
  const emitted = Math.max(sure, Math.min(most, seen.size + discarded));
  return { emitted, readable: seen.size, discarded, overwritten, repeated, lost, defects };
}

/** The fault of the first faulty event: in its content or in its position. */
function firstWrong(
  events: readonly RecordedEvent[],
  wrongIn: (event: RecordedEvent) => string | undefined,
): string | undefined {
  let [last, time] = [-1, 0n];
  for (const event of events) {
    const wrong = wrongIn(event);
    if (wrong !== undefined) return wrong;
    if (event.counter <= last) return `event ${event.counter} comes after ${last}`;
    if (event.timestamp < time) return `time goes back at event ${event.counter}`;
    [last, time] = [event.counter, event.timestamp];
  }
  return undefined;
}

/** Ranges of missing counters before an existing one, as `FIRST..NEXT`. */
function holes(seen: ReadonlySet<number>, from: number): string[] {
  const found: string[] = [];
  let expected = from;
  for (const counter of [...seen].sort((one, other) => one - other)) {
    if (counter !== expected) found.push(`${expected}..${counter}`);
    expected = counter + 1;
  }
  return found;
}
