/**
 * System V shared memory through koffi.
 *
 * Code of the application may still reference the ArrayBuffer of a detached segment, and an access to unmapped memory
 * kills the process, which a tracer must never do to an application. So `detach` replaces the mapping, in one step, by
 * private empty pages (which take no memory until touched), and unmaps these when the buffer is garbage.
 *
 * Identity. A reference has the key and the creator of its segment, which the kernel keeps and IPC_SET cannot change;
 * it can change the owner, the mode and the time. While a segment is attached its id cannot get another meaning, so
 * every call that acts on a segment attaches it first, then compares.
 */
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import {
  KEY_RANDOM_BITS,
  type ReadableSegment,
  type SegmentInfo,
  type SegmentRef,
  type SharedMemory,
  type WritableSegment,
} from '../port/shared-memory.ts';
import type { Entrance } from './entrance.ts';
import { errnoName, failure, failureFromThrown } from './errors.ts';
import { isId } from './inode.ts';
import {
  errno,
  FAILED_POINTER,
  gettid,
  mmap,
  munmap,
  shmat,
  shmctl,
  shmdt,
  shmget,
  viewMemory,
} from './libc.ts';
import { watchProcess } from './process-events.ts';
import { crypto } from './random.ts';
import { type Mapped, noteAttachment, PAGE_BYTES, takeAbandoned } from './thread-attachments.ts';

const TABLE_PATH = '/proc/sysvipc/shm';
const IPC_CREAT_EXCL = 0o3000;
const IPC_RMID = 0;
const IPC_SET = 1;
const IPC_STAT = 2;
const SHM_RDONLY = 0o10000;
/** Mode flag of a removed segment that a process still has attached. */
const SHM_DEST = 0o1000;
const PERMISSION_BITS = 0o777;
const SEGMENT_ID_MAX = 2 ** 31 - 1;

// struct shmid_ds on 64-bit Linux (equal on x86-64 and arm64), with spare room.
const SHMID_DS_BYTES = 128;
const OFFSET_KEY = 0;
const OFFSET_UID = 4;
const OFFSET_GID = 8;
const OFFSET_CREATOR_UID = 12;
const OFFSET_MODE = 20;
const OFFSET_BYTE_LENGTH = 48;
const OFFSET_ATTACHMENTS = 88;

const PROT_READ_WRITE = 3;
/** MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE */
const MAP_EMPTY_PAGES = 0x02 | 0x10 | 0x20 | 0x4000;

/** Random keys that are tried before `create` fails with EEXIST: each is taken with a probability below 1 in 100. */
export const KEYS_MAX = 8;

interface Mapping extends Mapped {
  readonly buffer: ArrayBuffer;
}

/** The kernel's description of the segment that a reference names. */
interface Description extends SegmentInfo {
  readonly attachments: number;
  readonly isRemoved: boolean;
}

/** `draw`: the random bits of a key, never 0. */
export function createMemory(entrance: Entrance, draw: () => number = drawBits): SharedMemory {
  return {
    create: (byteLength, access, family = 0) =>
      create(byteLength, access, () => keyOf(family, draw())),
    attachWritable: (segment) => attachWritable(segment, entrance),
    attachReadable: (segment) => attachReadable(segment, entrance),
    info,
    attachments,
    list,
    remove,
  };
}

function drawBits(): number {
  return crypto().randomInt(1, 2 ** KEY_RANDOM_BITS);
}

function keyOf(family: number, bits: number): number {
  return ((family << KEY_RANDOM_BITS) | bits) >>> 0;
}

function create(
  byteLength: number,
  access: { readonly uid: number; readonly gid: number; readonly mode: number },
  drawKey: () => number,
): OsResult<SegmentRef> {
  const subject = `${byteLength} bytes`;
  const isPossible = Number.isSafeInteger(byteLength) && byteLength > 0;
  if (!isPossible || !isId(access.uid) || !isId(access.gid)) {
    return failure('EINVAL', 'memory.create', subject);
  }
  let key = 0;
  let id = -1;
  for (let attempt = 0; attempt < KEYS_MAX && id < 0; attempt++) {
    key = drawKey();
    // The kernel's keys have a sign.
    id = shmget()(key | 0, byteLength, IPC_CREAT_EXCL | 0o600);
    if (id < 0 && lastErrno() !== 'EEXIST') break;
  }
  if (id < 0) return failure(lastErrno(), 'memory.create', subject);
  const description = Buffer.alloc(SHMID_DS_BYTES);
  let isDone = shmctl()(id, IPC_STAT, description) === 0;
  if (isDone) {
    description.writeUInt32LE(access.uid, OFFSET_UID);
    description.writeUInt32LE(access.gid, OFFSET_GID);
    description.writeUInt32LE(access.mode & PERMISSION_BITS, OFFSET_MODE);
    isDone = shmctl()(id, IPC_SET, description) === 0;
  }
  if (isDone) return ok({ id, key, creatorUid: description.readUInt32LE(OFFSET_CREATOR_UID) });
  const name = lastErrno();
  shmctl()(id, IPC_RMID, null);
  return failure(name, 'memory.create', subject);
}

