/**
 * How much memory the streams of each user's applications have, so that no user takes what others need: the kernel
 * counts segments for the whole machine only (SHMMNI), and the registry creates them in its own name.
 */
import { type SegmentRef, segmentKey } from '../../port/shared-memory.ts';
import { POSITION_SEGMENT_BYTES, type RingShape, segmentBytes } from '../../ring/layout.ts';
import type { MemoryShare } from '../contract/memory.ts';

export class MemoryShares {
  readonly #share: MemoryShare;
  readonly #taken = new Map<number, MemoryShare>();
  /** By the key of the stream's data segment. */
  readonly #streams = new Map<string, { readonly uid: number; readonly bytes: number }>();

  constructor(share: MemoryShare) {
    this.#share = share;
  }

  /** The share of the user, if one more stream of this shape would exceed it. */
  exceededBy(uid: number, shape: RingShape): MemoryShare | undefined {
    const { streams, bytes } = this.#takenBy(uid);
    const isWithin =
      streams + 1 <= this.#share.streams && bytes + bytesOf(shape) <= this.#share.bytes;
    return isWithin ? undefined : this.#share;
  }

  add(dataSegment: SegmentRef, uid: number, shape: RingShape): void {
    const stream = { uid, bytes: bytesOf(shape) };
    this.#streams.set(segmentKey(dataSegment), stream);
    this.#change(stream, 1);
  }

  release(dataSegment: SegmentRef): void {
    const stream = this.#streams.get(segmentKey(dataSegment));
    if (stream === undefined) return;
    this.#streams.delete(segmentKey(dataSegment));
    this.#change(stream, -1);
  }

  #takenBy(uid: number): MemoryShare {
    return this.#taken.get(uid) ?? { streams: 0, bytes: 0 };
  }

  #change({ uid, bytes }: { uid: number; bytes: number }, by: 1 | -1): void {
    const taken = this.#takenBy(uid);
    const streams = taken.streams + by;
    if (streams === 0) this.#taken.delete(uid);
    else this.#taken.set(uid, { streams, bytes: taken.bytes + by * bytes });
  }
}

function bytesOf(shape: RingShape): number {
  return segmentBytes(shape) + POSITION_SEGMENT_BYTES;
}
