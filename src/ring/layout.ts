/**
 * Layout of a stream's shared memory: one writer (a thread of an application), one consumer at a time.
 *
 * ```
 * data segment (application read-write, consumers read-only)
 *   0      header           one page: constants, the creator's mark, then the writer's counters on their own line
 *   4096   descriptors      one 64-byte line per sub-buffer
 *   ...    class log        append-only descriptions of event classes, before any event of the class
 *   ...    sub-buffers      N x 2^k bytes of event records, page aligned
 *
 * position segment (consumer read-write, application read-only, never trusted)
 *   0      consumed         sub-buffers entirely consumed (u32, modulo 2^32)
 *   4      consumed bytes   of the sub-buffer after those (u32)
 *   32     creator          the mark of the registry that made the segment (u64), as in the data segment
 *   64     output           the consumer's own name (u64) for the output of the stream; 0: none yet
 *   128    two checkpoints  progress of the consumer and content of its sink, for the next consumer if it dies
 *   256    two marks        where snapshots begin, after a "clear" (`cleared.ts`)
 *   The application reads the first two only.
 * ```
 *
 * A sub-buffer holds event records only. The consumer writes the CTF packet header, from the descriptor, when it
 * copies a sub-buffer. So a half-filled sub-buffer takes the same path as a full one, and a header never comes from
 * memory that the application can overwrite. Body bytes still go from this memory to the file without a copy in
 * JavaScript (`writev`).
 *
 * Generations. The n-th sub-buffer that a stream opens (n = 0, 1, ...) lies in slot n mod N. `OPENED` counts opened
 * sub-buffers, so generation g is complete exactly when `OPENED > g + 1`. Counters of sub-buffers are u32 and compared
 * modulo 2^32. Counters of events are IEEE doubles holding integers (exact to 2^53): one 8-byte store each, and
 * V8 allocates nothing for them, unlike for 64-bit integers.
 *
 * Order of the writer's stores:
 * - record: BEGUN, then LAST_TIMESTAMP, then the record's bytes, then one tally, then COMMITTED with release order.
 *   Records below COMMITTED survive any end of the process.
 * - switch: DISCARDED_AT_CLOSE of the old one; then, of the new slot: SEQUENCE := INVALID (release), COMMITTED := 0,
 *   timestamps, EVENTS_BEFORE, tally 0, BEGUN := 1, SEQUENCE := generation + 1 (release); then OPENED (release).
 * - class: bytes of the class record, then CLASS_LOG_COMMITTED with release order; then events may use the id.
 */
import { assert } from '../base/assert.ts';

export const RING_MAGIC = 0x5254_4c54; // "TLTR" little endian
export const RING_LAYOUT_VERSION = 1;
export const PAGE_BYTES = 4096;
const LINE_BYTES = 64;

// Header: constants, written by the registry before any other process attaches.
export const OFFSET_MAGIC = 0;
export const OFFSET_LAYOUT_VERSION = 4;
export const OFFSET_SUBBUFFER_BYTES = 8;
export const OFFSET_SUBBUFFER_COUNT = 12;
/** 0 discard, 1 overwrite. */
export const OFFSET_OVERWRITE = 16;
export const OFFSET_STREAM_ID = 20;
export const OFFSET_CLASS_LOG_BYTES = 24;
/**
 * u64, in both segments: the mark of the registry that made them, for later registries only: readers and writers ignore
 * it, so that it needs no layout version of its own.
 */
export const OFFSET_CREATOR = 32;

// Header: the writer's counters.
/** u32: sub-buffers opened so far; 0 until the first event. */
export const OFFSET_OPENED = 128;
/** u32: bytes of the class log that are complete. */
export const OFFSET_CLASS_LOG_COMMITTED = 132;
/** f64: events discarded since the stream exists. */
export const OFFSET_DISCARDED = 136;

// Descriptor of a sub-buffer, relative to its line.
/** u32: generation + 1 of the slot's content, or 0 while the writer reuses the slot. */
export const DESCRIPTOR_SEQUENCE = 0;
/** u32: bytes of complete records. */
export const DESCRIPTOR_COMMITTED = 4;
/** u64: CLOCK_MONOTONIC nanoseconds at opening; equals the first event's timestamp. */
export const DESCRIPTOR_FIRST_TIMESTAMP = 8;
/** u64: timestamp of the latest event; at most one uncommitted event ahead. */
export const DESCRIPTOR_LAST_TIMESTAMP = 16;
/** f64: value of OFFSET_DISCARDED when the writer closed this sub-buffer. */
export const DESCRIPTOR_DISCARDED_AT_CLOSE = 24;
/** f64: events recorded in the stream before this sub-buffer. */
export const DESCRIPTOR_EVENTS_BEFORE = 32;
/**
 * Two tallies { u32 events, u32 bytes }: tally n mod 2 states that the first n events of this sub-buffer end at
 * `bytes`. The tally whose bytes equal COMMITTED gives the exact number of committed events, also if the writer died
 * between the two stores: it had changed the other tally only.
 */
