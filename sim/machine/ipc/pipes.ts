/**
 * Simulated named pipes. A waiter holds the reading end open and wakes up when the last writer closes, or with bytes. A
 * reader reads bytes as they arrive and holds both ends open, so that writers may open and close the pipe.
 */
import { assert } from '../../../src/base/assert.ts';
import { joined } from '../../../src/base/bytes.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type { NamedPipes, PipeWait, PipeWriter } from '../../../src/port/named-pipes.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { Found } from '../core/subject.ts';
import type { Disk } from '../fs/disk.ts';
import { groupForNew, mayGiveAway, permits, READ, WRITE } from '../fs/tree.ts';
import type { Resource, SimProcess } from '../process/process.ts';

/** Unread bytes that a pipe buffers. */
const PIPE_BUFFER_BYTES = 65_536;
/** The most bytes that one {@link PipeWriter.write} writes. */
const PIPE_WRITE_BYTES_MAX = 512;

/** The pipe behind a FIFO file. */
export class PipeState {
  readonly lane: Lane;
  readonly waiters = new Set<Waiter>();
  readonly readers = new Set<Reader>();
  readonly #buffered: Uint8Array[] = [];
  #bufferedBytes = 0;
  /** The number of open writing ends, including those of readers. */
  writers = 0;

  constructor(lane: Lane) {
    this.lane = lane;
  }

  /** Whether a process has the pipe open for reading. */
  get isRead(): boolean {
    return this.waiters.size + this.readers.size > 0;
  }

