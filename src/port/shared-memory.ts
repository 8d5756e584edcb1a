/**
 * The World's shared memory: System V segments, which hold the ring buffers. A process that may only read a segment
 * attaches it with another call (R1.25).
 */
import type { OsResult } from './os-error.ts';

/** A segment attached for reading and writing. Memory stays mapped until `detach`. */
export interface WritableSegment {
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  detach(): void;
}

/** A segment attached read-only: it has no method that writes, and the kernel would refuse a write. */
export interface ReadableSegment {
  readonly byteLength: number;
  /** 32-bit load with acquire order; `offset` is a multiple of 4. Little endian, like all data here. */
  loadU32(offset: number): number;
  /** 64-bit load in one access; `offset` is a multiple of 8. */
  loadU64(offset: number): bigint;
  /** 64-bit IEEE load in one access; `offset` is a multiple of 8. */
  loadF64(offset: number): number;
  /** The present bytes. They may alias the memory: the caller uses or copies them before any other call. */
  bytes(offset: number, length: number): Uint8Array;
  detach(): void;
}

/**
 * Identifies a segment for as long as the machine runs. The kernel gives the id of a removed segment to a later one, of
 * any user, and a segment's owner may remove it at any time. So the id counts only together with the key and the
 * creator, which no process can change.
 */
export interface SegmentRef {
  readonly id: number;
  /** Random in part; no two segments have the same one. 0: it has none, as those of earlier versions. */
  readonly key: number;
  readonly creatorUid: number;
}

/** A text that only references to the same segment share. */
export function segmentKey({ id, key, creatorUid }: SegmentRef): string {
  return `${id} ${key} ${creatorUid}`;
}

/** The creator chooses these upper bits of a key; the other 20 are random. */
export const KEY_FAMILY_BITS = 12;
export const KEY_RANDOM_BITS = 32 - KEY_FAMILY_BITS;

/** The family of a segment's key. */
export function familyOf({ key }: SegmentRef): number {
  return key >>> KEY_RANDOM_BITS;
}

/** What the kernel reports about a segment. */
export interface SegmentInfo {
  readonly byteLength: number;
  readonly uid: number;
  readonly gid: number;
  readonly creatorUid: number;
  readonly mode: number;
}

/**
 * System V shared memory. EIDRM: the segment does not exist any more, also if another one has its id by now. No call
 * affects that other one.
 */
export interface SharedMemory {
  /**
   * Creates a zeroed segment with this owner (possibly another user), group and mode. ENOSPC, ENOMEM at the limits.
   * `family`: the upper KEY_FAMILY_BITS of its key; left out: 0.
   */
  create(
    byteLength: number,
    access: { readonly uid: number; readonly gid: number; readonly mode: number },
    family?: number,
  ): OsResult<SegmentRef>;
  attachWritable(segment: SegmentRef): OsResult<WritableSegment>;
  attachReadable(segment: SegmentRef): OsResult<ReadableSegment>;
  info(segment: SegmentRef): OsResult<SegmentInfo>;
  /** Number of attachments by all processes, also for a removed segment. EIDRM once it no longer exists. */
  attachments(segment: SegmentRef): OsResult<number>;
  /** All segments of the machine that are not removed, ordered by id. */
  list(): OsResult<readonly SegmentRef[]>;
  /** Removes the segment: no process can attach it any more, and the last detach frees the memory. */
  remove(segment: SegmentRef): OsResult<void>;
}