function attachWritable(segment: SegmentRef, entrance: Entrance): OsResult<WritableSegment> {
  const attached = attach(segment, 0, 'memory.attachWritable');
  if (!attached.ok) return attached;
  const { buffer, byteLength } = attached.value;
  return ok({ buffer, byteLength, detach: detacher(attached.value, entrance) });
}

function attachReadable(segment: SegmentRef, entrance: Entrance): OsResult<ReadableSegment> {
  const attached = attach(segment, SHM_RDONLY, 'memory.attachReadable');
  if (!attached.ok) return attached;
  const { buffer, byteLength } = attached.value;
  const words = new Int32Array(buffer, 0, Math.floor(byteLength / 4));
  const longs = new BigUint64Array(buffer, 0, Math.floor(byteLength / 8));
  const doubles = new Float64Array(buffer, 0, Math.floor(byteLength / 8));
  return ok({
    byteLength,
    loadU32: (offset) => Atomics.load(words, index(offset, 4, words.length)) >>> 0,
    loadU64: (offset) => longs[index(offset, 8, longs.length)] ?? 0n,
    loadF64: (offset) => doubles[index(offset, 8, doubles.length)] ?? 0,
    bytes: (offset, length) => new Uint8Array(buffer, offset, length),
    detach: detacher(attached.value, entrance),
  });
}

function info(segment: SegmentRef): OsResult<SegmentInfo> {
  const described = describe(segment, 'memory.info');
  if (!described.ok) return described;
  const { isRemoved, byteLength, uid, gid, creatorUid, mode } = described.value;
  if (isRemoved) return failure('EIDRM', 'memory.info', subjectOf(segment));
  return ok({ byteLength, uid, gid, creatorUid, mode });
}

function attachments(segment: SegmentRef): OsResult<number> {
  const described = describe(segment, 'memory.attachments');
  return described.ok ? ok(described.value.attachments) : described;
}

/** Reads the kernel's table, see proc(5); shmctl has no call that lists segments. */
function list(): OsResult<readonly SegmentRef[]> {
  try {
    const [head = '', ...lines] = readFileSync(TABLE_PATH, 'utf8').trim().split('\n');
    const names = head.trim().split(/\s+/);
    const columns = ['shmid', 'key', 'cuid', 'perms'].map((name) => names.indexOf(name));
    const rows = lines.flatMap((line) => {
      const values = line.trim().split(/\s+/);
      const [id = 0, key = 0, creatorUid = 0] = columns.map((at) => Number(values[at]));
      // Octal, with kernel flags in the higher bits.
      const modeAndFlags = Number.parseInt(values[columns[3] ?? -1] ?? '', 8);
      return (modeAndFlags & SHM_DEST) === 0 ? [{ id, key: key >>> 0, creatorUid }] : [];
    });
    return ok(rows.sort((one, other) => one.id - other.id));
  } catch (thrown) {
    return failureFromThrown(thrown, 'memory.list', TABLE_PATH);
  }
}

function remove(segment: SegmentRef): OsResult<void> {
  const call = 'memory.remove';
  // Attached, so that its id stays its own until it is removed.
  const pointer = isSegmentId(segment.id) ? shmat()(segment.id, null, SHM_RDONLY) : FAILED_POINTER;
  try {
    if (pointer === FAILED_POINTER) {
      const refused = notAttached(segment, call);
      // Its owner may have withdrawn our right to read it; the creator may always remove it.
      if (refused.ok || refused.error.code !== 'EACCES') return refused;
    } else {
      const described = describe(segment, call);
      if (!described.ok) return described;
      // A second removal is an error here; the kernel would accept it while a process has the segment attached.
      if (described.value.isRemoved) return failure('EIDRM', call, subjectOf(segment));
    }
    if (shmctl()(segment.id, IPC_RMID, null) < 0) return segmentFailure(call, segment);
    return ok(undefined);
  } finally {
    if (pointer !== FAILED_POINTER) shmdt()(pointer);
  }
}

function describe(segment: SegmentRef, call: string): OsResult<Description> {
  if (!isSegmentId(segment.id)) return failure('EIDRM', call, subjectOf(segment));
  const description = Buffer.alloc(SHMID_DS_BYTES);
  if (shmctl()(segment.id, IPC_STAT, description) < 0) return notAccessible(segment, call);
  const modeAndFlags = description.readUInt32LE(OFFSET_MODE);
  const isRemoved = (modeAndFlags & SHM_DEST) !== 0;
  const creatorUid = description.readUInt32LE(OFFSET_CREATOR_UID);
  // A removed segment has no key any more.
  const isKeyEqual = isRemoved || description.readUInt32LE(OFFSET_KEY) === segment.key;
  if (!isKeyEqual || creatorUid !== segment.creatorUid) {
    return failure('EIDRM', call, subjectOf(segment));
  }
  return ok({
    byteLength: Number(description.readBigUInt64LE(OFFSET_BYTE_LENGTH)),
    uid: description.readUInt32LE(OFFSET_UID),
    gid: description.readUInt32LE(OFFSET_GID),
    creatorUid,
    mode: modeAndFlags & PERMISSION_BITS,
    attachments: Number(description.readBigUInt64LE(OFFSET_ATTACHMENTS)),
    isRemoved,
  });
}

