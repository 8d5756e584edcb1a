/** The content of a trace directory, read with our own reader, in the form that oracles compare with a ledger. */
import { nanosecondsOf, type TraceMessage } from '../../src/ctf/read/message.ts';
import { plainStruct } from '../../src/ctf/read/plain.ts';
import { findTraces, openTrace, type TraceStream } from '../../src/ctf/read/reader.ts';
import { SplitStream } from '../../src/ctf/read/split-stream.ts';
import { BUFFERING_ID, SESSION_UUID } from '../../src/ctf/trace-directory.ts';
import type { Files } from '../../src/port/files.ts';
import { KERNEL_SOURCES } from '../input/kernel.ts';

export interface RecordedEvent {
  readonly name: string;
  readonly counter: number;
  readonly text: string;
  /** What its class carries beside its fields, by name. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Nanoseconds of the machine's monotonic clock, independent of its real-time clock. */
  readonly timestamp: bigint;
}

const NO_CONTEXT = {};

/** The fields with the numbers of the kernel's events, by the names of these in traces. */
const KERNEL_COUNTERS: ReadonlyMap<string, string> = new Map(
  Object.values(KERNEL_SOURCES).map(({ traced, counter }) => [traced, counter]),
);

/** The events and losses of one stream, in one file or several; or of one process in the stream of a user. */
export interface StreamContent {
  readonly file: string;
  readonly pid: number;
  /** Present: the file has the events of processes that wrote it one after another, and losses of the first of them. */
  readonly shared?: SharedPart;
  /** UUID of the session in the trace's environment. */
  readonly session: string | undefined;
  /** Of the trace's clock from 1970-01-01T00:00:00Z. */
  readonly clockOffsetNs: bigint;
  readonly events: readonly RecordedEvent[];
  /** The time of the first event or loss, on the clock of events; undefined: the stream has neither. */
  readonly since: bigint | undefined;
  readonly discarded: number;
  readonly lostPackets: number;
  /** The number of places where packets are missing. */
  readonly gaps: number;
  /** What the stream's first packet counts before it, if its beginning is overwritten. */
  readonly overwritten?: Overwritten;
}

export interface Overwritten {
  readonly packets: number;
  /** Events that were discarded until the end of the first packet that is there. */
  readonly discarded: number;
}

/** The events of one process in the file of a user. */
interface SharedPart {
  readonly uid: number;
  /** Runs of its events between those of other processes: one, if it had the stream to itself. */
  readonly runs: number;
  /** Whether each of them is not before the event before it in the file. */
  readonly isInOrder: boolean;
}

export interface TraceContent {
  readonly streams: readonly StreamContent[];
  /** Descriptions of the unreadable parts. */
  readonly problems: readonly string[];
}

export const NOTHING: TraceContent = { streams: [], problems: [] };

/** Reads every trace under `directory` with `readOne`; a missing directory counts as empty. */
export function readTraces(
  files: Files,
  directory: string,
  readOne: (path: string) => TraceContent = (path) => readTrace(files, path),
): TraceContent {
  if (!files.info(directory).ok) return NOTHING;
  const found = findTraces(files, directory);
  if (!found.ok) return { streams: [], problems: [found.error] };
  return joined(found.value.map(readOne));
}

export function joined(contents: readonly TraceContent[]): TraceContent {
  return {
    streams: contents.flatMap(({ streams }) => streams),
    problems: contents.flatMap(({ problems }) => problems),
  };
}

