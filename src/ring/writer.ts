/**
 * The application's end of a stream: reserves room for event records and commits them (`layout.ts`).
 *
 * One instance per stream, used by one thread. Every method is on the application's hot path: nothing here
 * throws, waits or allocates, apart from the switch to another sub-buffer. The writer counts events it cannot record.
 * A record starts with the header of `../event/record-header.ts`.
 */

import { assert } from '../base/assert.ts';
import { fail, ok, type Result } from '../base/result.ts';
import {
  COMPACT_CLASS_ID_BITS,
  COMPACT_HEADER_BYTES,
  COMPACT_SPAN_NS,
  EXTENDED_HEADER_BYTES,
  EXTENDED_MARK,
} from '../event/record-header.ts';
import type { TimestampStore } from '../port/event-path.ts';
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import { readShape, type StreamShape } from './format.ts';
import {
  CLASS_LOG_BYTES,
  classLogOffset,
  DESCRIPTOR_BEGUN,
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  DESCRIPTOR_EVENTS_BEFORE,
  DESCRIPTOR_FIRST_TIMESTAMP,
  DESCRIPTOR_LAST_TIMESTAMP,
  DESCRIPTOR_SEQUENCE,
  DESCRIPTOR_TALLIES,
  descriptorOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_CONSUMED,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
  segmentBytes,
  subbufferOffset,
  TALLY_BYTES,
} from './layout.ts';

// V8 inlines functions by the length of their bytecode. An imported constant takes more bytecode than a local one, and
// a local one more than a literal: `reserve` contains the two numbers of the compact header as literals.
const EXTENDED_ID = EXTENDED_MARK;
const SPAN_NS = COMPACT_SPAN_NS;
assert(COMPACT_CLASS_ID_BITS === 5 && COMPACT_HEADER_BYTES === 4, 'writer:reserve:header-layout');
// Distances within a descriptor, from its last timestamp, in 4-byte elements.
const TO_COMMITTED = (DESCRIPTOR_COMMITTED - DESCRIPTOR_LAST_TIMESTAMP) / 4;
const TO_BEGUN = (DESCRIPTOR_BEGUN - DESCRIPTOR_LAST_TIMESTAMP) / 4;
const TO_TALLIES = (DESCRIPTOR_TALLIES - DESCRIPTOR_LAST_TIMESTAMP) / 4;
const TO_EVENTS_BEFORE = (DESCRIPTOR_EVENTS_BEFORE - DESCRIPTOR_LAST_TIMESTAMP) / 4;

export interface StreamWriterOptions {
  readonly data: WritableSegment;
  /** Written by the consumer; never trusted. */
  readonly position: ReadableSegment;
  readonly now: TimestampStore;
  /** Called when a sub-buffer is complete and can be consumed, between reserve and commit: it must not record. */
  readonly onSwitch?: () => void;
  /** Called once, for the first event that is larger than a sub-buffer. */
  readonly onOversized?: (bytes: number, subbufferBytes: number) => void;
}

/** Checks the segments and makes a writer that continues where the last writer of this stream stopped. */
export function attachWriter(options: StreamWriterOptions): Result<StreamWriter, string> {
  const shape = readShape(options.data);
  if (!shape.ok) return shape;
  if (options.position.byteLength < POSITION_SEGMENT_BYTES) {
    return fail('the position segment is too short');
  }
  return ok(new StreamWriter(shape.value, options));
}

export class StreamWriter {
  readonly shape: StreamShape;
  /** The whole data segment, for the code that writes a record between {@link reserve} and {@link commit}. */
  bytes: Uint8Array;
  /** The same memory. */
  view: DataView;

  #words: Int32Array;
  #doubles: Float64Array;
  #timestamps: BigUint64Array;
  readonly #position: ReadableSegment;
  readonly #now: TimestampStore;
  readonly #onSwitch: (() => void) | undefined;
  #onOversized: ((bytes: number, subbufferBytes: number) => void) | undefined;

