/** Schemas that several protocols share. */
import * as v from 'valibot';
import { CONTEXT_NAME_CHARACTERS_MAX, CONTEXTS_MAX, isContext } from '../event/context.ts';
import { FILTER_CHARACTERS_MAX } from '../filter/limits.ts';
import { isValidShape } from '../ring/layout.ts';
import { indexed } from './indexed.ts';
import {
  CHANNEL_NAME_CHARACTERS_MAX,
  EVENT_PATTERN_CHARACTERS_MAX,
  EXCLUSIONS_MAX,
  FIELDS_TEXT_CHARACTERS_MAX,
  LIST_ENTRIES_MAX,
  PATH_CHARACTERS_MAX,
  PROCESS_NAME_CHARACTERS_MAX,
  SESSION_NAME_CHARACTERS_MAX,
  TRACEFILE_BYTES_MAX,
  TRACEFILES_MAX,
} from './limits.ts';

/** Letters, digits and `_ . -`, not starting with `.` or `-`: safe as a part of a file name. */
const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** Terminals show these texts, and would execute control characters (C0 and C1) in them. */
const PRINTABLE_PATTERN = /^\P{Cc}*$/u;

/** A session by name or by UUID (R1.2). */
export const sessionKey = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
export const sessionName = v.pipe(
  v.string(),
  v.maxLength(SESSION_NAME_CHARACTERS_MAX),
  v.regex(NAME_PATTERN, 'a session name is letters, digits, "_", "." and "-"'),
);
export const channelName = v.pipe(
  v.string(),
  v.maxLength(CHANNEL_NAME_CHARACTERS_MAX),
  v.regex(NAME_PATTERN, 'a channel name is letters, digits, "_", "." and "-"'),
);
export const eventPattern = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(EVENT_PATTERN_CHARACTERS_MAX),
  v.regex(PRINTABLE_PATTERN, 'an event name has no control characters'),
);
export const path = v.pipe(
  v.string(),
  v.maxLength(PATH_CHARACTERS_MAX),
  // oxlint-disable-next-line no-control-regex -- a path ends at the first NUL
  v.regex(/^\/[^\u0000]*$/, 'a path is absolute'),
);
export const fieldsText = v.pipe(
  v.string(),
  v.maxLength(FIELDS_TEXT_CHARACTERS_MAX),
  v.regex(PRINTABLE_PATTERN, 'fields have no control characters'),
);
export const processName = v.pipe(
  v.string(),
  v.maxLength(PROCESS_NAME_CHARACTERS_MAX),
  v.regex(PRINTABLE_PATTERN, 'a process name has no control characters'),
);
export const uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'not a UUID'),
);
export const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const u32 = v.pipe(counter, v.maxValue(0xffff_ffff));
/** `ENOSPC`. */
export const errnoName = v.pipe(v.string(), v.regex(/^[A-Z0-9]{1,16}$/, 'not an error code'));
/** A segment of shared memory (`SegmentRef`). */
export const segmentRef = v.strictObject({ id: u32, key: u32, creatorUid: u32 });
/** The least severe level: a rule with it means events of every level. */
export const LOG_LEVEL_MAX = 14;
export const logLevel = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LOG_LEVEL_MAX));

export function list<S extends v.GenericSchema>(
  entry: S,
): v.GenericSchema<unknown, v.InferOutput<S>[]> {
  return v.pipe(v.array(entry), v.maxLength(LIST_ENTRIES_MAX));
}

/** The applications to which a rule applies (R2.8). `spawned`: those that carry the session's UUID (R1.17). */
export const target = indexed(
  v.variant('kind', [
    v.strictObject({ kind: v.literal('all') }),
    v.strictObject({ kind: v.literal('pid'), pid: u32 }),
    v.strictObject({ kind: v.literal('command'), name: processName }),
    v.strictObject({ kind: v.literal('spawned') }),
  ]),
);
export type Target = v.InferOutput<typeof target>;

export const ringShape = v.pipe(
  v.strictObject({ subbufferBytes: u32, subbufferCount: u32, overwrite: v.boolean() }),
  v.check(isValidShape, 'sub-buffer size and number are powers of two within the bounds'),
);

