/**
 * Simulated System V shared memory: one table per machine; attaching a segment checks rights.
 * A writable attachment exposes the one real ArrayBuffer behind the segment; a readable one only reads.
 */
import { assert } from '../../../src/base/assert.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import {
  KEY_RANDOM_BITS,
  type ReadableSegment,
  type SegmentInfo,
  type SegmentRef,
  type SharedMemory,
  type WritableSegment,
} from '../../../src/port/shared-memory.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Quirks } from '../core/quirks.ts';
import type { Found, Subject } from '../core/subject.ts';
import { isId, isInGroup, READ, WRITE } from '../fs/tree.ts';
import type { Resource, SimProcess } from '../process/process.ts';

/** Segments that a machine holds (SHMMNI); creating one more fails with ENOSPC. */
export const SEGMENTS_MAX = 4096;
/** Bytes in all segments together (SHMALL); past that creating one fails with ENOSPC, too. */
export const ALL_SEGMENTS_BYTES_MAX = 0x4000_0000;

export interface Segment extends SegmentInfo, SegmentRef {
  readonly creatorGid: number;
  readonly creator: SimProcess;
  /** Nanoseconds since the machine started. */
  readonly createdAt: number;
  readonly buffer: ArrayBuffer;
  isRemoved: boolean;
  /** The current attachments. */
  readonly attachments: Set<Attachment>;
  /** The processes that attached the segment at any time. */
  readonly everAttached: Set<SimProcess>;
}

/** A segment that a process removed, as the machine saw it. */
export interface Removal {
  readonly segment: Segment;
  readonly by: SimProcess | undefined;
}

/** One mapping of a segment in one process. */
export interface Attachment {
  readonly pid: number;
  readonly access: 'read' | 'write';
}

/** The segments of a machine, by their ids. */
export class SegmentTable {
  readonly segments = new Map<number, Segment>();
  /** All removals, also of segments that still exist because they are attached. */
  readonly removals: Removal[] = [];
  readonly #quirks: Quirks;
  /** Ids of segments that no longer exist, in the order in which they became free. */
  readonly #freeIds: number[] = [];
  #nextId = 1;
  #made = 0;
  #bytes = 0;
  /** The limits of segments and of bytes, which a fault can lower. */
  segmentsMax = SEGMENTS_MAX;
  bytesMax = ALL_SEGMENTS_BYTES_MAX;

  get byteLength(): number {
    return this.#bytes;
  }

  constructor(quirks: Quirks) {
    this.#quirks = quirks;
  }