  /** Sub-buffers opened, and the last credible count of sub-buffers consumed: u32. */
  #opened: number;
  #consumed: number;
  /** Offsets of the current sub-buffer and of its next record. */
  #base = 0;
  #end = 0;
  /** End of the current sub-buffer less the longest header; -1 while no sub-buffer is open. */
  #limit = -1;
  #events = 0;
  /** Index of the current descriptor's last timestamp, in 4-byte elements. */
  #timeWord = 0;
  /** Timestamp of the last committed event, as two signed words. */
  #previousLow = 0;
  #previousHigh = -1;

  /** Internal: use {@link attachWriter}, which checks the shape. */
  constructor(shape: StreamShape, options: StreamWriterOptions) {
    const { buffer } = options.data;
    const byteLength = segmentBytes(shape);
    this.shape = shape;
    this.bytes = new Uint8Array(buffer, 0, byteLength);
    this.view = new DataView(buffer, 0, byteLength);
    this.#words = new Int32Array(buffer, 0, byteLength / 4);
    this.#doubles = new Float64Array(buffer, 0, byteLength / 8);
    this.#timestamps = new BigUint64Array(buffer, 0, byteLength / 8);
    this.#position = options.position;
    this.#now = options.now;
    this.#onSwitch = options.onSwitch;
    this.#onOversized = options.onOversized;
    this.#opened = Atomics.load(this.#words, OFFSET_OPENED / 4) >>> 0;
    this.#consumed = (this.#opened - shape.subbufferCount) >>> 0;
    if (this.#opened === 0) this.#useDescriptor(0);
    else this.#resume();
  }

  /** Events recorded since the stream exists. */
  get events(): number {
    if (this.#limit < 0) return 0;
    return (this.#doubles[(this.#timeWord + TO_EVENTS_BEFORE) / 2] as number) + this.#events;
  }

  /** Time of the last event, which may not be committed; 0: there was none. */
  get timestamp(): bigint {
    return this.#timestamps[this.#timeWord / 2] as bigint;
  }

  /** Events discarded since the stream exists. */
  get discarded(): number {
    return this.#doubles[OFFSET_DISCARDED / 8] ?? 0;
  }

  /**
   * Reads the clock and reserves room for an event of class `classId` with up to `bytesMax` bytes of fields.
   * Returns the offset in {@link bytes} at which the fields start, or -1 if the event was discarded and counted.
   * The event is not recorded before {@link commit}. A negative `classId` discards the event.
   */
  reserve(bytesMax: number, classId: number): number {
    const words = this.#words;
    const time = this.#timeWord;
    words[time + TO_BEGUN] = this.#events + 1;
    this.#now(this.#timestamps, time >> 1);
    const low = words[time] as number;
    const offset = this.#end;
    if (
      offset + bytesMax > this.#limit ||
      (low - this.#previousLow) >>> 0 >= SPAN_NS ||
      words[time + 1] !== this.#previousHigh ||
      classId >>> 0 >= EXTENDED_ID
    ) {
      return this.#reserveSlowly(bytesMax, classId);
    }
    this.view.setInt32(offset, (low << 5) | classId, true);
    return offset + 4;
  }

  /** Publishes the record reserved last; `end` is the offset after its last byte. */
  commit(end: number): void {
    const words = this.#words;
    const time = this.#timeWord;
    const committed = end - this.#base;
    const events = ++this.#events;
    const tally = time + TO_TALLIES + ((events & 1) << 1);
    words[tally] = events;
    words[tally + 1] = committed;
    this.#end = end;
    this.#previousLow = words[time] as number;
    this.#previousHigh = words[time + 1] as number;
    Atomics.store(words, time + TO_COMMITTED, committed);
  }

  /** Takes the last {@link reserve} back: there is nothing to commit. The event is discarded and counted. */
  cancel(): void {
    this.#discarded();
  }

  /** Bytes of fields that certainly fit into the current sub-buffer; may be negative. */
  get remainingBytes(): number {
    return this.#limit - this.#end;
  }

  /** Drops all references to the memory; the caller may then unmap it. Later events are discarded and not counted. */
  close(): void {
    const nothing = new ArrayBuffer(0);
    this.bytes = new Uint8Array(nothing);
    this.view = new DataView(nothing);
    this.#words = new Int32Array(nothing);
    this.#doubles = new Float64Array(nothing);
    this.#timestamps = new BigUint64Array(nothing);
    this.#limit = -1;
    this.#end = 0;
  }

  /** Whether {@link reserve} has room for an event with so many bytes of fields; false: it would discard the event. */
  hasRoom(bytesMax: number): boolean {
    return bytesMax <= this.remainingBytes || this.#mayOpen();
  }

  /** Counts events that could not be recorded. */
  discard(count = 1): void {
    this.#doubles[OFFSET_DISCARDED / 8] = this.discarded + count;
  }

  /**
   * Appends a class description (`../event/model.ts`) to the class log, before the first event of the class.
   * False when the log is full.
   */
  declareClass(record: Uint8Array): boolean {
    const index = OFFSET_CLASS_LOG_COMMITTED / 4;
    const committed = Atomics.load(this.#words, index) >>> 0;
    const end = committed + 4 + record.length;
    if (end > CLASS_LOG_BYTES) return false;
    const offset = classLogOffset(this.shape) + committed;
    this.view.setUint32(offset, record.length, true);
    this.bytes.set(record, offset + 4);
    Atomics.store(this.#words, index, end);
    return true;
  }

  /** The complete part of the class log; it aliases the memory. See `class-log.ts`. */
  classLog(): Uint8Array {
    const committed = Atomics.load(this.#words, OFFSET_CLASS_LOG_COMMITTED / 4) >>> 0;
    const start = classLogOffset(this.shape);
    return this.bytes.subarray(start, start + Math.min(committed, CLASS_LOG_BYTES));
  }

  /** The slow path of {@link reserve}, after it has stored the time. */
  #reserveSlowly(bytesMax: number, classId: number): number {
    if (this.bytes.length === 0) return -1;
    const low = this.#words[this.#timeWord] as number;
    const high = this.#words[this.#timeWord + 1] as number;
    if (classId < 0) return this.#discarded();
    const smallId = classId < EXTENDED_MARK;
    let compact = smallId && this.#isSoon(low, high);
    const bytes = bytesMax + (compact ? COMPACT_HEADER_BYTES : EXTENDED_HEADER_BYTES);
    if (this.#end + bytes > this.#limit + EXTENDED_HEADER_BYTES) {
      // A packet's clock starts at its begin timestamp, so the first event of a sub-buffer can have a compact header.
      compact = smallId;
      const fresh = bytesMax + (compact ? COMPACT_HEADER_BYTES : EXTENDED_HEADER_BYTES);
      if (fresh > this.shape.subbufferBytes) return this.#oversized(fresh);
      if (!this.#mayOpen()) return this.#discarded();
      this.#open(low, high);
    }
    const offset = this.#end;
    if (compact) {
      this.view.setInt32(offset, (low << COMPACT_CLASS_ID_BITS) | classId, true);
      return offset + COMPACT_HEADER_BYTES;
    }
    this.bytes[offset] = EXTENDED_MARK;
    this.view.setUint32(offset + 1, classId, true);
    this.view.setInt32(offset + 5, low, true);
    this.view.setInt32(offset + 9, high, true);
    return offset + EXTENDED_HEADER_BYTES;
  }

  /** Whether a reader can compute this time from its low 27 bits and the previous event's time. */
  #isSoon(low: number, high: number): boolean {
    if ((low - this.#previousLow) >>> 0 >= COMPACT_SPAN_NS) return false;
    if (high === this.#previousHigh) return true;
    return (high - this.#previousHigh) >>> 0 === 1 && low >>> 0 < this.#previousLow >>> 0;
  }

  #oversized(bytes: number): number {
    const warn = this.#onOversized;
    this.#onOversized = undefined;
    warn?.(bytes, this.shape.subbufferBytes);
    return this.#discarded();
  }

  #discarded(): number {
    this.#words[this.#timeWord + TO_BEGUN] = this.#events;
    this.discard();
    return -1;
  }

  /** Whether the writer may use the next slot. It accepts the consumer's count only if that count is possible. */
  #mayOpen(): boolean {
    if (this.shape.overwrite) return true;
    const claimed = this.#position.loadU32(OFFSET_CONSUMED);
    const advanced = (claimed - this.#consumed) >>> 0;
    if (advanced <= (this.#opened - this.#consumed) >>> 0) this.#consumed = claimed;
    return (this.#opened - this.#consumed) >>> 0 < this.shape.subbufferCount;
  }

  /** Closes the current sub-buffer, if any, and opens the next one at the given time. */
  #open(low: number, high: number): void {
    const words = this.#words;
    const doubles = this.#doubles;
    const generation = this.#opened;
    const line = descriptorOffset(generation & (this.shape.subbufferCount - 1));
    let eventsBefore = 0;
    const completesOne = this.#limit >= 0;
    if (completesOne) {
      const old = descriptorOffset((generation - 1) & (this.shape.subbufferCount - 1));
      eventsBefore = (doubles[(old + DESCRIPTOR_EVENTS_BEFORE) / 8] as number) + this.#events;
      doubles[(old + DESCRIPTOR_DISCARDED_AT_CLOSE) / 8] = this.discarded;
    }
    Atomics.store(words, (line + DESCRIPTOR_SEQUENCE) / 4, 0);
    Atomics.store(words, (line + DESCRIPTOR_COMMITTED) / 4, 0);
    words[(line + DESCRIPTOR_FIRST_TIMESTAMP) / 4] = low;
    words[(line + DESCRIPTOR_FIRST_TIMESTAMP) / 4 + 1] = high;
    words[(line + DESCRIPTOR_LAST_TIMESTAMP) / 4] = low;
    words[(line + DESCRIPTOR_LAST_TIMESTAMP) / 4 + 1] = high;
    doubles[(line + DESCRIPTOR_EVENTS_BEFORE) / 8] = eventsBefore;
    words[(line + DESCRIPTOR_TALLIES) / 4] = 0;
    words[(line + DESCRIPTOR_TALLIES) / 4 + 1] = 0;
    words[(line + DESCRIPTOR_BEGUN) / 4] = 1;
    Atomics.store(words, (line + DESCRIPTOR_SEQUENCE) / 4, (generation + 1) | 0);
    Atomics.store(words, OFFSET_OPENED / 4, (generation + 1) | 0);
    this.#opened = (generation + 1) >>> 0;
    this.#events = 0;
    this.#useSubbuffer(0);
    if (completesOne) this.#onSwitch?.();
  }

  /** Continues in the sub-buffer of the last writer, whose last time is unknown: `#previousHigh` -1 matches no time. */
  #resume(): void {
    const line = descriptorOffset((this.#opened - 1) & (this.shape.subbufferCount - 1));
    const committed = Math.min(
      Atomics.load(this.#words, (line + DESCRIPTOR_COMMITTED) / 4) >>> 0,
      this.shape.subbufferBytes,
    );
    const tally = (line + DESCRIPTOR_TALLIES) / 4;
    const matching = this.#words[tally + 1] === committed ? tally : tally + TALLY_BYTES / 4;
    this.#events = this.#words[matching] as number;
    this.#useSubbuffer(committed);
    this.#words[this.#timeWord + TO_BEGUN] = this.#events;
  }

  #useSubbuffer(committed: number): void {
    const slot = (this.#opened - 1) & (this.shape.subbufferCount - 1);
    this.#base = subbufferOffset(this.shape, slot);
    this.#end = this.#base + committed;
    this.#limit = this.#base + this.shape.subbufferBytes - EXTENDED_HEADER_BYTES;
    this.#useDescriptor(slot);
  }

  #useDescriptor(slot: number): void {
    this.#timeWord = (descriptorOffset(slot) + DESCRIPTOR_LAST_TIMESTAMP) / 4;
  }
}
