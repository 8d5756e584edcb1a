/** What the buffers of a stream hold at this moment, read straight from a simulated machine's memory. */
import { readShape } from '../../src/ring/format.ts';
import {
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_SEQUENCE,
  descriptorOffset,
  OFFSET_CONSUMED,
  OFFSET_CONSUMED_BYTES,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  POSITION_SEGMENT_BYTES,
} from '../../src/ring/layout.ts';
import type { Segment } from '../machine/simulation.ts';

/** Sub-buffers of a stream that are shown at most. */
const SLOTS_MAX = 64;

export interface RingView {
  readonly streamId: number;
  readonly dataSegment: number;
  readonly subbufferBytes: number;
  readonly subbufferCount: number;
  readonly overwrite: boolean;
  /** Sub-buffers opened, and passed by the consumer, ever; and bytes of the next one that are passed. */
  readonly opened: number;
  readonly consumed: number;
  readonly consumedBytes: number;
  /** Events that found no room, ever. */
  readonly discarded: number;
  /** For each slot: which sub-buffer it holds, counted from 1 (0: none yet), and bytes of complete records. */
  readonly slots: readonly { readonly sequence: number; readonly committed: number }[];
}

/** The streams among the segments. A stream's position segment is made right after its data segment. */
export function ringsIn(segments: readonly Segment[]): RingView[] {
  return segments.flatMap((segment) => {
    const { buffer, byteLength, id } = segment;
    const shape = readShape({ buffer, byteLength, detach: () => undefined });
    if (!shape.ok) return [];
    const position = segments.find((other) => other.id > id && isPositionOf(other, segment));
    const { streamId, subbufferBytes, subbufferCount, overwrite } = shape.value;
    const data = new DataView(buffer);
    const passed = position === undefined ? undefined : new DataView(position.buffer);
    return [
      {
        streamId,
        dataSegment: id,
        subbufferBytes,
        subbufferCount,
        overwrite,
        opened: data.getUint32(OFFSET_OPENED, true),
        consumed: passed?.getUint32(OFFSET_CONSUMED, true) ?? 0,
        consumedBytes: passed?.getUint32(OFFSET_CONSUMED_BYTES, true) ?? 0,
        discarded: data.getFloat64(OFFSET_DISCARDED, true),
        slots: Array.from({ length: Math.min(subbufferCount, SLOTS_MAX) }, (_, slot) => ({
          sequence: data.getUint32(descriptorOffset(slot) + DESCRIPTOR_SEQUENCE, true),
          committed: data.getUint32(descriptorOffset(slot) + DESCRIPTOR_COMMITTED, true),
        })),
      },
    ];
  });
}

function isPositionOf(other: Segment, { id, creatorPid }: Segment): boolean {
  return (
    other.id === id + 1 &&
    other.creatorPid === creatorPid &&
    other.byteLength === POSITION_SEGMENT_BYTES
  );
}