/** What a rule says of events beside their names (`EventSelection`). */
export const selection = {
  logLevelMax: logLevel,
  logLevelMin: v.exactOptional(logLevel),
  exclusions: v.exactOptional(
    v.pipe(v.array(eventPattern), v.minLength(1), v.maxLength(EXCLUSIONS_MAX)),
  ),
  filter: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(FILTER_CHARACTERS_MAX))),
};

/** Contexts by name, as in `src/event/context.ts` (R2.9). */
export const contextNames = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.maxLength(CONTEXT_NAME_CHARACTERS_MAX),
      v.check(isContext, 'there is no such context'),
    ),
  ),
  v.minLength(1),
  v.maxLength(CONTEXTS_MAX),
);

/**
 * What the name pattern of a kernel part's rule is matched with. `tracepoint`: `NAME` and `SYSTEM:NAME` of events other
 * than system calls. `syscall`: the names of system calls; both their entry and their exit are recorded.
 */
export const kernelKind = v.picklist(['tracepoint', 'syscall']);
export type KernelKind = v.InferOutput<typeof kernelKind>;

/** An event rule: a name pattern (`*` anywhere), and what else it says of events. */
export const eventRule = v.strictObject({
  pattern: eventPattern,
  ...selection,
  /** Of a kernel part. Absent: `tracepoint`, which registries leave out. */
  kind: v.exactOptional(kernelKind),
  target,
  enabled: v.boolean(),
  /** What the events carry that it names. */
  contexts: v.exactOptional(contextNames),
});
export type EventRule = v.InferOutput<typeof eventRule>;

/**
 * The files of a stream, as LTTng has them: none is longer than `bytes`, and when there are `count` of them, the next
 * one takes the place of the oldest. `count` 0: any number.
 */
export const tracefiles = v.strictObject({
  bytes: v.pipe(counter, v.minValue(1), v.maxValue(TRACEFILE_BYTES_MAX)),
  count: v.pipe(counter, v.maxValue(TRACEFILES_MAX)),
});
export type Tracefiles = v.InferOutput<typeof tracefiles>;

/** Timers in microseconds, 0 = off, as in LTTng. Without `tracefiles` a stream has one file, of any length. */
const buffers = {
  shape: ringShape,
  switchTimerUs: u32,
  readTimerUs: u32,
  tracefiles: v.exactOptional(tracefiles),
};
export const bufferSettings = v.strictObject(buffers);
export type BufferSettings = v.InferOutput<typeof bufferSettings>;

/** Buffers of the applications that are meant. */
export const targetBuffers = v.strictObject({ target, buffers: bufferSettings });
export type TargetBuffers = v.InferOutput<typeof targetBuffers>;

export const channelSettings = v.strictObject({
  name: channelName,
  ...buffers,
  /**
   * `uid`: the threads of a user write the same buffers, one after another (R1.27); `pid`: each thread has its own.
   * Absent: as the other channels of the session; the first one has `pid`. Registries leave `pid` out.
   */
  bufferScheme: v.exactOptional(v.picklist(['pid', 'uid'])),
});
export type ChannelSettings = v.InferOutput<typeof channelSettings>;

/** Microseconds of the period of a live session: the timers of a consumer count milliseconds. */
export const LIVE_TIMER_US_MIN = 1000;
/** One hour, as the longest period of a channel's timer. */
export const LIVE_TIMER_US_MAX = 3_600_000_000;
/** How often a viewer of a live session learns something new of each stream. */
export const liveTimer = v.pipe(
  counter,
  v.minValue(LIVE_TIMER_US_MIN),
  v.maxValue(LIVE_TIMER_US_MAX),
);

/** The session that a trace is of. */
export interface RecordedSession {
  readonly name: string;
  readonly uuid: string;
  /** Present: viewers follow it at its relay, and learn something new of each stream in this period. */
  readonly liveTimerUs?: number;
  /** Present: the session is of the kernel, which names itself so (`uname -r`, `uname -v`). */
  readonly kernel?: { readonly release: string; readonly version: string };
}
