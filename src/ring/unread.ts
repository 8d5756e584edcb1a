/** What the buffers of a stream hold that no sink has stored, without consuming it. */
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import { readShape, type StreamShape } from './format.ts';
import {
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_EVENTS_BEFORE,
  DESCRIPTOR_SEQUENCE,
  DESCRIPTOR_TALLIES,
  descriptorOffset,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
  TALLY_BYTES,
} from './layout.ts';
import { ConsumerPosition } from './progress.ts';

export interface Unread {
  /** Events in the buffers, and the bytes of their records. */
  readonly events: number;
  readonly bytes: number;
  /** Events that no packet counts yet, and that are in no buffer: discarded or overwritten. */
  readonly missed: number;
}

/**
 * Undefined: the memory is damaged. While the writer records, the numbers are of some moment. A writer that lies makes
 * wrong numbers, bounded by the buffers.
 */
export function unreadIn(data: ReadableSegment, position: WritableSegment): Unread | undefined {
  const shape = readShape(data);
  if (!shape.ok || position.byteLength < POSITION_SEGMENT_BYTES) return undefined;
  const { consumed, bytes, events, discarded } = new ConsumerPosition(position).atPosition();
  const { subbufferBytes, subbufferCount } = shape.value;
  const opened = data.loadU32(OFFSET_OPENED);
  const newest = lineOf(shape.value, opened - 1);
  const recorded =
    opened === 0 ? 0 : data.loadF64(newest + DESCRIPTOR_EVENTS_BEFORE) + tallyIn(data, newest);
  const unread = Math.min(above(recorded, events), subbufferBytes * subbufferCount);
  // An overwriting writer may be further ahead.
  const distance = Math.min((opened - consumed) >>> 0, subbufferCount);
  const first = (opened - distance) >>> 0;
  const before = distance === 0 ? events : eventsBefore(data, shape.value, first, events);
  const buffered = Math.min(above(recorded, before), unread);
  return {
    events: buffered,
    bytes: above(bytesFrom(data, shape.value, first, distance), first === consumed ? bytes : 0),
    missed: unread - buffered + above(data.loadF64(OFFSET_DISCARDED), discarded),
  };
}

/** Bytes of all records that the buffers hold, read or not, and their sub-buffers; of a damaged stream none. */
export function contentOf(data: ReadableSegment): { bytes: number; subbuffers: number } {
  const shape = readShape(data);
  if (!shape.ok) return { bytes: 0, subbuffers: 0 };
  const opened = data.loadU32(OFFSET_OPENED);
  const subbuffers = Math.min(opened, shape.value.subbufferCount);
  return {
    bytes: bytesFrom(data, shape.value, (opened - subbuffers) >>> 0, subbuffers),
    subbuffers,
  };
}

/** Events before this sub-buffer, which the consumer may have read in part. */
function eventsBefore(
  data: ReadableSegment,
  shape: StreamShape,
  generation: number,
  passed: number,
): number {
  const line = lineOf(shape, generation);
  const isThere = data.loadU32(line + DESCRIPTOR_SEQUENCE) === (generation + 1) >>> 0;
  const before = isThere ? data.loadF64(line + DESCRIPTOR_EVENTS_BEFORE) : 0;
  return before > passed ? before : passed;
}

function bytesFrom(
  data: ReadableSegment,
  shape: StreamShape,
  first: number,
  count: number,
): number {
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const committed = data.loadU32(lineOf(shape, first + index) + DESCRIPTOR_COMMITTED);
    bytes += Math.min(committed, shape.subbufferBytes);
  }
  return bytes;
}

function lineOf({ subbufferCount }: StreamShape, generation: number): number {
  return descriptorOffset(generation & (subbufferCount - 1));
}

/** Events in the newest sub-buffer: one of the two tallies is that of its committed bytes. */
function tallyIn(data: ReadableSegment, line: number): number {
  const committed = data.loadU32(line + DESCRIPTOR_COMMITTED);
  const tallies = [line + DESCRIPTOR_TALLIES, line + DESCRIPTOR_TALLIES + TALLY_BYTES];
  const tally = tallies.find((at) => data.loadU32(at + 4) === committed) ?? tallies[0];
  return tally === undefined ? 0 : data.loadU32(tally);
}

function above(value: number, least: number): number {
  return Number.isSafeInteger(value) && value > least ? value - least : 0;
}