  /** Buffers all of `bytes` or, when there is no room, none. */
  put(bytes: Uint8Array): boolean {
    if (this.#bufferedBytes + bytes.length > PIPE_BUFFER_BYTES) return false;
    this.#buffered.push(bytes.slice());
    this.#bufferedBytes += bytes.length;
    return true;
  }

  /** Wakes all current waiters. */
  wakeWaiters(): void {
    for (const waiter of this.waiters) waiter.wake();
  }

  /** Discards the buffered bytes when no process has the pipe open. */
  discardIfUnused(): void {
    if (this.isRead || this.writers > 0) return;
    this.#buffered.length = 0;
    this.#bufferedBytes = 0;
  }

  /** Delivers buffered bytes to a reader, sometimes all in one piece. A waiter takes them as a signal. */
  pump(): void {
    const [reader] = [...this.readers, ...this.waiters];
    if (reader === undefined || this.#buffered.length === 0) return;
    if (reader.waits(() => this.pump())) return;
    const isMerged = this.lane.stream.oneIn(2);
    const parts = this.#buffered.splice(0, isMerged ? this.#buffered.length : 1);
    const bytes = joined(parts);
    this.#bufferedBytes -= bytes.length;
    reader.take(bytes);
  }

  get hasBytes(): boolean {
    return this.#buffered.length > 0;
  }
}

/** The named-pipe family as `process` sees it. */
export function pipesOf(disk: Disk, scheduler: HostScheduler, process: SimProcess): NamedPipes {
  const calls = new PipeCalls(disk, scheduler, process);
  const attempt = <T>(call: string, path: string, act: () => Found<T>): OsResult<T> =>
    process.attempt(call, path, () => {
      disk.staleChecks.recordUse(process, call, path);
      return act();
    });
  return {
    create: (path, options) => attempt('pipes.create', path, () => calls.create(path, options)),
    awaitSignal: (path, onSignal) =>
      attempt('pipes.awaitSignal', path, () => {
        const pipe = calls.find(path, READ);
        return pipe.ok ? ok(new Waiter(scheduler, process, pipe.value, onSignal)) : pipe;
      }),
    signal: (path) =>
      attempt('pipes.signal', path, () => {
        const pipe = calls.findWritable(path);
        if (!pipe.ok) return pipe;
        if (pipe.value.writers === 0) pipe.value.wakeWaiters();
        return ok(undefined);
      }),
    read: (path, onBytes) =>
      attempt('pipes.read', path, () => {
        const pipe = calls.find(path, READ | WRITE);
        return pipe.ok ? ok(new Reader(scheduler, process, pipe.value, onBytes)) : pipe;
      }),
    openWriter: (path) =>
      attempt('pipes.openWriter', path, () => {
        const pipe = calls.findWritable(path);
        return pipe.ok ? ok(new Writer(scheduler, process, pipe.value)) : pipe;
      }),
  };
}

class PipeCalls {
  readonly #disk: Disk;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;

  constructor(disk: Disk, scheduler: HostScheduler, process: SimProcess) {
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#process = process;
  }

  create(
    path: string,
    options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
  ): Found<void> {
    const { tree } = this.#disk;
    const process = this.#process;
    const place = tree.placeForNew(process, path);
    if (!place.ok) return place;
    const { parent, name } = place.value;
    const made = { uid: process.uid, gid: groupForNew(parent, process) };
    const { uid = made.uid, gid = made.gid } = options;
    const allowed = mayGiveAway(process, made, uid, gid);
    if (!allowed.ok) return allowed;
    const id = tree.nextId();
    const mode = options.mode & 0o7777;
    const endpoint = new PipeState(this.#scheduler.lane(`pipe ${path}`));
    parent.entries.set(name, { kind: 'pipe', id, uid, gid, mode, endpoint });
    return ok(undefined);
  }

  find(path: string, access: number): Found<PipeState> {
    const found = this.#disk.tree.find(this.#process, path);
    if (!found.ok) return found;
    if (!this.#process.hasRoomFor(1)) return fail('EMFILE');
    const inode = found.value;
    if (inode.kind === 'link') return fail('ELOOP');
    if (inode.kind === 'directory' && (access & WRITE) !== 0) return fail('ENXIO');
    if (!permits(inode, this.#process, access)) return fail('EACCES');
    const pipe = inode.kind === 'pipe' ? inode.endpoint : undefined;
    return pipe instanceof PipeState ? ok(pipe) : fail('ENXIO');
  }

  /** The pipe at `path`, if a process reads it. */
  findWritable(path: string): Found<PipeState> {
    const pipe = this.find(path, WRITE);
    return pipe.ok && !pipe.value.isRead ? fail('ENXIO') : pipe;
  }
}

class Waiter implements PipeWait, Resource {
  readonly descriptors = 1;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  readonly #pipe: PipeState;
  readonly #onSignal: () => void;
  #isWoken = false;
  #isWaiting = true;

  constructor(
    scheduler: HostScheduler,
    process: SimProcess,
    pipe: PipeState,
    onSignal: () => void,
  ) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#pipe = pipe;
    this.#onSignal = onSignal;
    pipe.waiters.add(this);
    process.hold(this);
    if (scheduler.quirks.happens('woken-without-cause', process.label)) this.wake();
    if (pipe.hasBytes) scheduler.post(pipe.lane, () => pipe.pump());
  }

  /** As {@link Reader.waits}. */
  waits(resume: () => void): boolean {
    return waitsUntilResumed(this.#process, resume);
  }

  take(bytes: Uint8Array): void {
    this.releaseAtEnd();
    this.#process.deliver('pipe data', bytes, this.#onSignal);
  }

  /** The process sees the end of the file a little later, unless the pipe has a writer again by then. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#scheduler.post(this.#pipe.lane, () => {
      this.#isWoken = false;
      if (!this.#isWaiting || this.#pipe.writers > 0) return;
      this.releaseAtEnd();
      this.#process.deliver('pipe signal', 0, this.#onSignal);
    });
  }

  close(): void {
    this.#process.enter('pipes.close', this.#pipe.lane.label);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    this.#isWaiting = false;
    this.#pipe.waiters.delete(this);
    this.#process.drop(this);
    this.#pipe.discardIfUnused();
  }
}

class Reader implements PipeWait, Resource {
  readonly descriptors = 1;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  readonly #pipe: PipeState;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #isOpen = true;

  constructor(
    scheduler: HostScheduler,
    process: SimProcess,
    pipe: PipeState,
    onBytes: (bytes: Uint8Array) => void,
  ) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#pipe = pipe;
    this.#onBytes = onBytes;
    pipe.readers.add(this);
    pipe.writers++;
    process.hold(this);
    this.#pumpLater();
  }

  /** Whether the process is paused; `resume` is then called when it resumes. */
  waits(resume: () => void): boolean {
    return waitsUntilResumed(this.#process, resume);
  }

  take(bytes: Uint8Array): void {
    this.#process.deliver('pipe data', bytes, () => this.#onBytes(bytes));
    this.#pumpLater();
  }

  close(): void {
    this.#process.enter('pipes.close', this.#pipe.lane.label);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#pipe.readers.delete(this);
    this.#process.drop(this);
    closeWritingEnd(this.#pipe);
  }

  #pumpLater(): void {
    if (this.#isOpen && this.#pipe.hasBytes) {
      this.#scheduler.post(this.#pipe.lane, () => this.#pipe.pump());
    }
  }
}

class Writer implements PipeWriter, Resource {
  readonly descriptors = 1;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  readonly #pipe: PipeState;
  #isOpen = true;

  constructor(scheduler: HostScheduler, process: SimProcess, pipe: PipeState) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#pipe = pipe;
    pipe.writers++;
    process.hold(this);
  }

  write(bytes: Uint8Array): boolean {
    const subject = `${this.#pipe.lane.label} ${bytes.length} bytes`;
    return this.#process.answer('pipes.write', subject, () => {
      assert(bytes.length <= PIPE_WRITE_BYTES_MAX, 'a pipe write is at most 512 bytes');
      if (!this.#isOpen || !this.#pipe.isRead || bytes.length === 0) return false;
      if (this.#process.callFaults?.errorOf('pipes.write', subject) !== undefined) return false;
      if (this.#scheduler.quirks.happens('pipe-full', this.#process.label)) return false;
      if (!this.#pipe.put(bytes)) return false;
      this.#scheduler.post(this.#pipe.lane, () => this.#pipe.pump());
      return true;
    });
  }

  close(): void {
    this.#process.enter('pipes.close', this.#pipe.lane.label);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#process.drop(this);
    closeWritingEnd(this.#pipe);
  }
}

function waitsUntilResumed(process: SimProcess, resume: () => void): boolean {
  if (process.isPaused) process.waiting.push(resume);
  return process.isPaused;
}

function closeWritingEnd(pipe: PipeState): void {
  pipe.writers--;
  if (pipe.writers === 0) pipe.wakeWaiters();
  pipe.discardIfUnused();
}