  create(
    process: SimProcess,
    byteLength: number,
    access: { readonly uid: number; readonly gid: number; readonly mode: number },
    now: number,
    family: number,
  ): Found<SegmentRef> {
    if (!Number.isSafeInteger(byteLength) || byteLength <= 0) return fail('EINVAL');
    if (!isId(access.uid) || !isId(access.gid)) return fail('EINVAL');
    if (this.segments.size >= this.segmentsMax) return fail('ENOSPC');
    if (this.#bytes + byteLength > this.bytesMax) return fail('ENOSPC');
    const id = this.#takeId(process.label);
    // The simulated machine counts where a real one draws.
    const key = ((family << KEY_RANDOM_BITS) | ++this.#made) >>> 0;
    const ref = { id, key, creatorUid: process.uid };
    this.#bytes += byteLength;
    this.segments.set(id, {
      ...ref,
      byteLength,
      uid: access.uid,
      gid: access.gid,
      mode: access.mode & 0o777,
      creatorGid: process.gid,
      creator: process,
      createdAt: now,
      buffer: new ArrayBuffer(byteLength),
      isRemoved: false,
      attachments: new Set(),
      everAttached: new Set(),
    });
    return ok(ref);
  }

  /** The segment that the reference means, also a removed one. */
  #of({ id, key, creatorUid }: SegmentRef): Segment | undefined {
    const segment = this.segments.get(id);
    const isSame = segment?.key === key && segment.creatorUid === creatorUid;
    return isSame ? segment : undefined;
  }

  #takeId(label: string): number {
    const isReused = this.#freeIds.length > 0 && this.#quirks.happens('segment-id-reused', label);
    return (isReused ? this.#freeIds.shift() : undefined) ?? this.#nextId++;
  }

  /** The segment, if `subject` has `access` to it and the segment is not removed. */
  find(subject: Subject, ref: SegmentRef, access: number): Found<Segment> {
    const segment = this.#of(ref);
    if (segment === undefined) return fail('EIDRM');
    if (!segmentPermits(segment, subject, access)) return fail('EACCES');
    return segment.isRemoved ? fail('EIDRM') : ok(segment);
  }

  /** The number of attachments, also of a removed segment. */
  attachments(subject: Subject, ref: SegmentRef): Found<number> {
    const segment = this.#of(ref);
    if (segment === undefined) return fail('EIDRM');
    if (!segmentPermits(segment, subject, READ)) return fail('EACCES');
    return ok(segment.attachments.size);
  }

  remove(subject: Subject, ref: SegmentRef, by?: SimProcess): Found<void> {
    const segment = this.#of(ref);
    if (segment === undefined) return fail('EIDRM');
    if (segment.isRemoved && segmentPermits(segment, subject, READ)) return fail('EIDRM');
    const isOwner = subject.uid === segment.uid || subject.uid === segment.creatorUid;
    if (!isOwner && subject.uid !== 0) return fail('EPERM');
    segment.isRemoved = true;
    this.removals.push({ segment, by });
    this.freeIfUnused(segment);
    return ok(undefined);
  }

  freeIfUnused(segment: Segment): void {
    if (!segment.isRemoved || segment.attachments.size > 0) return;
    if (!this.segments.delete(segment.id)) return;
    this.#bytes -= segment.byteLength;
    this.#freeIds.push(segment.id);
  }

  /** Frees all segments, as a restart of the machine does. */
  clear(): void {
    this.segments.clear();
    this.#freeIds.length = 0;
    this.#bytes = 0;
  }
}

/** System V rules: owner or creator, then group or creator's group, then the others. Root has all rights. */
function segmentPermits(segment: Segment, subject: Subject, access: number): boolean {
  if (subject.uid === 0) return true;
  const isOwner = subject.uid === segment.uid || subject.uid === segment.creatorUid;
  const isGroup = isInGroup(subject, segment.gid) || isInGroup(subject, segment.creatorGid);
  const shift = isOwner ? 6 : isGroup ? 3 : 0;
  return ((segment.mode >>> shift) & access) === access;
}

/** The shared-memory family as `process` sees it: the segments of its IPC namespace. */
export function memoryOf(
  shared: SegmentTable,
  scheduler: HostScheduler,
  process: SimProcess,
): SharedMemory {
  const tableOf = (): SegmentTable => (process.ownSegments as SegmentTable | undefined) ?? shared;
  const find = (call: string, ref: SegmentRef, access: number): OsResult<Segment> =>
    process.attempt(call, `${ref.id}`, () => tableOf().find(process, ref, access));
  return {
    create: (byteLength, access, family = 0) =>
      process.attempt('memory.create', `${byteLength} bytes`, () =>
        tableOf().create(process, byteLength, access, scheduler.now, family),
      ),
    attachWritable: (ref) => {
      const found = find('memory.attachWritable', ref, READ | WRITE);
      return found.ok ? ok(new Mapping(tableOf(), process, found.value, 'write')) : found;
    },
    attachReadable: (ref) => {
      const found = find('memory.attachReadable', ref, READ);
      if (!found.ok) return found;
      return ok(new Reading(new Mapping(tableOf(), process, found.value, 'read')));
    },
    info: (ref) => {
      const found = find('memory.info', ref, READ);
      if (!found.ok) return found;
      const { byteLength, uid, gid, creatorUid, mode } = found.value;
      return ok({ byteLength, uid, gid, creatorUid, mode });
    },
    attachments: (ref) =>
      process.attempt('memory.attachments', `${ref.id}`, () => tableOf().attachments(process, ref)),
    list: () =>
      process.attempt('memory.list', '', () =>
        ok(
          [...tableOf().segments.values()]
            .filter(({ isRemoved }) => !isRemoved)
            .map(({ id, key, creatorUid }) => ({ id, key, creatorUid }))
            .toSorted((one, other) => one.id - other.id),
        ),
      ),
    remove: (ref) =>
      process.attempt('memory.remove', `${ref.id}`, () => tableOf().remove(process, ref, process)),
  };
}

class Mapping implements WritableSegment, Attachment, Resource {
  readonly descriptors = 0;
  readonly pid: number;
  readonly access: 'read' | 'write';
  readonly #table: SegmentTable;
  readonly #process: SimProcess;
  readonly #segment: Segment;
  #isAttached = true;
  #afterwards: ArrayBuffer | undefined;

  constructor(
    table: SegmentTable,
    process: SimProcess,
    segment: Segment,
    access: 'read' | 'write',
  ) {
    this.#table = table;
    this.#process = process;
    this.#segment = segment;
    this.pid = process.pid;
    this.access = access;
    segment.attachments.add(this);
    segment.everAttached.add(process);
    if (access === 'write') process.onWritable?.(segment.buffer);
    process.hold(this);
  }

  /** After `detach` a private zeroed buffer, as in the real World; older views still refer to the segment. */
  get buffer(): ArrayBuffer {
    if (this.#isAttached) return this.#segment.buffer;
    this.#afterwards ??= new ArrayBuffer(this.byteLength);
    return this.#afterwards;
  }

  get byteLength(): number {
    return this.#segment.byteLength;
  }

  /** Called before every access through accessors. */
  load(): void {
    this.#process.load();
  }

  detach(): void {
    this.#process.enter('memory.detach', this.#segment.id);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    this.#isAttached = false;
    this.#process.drop(this);
    this.#segment.attachments.delete(this);
    this.#table.freeIfUnused(this.#segment);
  }
}

class Reading implements ReadableSegment {
  readonly #mapping: Mapping;
  /** Created at the first load, and again at the first one after `detach`. */
  #view: DataView | undefined;

  constructor(mapping: Mapping) {
    this.#mapping = mapping;
  }

  get byteLength(): number {
    return this.#mapping.byteLength;
  }

  loadU32(offset: number): number {
    return this.#at(offset, 4).getUint32(offset, true);
  }

  loadU64(offset: number): bigint {
    return this.#at(offset, 8).getBigUint64(offset, true);
  }

  loadF64(offset: number): number {
    return this.#at(offset, 8).getFloat64(offset, true);
  }

  bytes(offset: number, length: number): Uint8Array {
    const isWithin = offset >= 0 && length >= 0 && offset + length <= this.byteLength;
    assert(isWithin, 'bytes are read within the segment');
    this.#mapping.load();
    return new Uint8Array(this.#mapping.buffer, offset, length).slice();
  }

  detach(): void {
    this.#mapping.detach();
    this.#view = undefined;
  }

  #at(offset: number, width: number): DataView {
    const isWithin = offset >= 0 && offset + width <= this.byteLength;
    assert(isWithin && offset % width === 0, 'a load is aligned and inside the segment');
    this.#mapping.load();
    this.#view ??= new DataView(this.#mapping.buffer);
    return this.#view;
  }
}