/** Reads one trace; reads no stream of it when its process `isImpostor`. */
export function readTrace(
  files: Files,
  path: string,
  isImpostor: (pid: number) => boolean = () => false,
): TraceContent {
  const trace = openTrace(files, path);
  if (!trace.ok) return { streams: [], problems: [trace.error] };
  const {
    vpid: pid = -1,
    [SESSION_UUID]: uuid,
    [BUFFERING_ID]: user,
  } = trace.value.source.environment;
  const [{ offsetNs: clockOffsetNs } = { offsetNs: 0n }] = trace.value.schema.clocks.values();
  const session = typeof uuid === 'string' ? uuid : undefined;
  const from = { pid: Number(pid), session, clockOffsetNs };
  const streams: StreamContent[] = [];
  const problems: string[] = [];
  for (const stream of isImpostor(from.pid) ? [] : trace.value.streams) {
    const messages: TraceMessage[] = [];
    for (let next = stream.next(false); next !== undefined; next = stream.next(false)) {
      messages.push(next);
    }
    const content = contentOf(messages, clockOffsetNs);
    const whole = { file: stream.path, ...from, ...content, ...overwrittenIn(stream) };
    streams.push(...(user === undefined ? [whole] : partsOf(whole, Number(user))));
    for (const message of messages) if (message.kind === 'problem') problems.push(message.text);
  }
  trace.value.close();
  return { streams, problems };
}

/** The file of a user by processes, which its events name. */
function partsOf(whole: StreamContent, uid: number): StreamContent[] {
  const parts = new Map<number, { events: RecordedEvent[]; runs: number; isInOrder: boolean }>();
  let last: { pid: number; timestamp: bigint } | undefined;
  for (const event of whole.events) {
    const pid = Number(event.context['vpid'] ?? -1);
    const part = parts.get(pid) ?? { events: [], runs: 0, isInOrder: true };
    parts.set(pid, part);
    part.events.push(event);
    if (last?.pid !== pid) part.runs += 1;
    if (last !== undefined && event.timestamp < last.timestamp) part.isInOrder = false;
    last = { pid, timestamp: event.timestamp };
  }
  const none = { discarded: 0, lostPackets: 0, gaps: 0 };
  if (parts.size === 0) return [{ ...whole, shared: { uid, runs: 0, isInOrder: true } }];
  return [...parts].map(([pid, { events, runs, isInOrder }], index) => ({
    ...whole,
    ...(index === 0 ? {} : none),
    pid,
    shared: { uid, runs, isInOrder },
    events,
    since: events[0]?.timestamp,
  }));
}

function contentOf(
  messages: readonly TraceMessage[],
  clockOffsetNs: bigint,
): Omit<StreamContent, 'file' | 'pid' | 'session' | 'clockOffsetNs'> {
  const events: RecordedEvent[] = [];
  let [discarded, lostPackets, gaps] = [0, 0, 0];
  let since: bigint | undefined;
  for (const message of messages) {
    const at = nanosecondsOf(message.time) - clockOffsetNs;
    if (message.kind !== 'problem') since ??= at;
    if (message.kind === 'event') {
      const { name, fieldsType, specificContextType } = message.shape;
      const fields = plainStruct(fieldsType, message.fields);
      const { text } = fields;
      const counter = fields[KERNEL_COUNTERS.get(name) ?? 'counter'];
      events.push({
        name,
        counter: typeof counter === 'number' ? counter : -1,
        text: typeof text === 'string' ? text : '',
        context:
          specificContextType === undefined
            ? NO_CONTEXT
            : plainStruct(specificContextType, message.specificContext),
        timestamp: at,
      });
    } else if (message.kind === 'discarded-events') {
      discarded += Number(message.count);
    } else if (message.kind === 'discarded-packets') {
      lostPackets += Number(message.count);
      gaps += 1;
    }
  }
  return { events, since, discarded, lostPackets, gaps };
}

function overwrittenIn(stream: TraceStream): Pick<StreamContent, 'overwritten'> {
  const { number = 0n, discarded = 0n } = (stream instanceof SplitStream && stream.first) || {};
  if (number === 0n) return {};
  return { overwritten: { packets: Number(number), discarded: Number(discarded) } };
}

/** The content that this session wrote, out of a directory that several sessions may share. */
export function writtenBy(uuid: string, { streams, problems }: TraceContent): TraceContent {
  return { streams: streams.filter(({ session }) => session === uuid), problems };
}
