/** References to segments that do not exist, for tests of actors. */
import type { SegmentRef } from '../../src/port/shared-memory.ts';

export function segmentRef(id: number): SegmentRef {
  return { id, key: 1000 + id, creatorUid: 0 };
}
