/**
 * System V shared memory through koffi.
 *
 * Code of the application may still reference the ArrayBuffer of a detached segment, and an access to unmapped memory
 * kills the process, which a tracer must never do to an application. So `detach` replaces the mapping, in one step, by
 * private empty pages (which take no memory until touched), and unmaps these when the buffer is garbage.
 */
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type {
  ReadableSegment,
  SegmentInfo,
  SharedMemory,
  WritableSegment,
} from '../port/shared-memory.ts';
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
import { type Mapped, noteAttachment, PAGE_BYTES, takeAbandoned } from './thread-attachments.ts';

const TABLE_PATH = '/proc/sysvipc/shm';
const IPC_PRIVATE = 0;
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
const OFFSET_UID = 4;
const OFFSET_GID = 8;
const OFFSET_CREATOR_UID = 12;
const OFFSET_MODE = 20;
const OFFSET_BYTE_LENGTH = 48;
const OFFSET_ATTACHMENTS = 88;

const PROT_READ_WRITE = 3;
/** MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE */
const MAP_EMPTY_PAGES = 0x02 | 0x10 | 0x20 | 0x4000;

interface Mapping extends Mapped {
  readonly buffer: ArrayBuffer;
}

export function createMemory(): SharedMemory {
  return { create, attachWritable, attachReadable, info, attachments, list, remove };
}

function create(
  byteLength: number,
  access: { readonly uid: number; readonly gid: number; readonly mode: number },
): OsResult<number> {
  const subject = `${byteLength} bytes`;
  const isPossible = Number.isSafeInteger(byteLength) && byteLength > 0;
  if (!isPossible || !isId(access.uid) || !isId(access.gid)) {
    return failure('EINVAL', 'memory.create', subject);
  }
  const id = shmget()(IPC_PRIVATE, byteLength, 0o600);
  if (id < 0) return failure(lastErrno(), 'memory.create', subject);
  const description = Buffer.alloc(SHMID_DS_BYTES);
  description.writeUInt32LE(access.uid, OFFSET_UID);
  description.writeUInt32LE(access.gid, OFFSET_GID);
  description.writeUInt32LE(access.mode & PERMISSION_BITS, OFFSET_MODE);
  if (shmctl()(id, IPC_SET, description) < 0) {
    const name = lastErrno();
    shmctl()(id, IPC_RMID, null);
    return failure(name, 'memory.create', subject);
  }
  return ok(id);
}

function attachWritable(id: number): OsResult<WritableSegment> {
  const attached = attach(id, 0, 'memory.attachWritable');
  if (!attached.ok) return attached;
  const { buffer, byteLength } = attached.value;
  return ok({ buffer, byteLength, detach: detacher(attached.value) });
}

function attachReadable(id: number): OsResult<ReadableSegment> {
  const attached = attach(id, SHM_RDONLY, 'memory.attachReadable');
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
    detach: detacher(attached.value),
  });
}

function info(id: number): OsResult<SegmentInfo> {
  if (!isSegmentId(id)) return failure('EIDRM', 'memory.info', String(id));
  const description = Buffer.alloc(SHMID_DS_BYTES);
  if (shmctl()(id, IPC_STAT, description) < 0) return segmentFailure('memory.info', id);
  const modeAndFlags = description.readUInt32LE(OFFSET_MODE);
  if ((modeAndFlags & SHM_DEST) !== 0) return failure('EIDRM', 'memory.info', String(id));
  return ok({
    byteLength: Number(description.readBigUInt64LE(OFFSET_BYTE_LENGTH)),
    uid: description.readUInt32LE(OFFSET_UID),
    gid: description.readUInt32LE(OFFSET_GID),
    creatorUid: description.readUInt32LE(OFFSET_CREATOR_UID),
    mode: modeAndFlags & PERMISSION_BITS,
  });
}

function attachments(id: number): OsResult<number> {
  if (!isSegmentId(id)) return failure('EIDRM', 'memory.attachments', String(id));
  const description = Buffer.alloc(SHMID_DS_BYTES);
  if (shmctl()(id, IPC_STAT, description) < 0) return segmentFailure('memory.attachments', id);
  return ok(Number(description.readBigUInt64LE(OFFSET_ATTACHMENTS)));
}

/** Reads the kernel's table, see proc(5); shmctl has no call that lists segments. */
function list(): ReturnType<SharedMemory['list']> {
  try {
    const [head = '', ...lines] = readFileSync(TABLE_PATH, 'utf8').trim().split('\n');
    const names = head.trim().split(/\s+/);
    const columns = ['shmid', 'cpid', 'cuid'].map((name) => names.indexOf(name));
    const rows = lines.map((line) => {
      const values = line.trim().split(/\s+/);
      const [id = 0, creatorPid = 0, creatorUid = 0] = columns.map((at) => Number(values[at]));
      return { id, creatorPid, creatorUid };
    });
    return ok(rows.sort((one, other) => one.id - other.id));
  } catch (thrown) {
    return failureFromThrown(thrown, 'memory.list', TABLE_PATH);
  }
}

function remove(id: number): OsResult<void> {
  if (!isSegmentId(id)) return failure('EIDRM', 'memory.remove', String(id));
  // A second removal is an error here; the kernel would accept it while a process has the segment attached.
  const description = Buffer.alloc(SHMID_DS_BYTES);
  const described = shmctl()(id, IPC_STAT, description) === 0;
  if (described && (description.readUInt32LE(OFFSET_MODE) & SHM_DEST) !== 0) {
    return failure('EIDRM', 'memory.remove', String(id));
  }
  if (shmctl()(id, IPC_RMID, null) < 0) return segmentFailure('memory.remove', id);
  return ok(undefined);
}

/** Ids come from messages; koffi would truncate a number that is not an `int` to the id of another segment. */
function isSegmentId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= SEGMENT_ID_MAX;
}

function attach(id: number, flags: number, call: string): OsResult<Mapping> {
  if (!isSegmentId(id)) return failure('EIDRM', call, String(id));
  unmapAbandoned();
  const pointer = shmat()(id, null, flags);
  if (pointer === FAILED_POINTER) return segmentFailure(call, id);
  // Queried while attached, so the information is about this segment; Linux can attach removed segments.
  const described = info(id);
  if (!described.ok) {
    shmdt()(pointer);
    return described;
  }
  const { byteLength } = described.value;
  return ok({ pointer, byteLength, buffer: viewMemory(pointer, byteLength) });
}

/** An id without a segment is `EIDRM`: the kernel returns EINVAL or EIDRM, depending on slot reuse. */
function segmentFailure(call: string, id: number): ReturnType<typeof failure> {
  const name = lastErrno();
  return failure(name === 'EINVAL' ? 'EIDRM' : name, call, String(id));
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

const emptyPages = new FinalizationRegistry<Mapped>(unmap);

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

function detachAtWorkerExit(detach: () => void): void {
  if (!isExitWatched) {
    isExitWatched = true;
    // After the program's own exit listeners, which may still record.
    watchProcess({
      afterExit: () => {
        for (const each of ofThisWorker) each();
      },
    });
  }
  ofThisWorker.add(detach);
}

function detacher({ pointer, byteLength, buffer }: Mapping): () => void {
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
    emptyPages.register(buffer, { pointer, byteLength: mappedBytes });
  };
  if (!isMainThread && forget === undefined) detachAtWorkerExit(detach);
  return detach;
}
