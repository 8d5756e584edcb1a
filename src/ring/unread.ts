/** Counts the events of a stream that no consumer has read, without consuming them. */
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import { readShape } from './format.ts';
import {
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_EVENTS_BEFORE,
  DESCRIPTOR_TALLIES,
  descriptorOffset,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
  TALLY_BYTES,
} from './layout.ts';
import { ConsumerPosition } from './progress.ts';

/**
 * Events that are recorded, or counted as discarded, and in no packet yet; undefined: the memory is damaged. The writer
 * must have stopped, or the count is of some moment. A writer that lies makes a wrong count, bounded by the buffers.
 */
export function unreadIn(data: ReadableSegment, position: WritableSegment): number | undefined {
  const shape = readShape(data);
  if (!shape.ok || position.byteLength < POSITION_SEGMENT_BYTES) return undefined;
  const { events, discarded } = new ConsumerPosition(position).atPosition();
  const { subbufferBytes, subbufferCount } = shape.value;
  const opened = data.loadU32(OFFSET_OPENED);
  const line = descriptorOffset((opened - 1) & (subbufferCount - 1));
  const recorded =
    opened === 0 ? 0 : data.loadF64(line + DESCRIPTOR_EVENTS_BEFORE) + tallyIn(data, line);
  const unreported = above(data.loadF64(OFFSET_DISCARDED), discarded);
  return Math.min(above(recorded, events), subbufferBytes * subbufferCount) + unreported;
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
