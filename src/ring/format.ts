/**
 * Writes and checks the constant part of a stream's data segment (`layout.ts`).
 *
 * The registry formats a segment before any process attaches it. Application and consumer each check the header,
 * because neither knows which other process could have written it.
 */

import { assert } from '../base/assert.ts';
import { fail, ok, type Result } from '../base/result.ts';
import {
  KEY_FAMILY_BITS,
  type ReadableSegment,
  type WritableSegment,
} from '../port/shared-memory.ts';
import {
  CLASS_LOG_BYTES,
  isValidShape,
  OFFSET_CLASS_LOG_BYTES,
  OFFSET_CREATOR,
  OFFSET_LAYOUT_VERSION,
  OFFSET_MAGIC,
  OFFSET_OVERWRITE,
  OFFSET_STREAM_ID,
  OFFSET_SUBBUFFER_BYTES,
  OFFSET_SUBBUFFER_COUNT,
  PAGE_BYTES,
  RING_LAYOUT_VERSION,
  RING_MAGIC,
  type RingShape,
  segmentBytes,
} from './layout.ts';

/** The shape and the id of a stream. */
export interface StreamShape extends RingShape {
  /** u32, chosen by the registry. */
  readonly streamId: number;
}

/**
 * Writes the header constants of a new, zeroed segment. It writes the magic last, so that no process takes a
 * half-formatted segment for a stream. `shape` must be valid and the segment long enough for it.
 */
export function formatSegment(segment: WritableSegment, shape: RingShape, streamId: number): void {
  assert(isValidShape(shape), 'format:ring:shape-is-valid');
  assert(segment.byteLength >= segmentBytes(shape), 'format:ring:segment-is-long-enough');
  assert(Number.isInteger(streamId) && streamId >>> 0 === streamId, 'format:ring:stream-id-is-u32');
  const words = new Int32Array(segment.buffer, 0, PAGE_BYTES / 4);
  const store = (offset: number, value: number): void => {
    Atomics.store(words, offset / 4, value);
  };
  store(OFFSET_LAYOUT_VERSION, RING_LAYOUT_VERSION);
  store(OFFSET_SUBBUFFER_BYTES, shape.subbufferBytes);
  store(OFFSET_SUBBUFFER_COUNT, shape.subbufferCount);
  store(OFFSET_OVERWRITE, shape.overwrite ? 1 : 0);
  store(OFFSET_STREAM_ID, streamId);
  store(OFFSET_CLASS_LOG_BYTES, CLASS_LOG_BYTES);
  store(OFFSET_MAGIC, RING_MAGIC);
}

/** A registry's mark in the segments that it makes: 12 hexadecimal digits. */
export function isCreatorMark(text: string): boolean {
  return /^[0-9a-f]{12}$/.test(text);
}

/** The family of the keys of a registry's segments. */
export function familyOfMark(mark: string): number {
  return Number.parseInt(mark.slice(0, KEY_FAMILY_BITS / 4), 16);
}

/** Writes the mark into a new segment, before anything else. */
export function markCreator({ buffer }: WritableSegment, mark: string): void {
  assert(isCreatorMark(mark), 'format:ring:mark-is-one');
  new DataView(buffer).setBigUint64(OFFSET_CREATOR, BigInt(`0x${mark}`), true);
}

/** The mark in the segment; undefined: its first page is still blank; empty: it has none. */
export function creatorOf(segment: ReadableSegment): string | undefined {
  if (segment.byteLength < PAGE_BYTES) return '';
  const mark = segment.loadU64(OFFSET_CREATOR);
  if (mark !== 0n) return mark.toString(16).padStart(12, '0');
  return segment.bytes(0, PAGE_BYTES).every((byte) => byte === 0) ? undefined : '';
}

/** The shape in the segment's header, checked against this layout and the segment's length. */
export function readShape(segment: ReadableSegment | WritableSegment): Result<StreamShape, string> {
  if (segment.byteLength < PAGE_BYTES) return fail('the segment is shorter than a header');
  const load = wordLoader(segment);
  if (load(OFFSET_MAGIC) !== RING_MAGIC) return fail('the segment holds no stream');
  const version = load(OFFSET_LAYOUT_VERSION);
  if (version !== RING_LAYOUT_VERSION) return fail(`layout version ${version} is not known`);
  const overwrite = load(OFFSET_OVERWRITE);
  if (overwrite > 1) return fail(`overwrite mode ${overwrite} is not known`);
  if (load(OFFSET_CLASS_LOG_BYTES) !== CLASS_LOG_BYTES)
    return fail('the class log has another size');
  const shape: StreamShape = {
    subbufferBytes: load(OFFSET_SUBBUFFER_BYTES),
    subbufferCount: load(OFFSET_SUBBUFFER_COUNT),
    overwrite: overwrite === 1,
    streamId: load(OFFSET_STREAM_ID),
  };
  if (!isValidShape(shape)) {
    return fail(
      `${shape.subbufferCount} sub-buffers of ${shape.subbufferBytes} bytes are not a valid shape`,
    );
  }
  if (segment.byteLength < segmentBytes(shape))
    return fail('the segment is shorter than its shape');
  return ok(shape);
}

function wordLoader(segment: ReadableSegment | WritableSegment): (offset: number) => number {
  if (!('buffer' in segment)) return (offset) => segment.loadU32(offset);
  const words = new Int32Array(segment.buffer, 0, PAGE_BYTES / 4);
  return (offset) => Atomics.load(words, offset / 4) >>> 0;
}