export const DESCRIPTOR_TALLIES = 40;
export const TALLY_BYTES = 8;
/**
 * u32: events of this sub-buffer that the writer has begun, stored before it reads the clock. While they are as many as
 * the committed ones, the next event is younger than this moment. A writer that died may leave one more.
 */
export const DESCRIPTOR_BEGUN = 56;

// Position segment.
export const POSITION_SEGMENT_BYTES = 4096;
export const OFFSET_CONSUMED = 0;
export const OFFSET_CONSUMED_BYTES = 4;
/** u64: names the consumer's output. Consumers set it by compare-and-exchange, so that two of them agree. */
export const OFFSET_OUTPUT = 64;
/**
 * Two checkpoints of {@link CHECKPOINT_BYTES}: u32 sequence (0: being written), u32 consumed, u32 consumed bytes,
 * 4 unused; u64 end timestamp of the last packet; f64 events passed, f64 discarded events reported; for the sink
 * f64 position, f64 packets, f64 discarded events.
 */
export const OFFSET_CHECKPOINTS = 128;
export const CHECKPOINT_BYTES = 64;
/**
 * Two marks of {@link CLEARED_BYTES}, laid out as a checkpoint up to the discarded events. What is before the newest of
 * them was removed. Segments of earlier versions have none.
 */
export const OFFSET_CLEARED = 256;
export const CLEARED_BYTES = 64;

export const SUBBUFFER_BYTES_MIN = 4096;
export const SUBBUFFER_BYTES_MAX = 2 ** 30;
export const SUBBUFFER_COUNT_MIN = 2;
export const SUBBUFFER_COUNT_MAX = 4096;
/** A whole data segment may not be larger. */
export const SEGMENT_BYTES_MAX = 2 ** 31 - PAGE_BYTES;
/** Room for about 1000 class descriptions. The kernel allocates a page at its first use. */
export const CLASS_LOG_BYTES = 256 * 1024;

/** Shape of a stream: the registry chooses it; writer and reader check it. */
export interface RingShape {
  /** Power of two, {@link SUBBUFFER_BYTES_MIN} to {@link SUBBUFFER_BYTES_MAX}. */
  readonly subbufferBytes: number;
  /** Power of two, {@link SUBBUFFER_COUNT_MIN} to {@link SUBBUFFER_COUNT_MAX}. */
  readonly subbufferCount: number;
  readonly overwrite: boolean;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && (value & (value - 1)) === 0;
}

/** Whether this layout allows the shape. */
export function isValidShape(shape: RingShape): boolean {
  return (
    isPowerOfTwo(shape.subbufferBytes) &&
    shape.subbufferBytes >= SUBBUFFER_BYTES_MIN &&
    shape.subbufferBytes <= SUBBUFFER_BYTES_MAX &&
    isPowerOfTwo(shape.subbufferCount) &&
    shape.subbufferCount >= SUBBUFFER_COUNT_MIN &&
    shape.subbufferCount <= SUBBUFFER_COUNT_MAX &&
    segmentBytes(shape) <= SEGMENT_BYTES_MAX
  );
}

export function descriptorOffset(slot: number): number {
  return PAGE_BYTES + slot * LINE_BYTES;
}

export function classLogOffset(shape: RingShape): number {
  return roundUpToPage(PAGE_BYTES + shape.subbufferCount * LINE_BYTES);
}

export function subbufferOffset(shape: RingShape, slot: number): number {
  return classLogOffset(shape) + CLASS_LOG_BYTES + slot * shape.subbufferBytes;
}

/** Total length of the data segment. */
export function segmentBytes(shape: RingShape): number {
  return subbufferOffset(shape, shape.subbufferCount);
}

function roundUpToPage(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

assert(CLASS_LOG_BYTES % PAGE_BYTES === 0, 'layout:ring:class-log-is-whole-pages');
assert(OFFSET_DISCARDED % 8 === 0 && OFFSET_DISCARDED + 8 <= PAGE_BYTES, 'layout:ring:header-fits');
assert(DESCRIPTOR_TALLIES + 2 * TALLY_BYTES <= DESCRIPTOR_BEGUN, 'layout:ring:tallies-fit');
assert(OFFSET_CHECKPOINTS + 2 * CHECKPOINT_BYTES <= OFFSET_CLEARED, 'layout:ring:checkpoints-fit');
assert(DESCRIPTOR_BEGUN + 4 <= LINE_BYTES, 'layout:ring:descriptor-fits');
