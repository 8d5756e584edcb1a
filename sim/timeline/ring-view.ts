/** The contents of a stream's buffers at this moment, read directly from a simulated machine's memory. */
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

/** Maximum number of sub-buffers that are shown for a stream. */
const SLOTS_MAX = 64;

export interface RingView {
  readonly streamId: number;
  readonly dataSegment: number;
  readonly subbufferBytes: number;
  readonly subbufferCount: number;
  readonly overwrite: boolean;
  /** Total number of sub-buffers opened, and consumed; and consumed bytes of the next one. */
  readonly opened: number;
  readonly consumed: number;
  readonly consumedBytes: number;
  /** Total number of discarded events. */
  readonly discarded: number;
  /** For each slot: the number of its sub-buffer, from 1 (0: none yet), and the bytes of complete records. */
  readonly slots: readonly { readonly sequence: number; readonly committed: number }[];
}

/** The streams among the segments. A stream's position segment is created right after its data segment. */
export function ringsIn(segments: readonly Segment[]): RingView[] {
  return segments.flatMap((segment) => {
    const { buffer, byteLength, id } = segment;
    const shape = readShape({ buffer, byteLength, detach: () => undefined });
    if (!shape.ok) return [];
    const position = segments.find((other) => isPositionOf(other, segment));
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

function isPositionOf(other: Segment, { key, creator }: Segment): boolean {
  return (
    other.key === key + 1 &&
    other.creator === creator &&
    other.byteLength === POSITION_SEGMENT_BYTES
  );
}
