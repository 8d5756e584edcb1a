/**
 * The World's shared memory: System V segments, in which ring buffers lie. Who may only read a segment attaches it in
 * another way (R1.25).
 */
import type { OsResult } from './os-error.ts';

/** A segment attached for reading and writing. Memory stays mapped until `detach`. */
export interface WritableSegment {
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  detach(): void;
}

/** A segment attached read-only; there is no way to write through it, and the kernel would refuse. */
export interface ReadableSegment {
  readonly byteLength: number;
  /** 32-bit load with acquire order; `offset` is a multiple of 4. Little endian, as everything here. */
  loadU32(offset: number): number;
  /** 64-bit load in one access; `offset` is a multiple of 8. */
  loadU64(offset: number): bigint;
  /** 64-bit IEEE load in one access; `offset` is a multiple of 8. */
  loadF64(offset: number): number;
  /** The bytes as they are now; may alias the memory, so use them before anything else happens. */
  bytes(offset: number, length: number): Uint8Array;
  detach(): void;
}

/** What the kernel says of a segment. */
export interface SegmentInfo {
  readonly byteLength: number;
  readonly uid: number;
  readonly gid: number;
  readonly creatorUid: number;
  readonly mode: number;
}

/** System V shared memory. A segment is named by its id; ids are unique until the machine restarts. */
export interface SharedMemory {
  /**
   * Creates a zeroed segment with this owner (who may be another user), group and mode. ENOSPC, ENOMEM at the
   * limits.
   */
  create(
    byteLength: number,
    access: { readonly uid: number; readonly gid: number; readonly mode: number },
  ): OsResult<number>;
  attachWritable(id: number): OsResult<WritableSegment>;
  attachReadable(id: number): OsResult<ReadableSegment>;
  info(id: number): OsResult<SegmentInfo>;
  /** How often the segment is attached, by whomever; also of one that was removed. EIDRM when it is gone. */
  attachments(id: number): OsResult<number>;
  /** All segments of the machine with who made them, in the order of their ids. */
  list(): OsResult<
    readonly { readonly id: number; readonly creatorPid: number; readonly creatorUid: number }[]
  >;
  /** Removes the segment: gone for new attachers, memory freed when the last one detaches. */
  remove(id: number): OsResult<void>;
}