/** Ids come from messages; koffi would truncate a number that is not an `int` to the id of another segment. */
function isSegmentId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= SEGMENT_ID_MAX;
}

function attach(segment: SegmentRef, flags: number, call: string): OsResult<Mapping> {
  unmapAbandoned();
  const pointer = isSegmentId(segment.id) ? shmat()(segment.id, null, flags) : FAILED_POINTER;
  if (pointer === FAILED_POINTER) return notAttached(segment, call);
  // Queried while attached, so the information is about this segment; Linux can attach removed segments.
  const described = describe(segment, call);
  if (!described.ok || described.value.isRemoved) {
    shmdt()(pointer);
    return described.ok ? failure('EIDRM', call, subjectOf(segment)) : described;
  }
  const { byteLength } = described.value;
  return ok({ pointer, byteLength, buffer: viewMemory(pointer, byteLength) });
}

function notAttached(segment: SegmentRef, call: string): ReturnType<typeof failure> {
  if (!isSegmentId(segment.id)) return failure('EIDRM', call, subjectOf(segment));
  return notAccessible(segment, call);
}

/** The kernel hides from us whether a segment that we may not read is the one that we mean; its table tells. */
function notAccessible(segment: SegmentRef, call: string): ReturnType<typeof failure> {
  const failed = segmentFailure(call, segment);
  if (failed.ok || failed.error.code !== 'EACCES') return failed;
  const listed = list();
  const isThere = !listed.ok || listed.value.some((other) => isSame(other, segment));
  return isThere ? failed : failure('EIDRM', call, subjectOf(segment));
}

function isSame(one: SegmentRef, other: SegmentRef): boolean {
  return one.id === other.id && one.key === other.key && one.creatorUid === other.creatorUid;
}

/** An id without a segment is `EIDRM`: the kernel returns EINVAL or EIDRM, depending on slot reuse. */
function segmentFailure(call: string, segment: SegmentRef): ReturnType<typeof failure> {
  const name = lastErrno();
  return failure(name === 'EINVAL' ? 'EIDRM' : name, call, subjectOf(segment));
}

function subjectOf({ id }: SegmentRef): string {
  return String(id);
}

function lastErrno(): string {
  return errnoName(errno());
}

function index(offset: number, width: number, count: number): number {
  const position = offset / width;
  assert(
    Number.isInteger(position) && position >= 0 && position < count,
    'memory: a load is aligned and inside the segment',
  );
  return position;
}

function unmap({ pointer, byteLength }: Mapped): void {
  munmap()(pointer, byteLength);
}

const emptyPages = new FinalizationRegistry<Mapped & { readonly entrance: Entrance }>((pages) =>
  pages.entrance.run(() => unmap(pages)),
);

/** Kernel id of this thread. */
let ownTid: number | undefined;

function tidOfThread(): number {
  ownTid ??= isMainThread ? process.pid : gettid()();
  return ownTid;
}

function unmapAbandoned(): void {
  for (const mapped of takeAbandoned(tidOfThread())) unmap(mapped);
}

/** Detaches the segments of this worker thread that are not in the shared table: the worker must do it itself. */
const ofThisWorker = new Set<() => void>();
let isExitWatched = false;

function detachAtWorkerExit(entrance: Entrance, detach: () => void): void {
  if (!isExitWatched) {
    isExitWatched = true;
    // After the program's own exit listeners, which may still record.
    watchProcess(entrance, {
      afterExit: () => {
        for (const each of ofThisWorker) each();
      },
    });
  }
  ofThisWorker.add(detach);
}

function detacher({ pointer, byteLength, buffer }: Mapping, entrance: Entrance): () => void {
  let detached = false;
  const forget = isMainThread ? undefined : noteAttachment(tidOfThread(), { pointer, byteLength });
  // Bound now: a worker that is terminated during its exit cannot run JavaScript any more, and binding would then end
  // the whole process. The call itself is so short that a termination rarely falls into it.
  const map = mmap();
  const detach = (): void => {
    if (detached) return;
    detached = true;
    unmapAbandoned();
    ofThisWorker.delete(detach);
    const mappedBytes = Math.ceil(byteLength / PAGE_BYTES) * PAGE_BYTES;
    const replaced = map(pointer, mappedBytes, PROT_READ_WRITE, MAP_EMPTY_PAGES, -1, 0);
    // If the mapping fails, the segment stays attached: that costs memory, but avoids a crash.
    if (replaced !== pointer) return;
    forget?.();
    emptyPages.register(buffer, { entrance, pointer, byteLength: mappedBytes });
  };
  if (!isMainThread && forget === undefined) detachAtWorkerExit(entrance, detach);
  return detach;
}
