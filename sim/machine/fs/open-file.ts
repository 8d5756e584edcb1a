/** An open file of a simulated process. A file that was opened to create or append can be read as well. */
import { fail, ok } from '../../../src/base/result.ts';
import type { FileStanding, OpenFile } from '../../../src/port/files.ts';
import type { OsErrorCode, OsResult } from '../../../src/port/os-error.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import { type Found } from '../core/subject.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import type { Disk } from './disk.ts';
import { byteLengthOf, type Inode } from './tree.ts';

interface Opened {
  readonly inode: Inode;
  readonly canWrite: boolean;
  readonly path: string;
  /** What is at the path now. */
  readonly there: () => Found<Inode>;
}

export class SimOpenFile implements OpenFile, Resource {
  readonly descriptors = 1;
  readonly #disk: Disk;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  readonly #inode: Inode;
  readonly #canWrite: boolean;
  readonly #path: string;
  readonly #there: Opened['there'];
  #isOpen = true;
  /** The length that the last `byteLength` returned, until the next call on the file. */
  #checkedLength: number | undefined;

  constructor(disk: Disk, scheduler: HostScheduler, process: SimProcess, opened: Opened) {
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#process = process;
    this.#inode = opened.inode;
    this.#canWrite = opened.canWrite;
    this.#path = opened.path;
    this.#there = opened.there;
    process.hold(this);
    this.#countWriter(1);
  }

  append(parts: readonly Uint8Array[]): OsResult<number> {
    return this.#call('files.append', () => {
      if (parts.length === 0) return ok(0);
      if (!this.#canWrite) return fail('EBADF');
      if (this.#inode.kind === 'pipe') return fail('EAGAIN');
      const wanted = parts.reduce((bytes, part) => bytes + part.length, 0);
      let room = this.#disk.room();
      const { label, callFaults } = this.#process;
      if (room < wanted) this.#process.lack('disk');
      if (wanted > 0 && room === 0) return fail('ENOSPC');
      if (room < wanted) this.#process.lack('the rest of a write');
      const whole = this.#scheduler.quirks.part('append-short', label, wanted);
      const limit = callFaults?.taking(whole) ?? whole;
      room = Math.min(room, Math.abs(limit));
      const taken = Math.min(wanted, room);
      for (const part of parts) {
        if (this.#inode.kind === 'file') this.#inode.content.append(part.subarray(0, room));
        room -= Math.min(room, part.length);
      }
      this.#disk.usedBytes += taken;
      if (limit < 0) this.#process.leave({ signal: 'SIGKILL' });
      return ok(taken);
    });
  }

  read(into: Uint8Array, position: number): OsResult<number> {
    return this.#call('files.read', () => {
      if (this.#inode.kind === 'directory') return fail('EISDIR');
      if (this.#inode.kind !== 'file') return fail('EIO');
      const { quirks } = this.#scheduler;
      const most = quirks.part('read-short', this.#process.label, into.length);
      return ok(this.#inode.content.read(into.subarray(0, most), position));
    });
  }

  byteLength(): OsResult<number> {
    return this.#call('files.byteLength', () => {
      this.#checkedLength = byteLengthOf(this.#inode);
      return ok(this.#checkedLength);
    });
  }

  standing(path?: string): OsResult<FileStanding> {
    return this.#call('files.standing', () => {
      const inode = this.#inode;
      const found = path === undefined ? ok(inode) : this.#disk.tree.find(this.#process, path);
      if (!found.ok && found.error !== 'ENOENT' && found.error !== 'ENOTDIR') return found;
      const isNamed = found.ok && found.value === inode;
      const isRemoved = (path === undefined || !isNamed) && !this.#disk.tree.has(inode);
      return ok({ byteLength: byteLengthOf(inode), isNamed, isRemoved });
    });
  }

  truncate(byteLength: number): OsResult<void> {
    return this.#call('files.truncate', () => {
      if (!this.#canWrite || this.#inode.kind !== 'file') return fail('EINVAL');
      const growth = byteLength - this.#inode.content.byteLength;
      if (growth > this.#disk.room()) return fail('ENOSPC');
      this.#inode.content.truncate(Math.max(0, byteLength));
      this.#disk.count();
      return ok(undefined);
    });
  }

  sync(): OsResult<void> {
    return this.#call('files.sync', () => {
      const inode = this.#inode;
      if (inode.kind === 'pipe') return fail('EINVAL');
      if (inode.kind === 'file') inode.content.sync();
      if (inode.kind === 'directory') inode.durable = new Map(inode.entries);
      return ok(undefined);
    });
  }

  lock(): OsResult<void> {
    return this.#call('files.lock', () => {
      const { locks, staleChecks } = this.#disk;
      const holder = locks.get(this.#inode);
      if (holder !== undefined && holder !== this) return fail('EAGAIN');
      locks.set(this.#inode, this);
      const found = this.#there();
      if (found.ok && found.value === this.#inode) return ok(undefined);
      staleChecks.add(this.#process, 'files.open', 'files.lock', this.#path);
      return found.ok ? fail('ENOENT') : found;
    });
  }

  close(): void {
    this.#process.enter('files.close', this.#path);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (this.#isOpen) this.#countWriter(-1);
    this.#isOpen = false;
    const { locks } = this.#disk;
    if (locks.get(this.#inode) === this) locks.delete(this.#inode);
    this.#process.drop(this);
  }

  #countWriter(by: 1 | -1): void {
    if (!this.#canWrite) return;
    const { writers } = this.#disk;
    const count = (writers.get(this.#inode) ?? 0) + by;
    if (count > 0) writers.set(this.#inode, count);
    else writers.delete(this.#inode);
  }

  #call<T>(call: string, act: () => Found<T>): OsResult<T> {
    return this.#process.attempt(call, this.#path, () => {
      this.#useLength(call);
      const error = this.#isOpen ? this.#faulty(call) : 'EBADF';
      return error === undefined ? act() : fail(error);
    });
  }

  /** Other processes may have appended to the file or truncated it since the length was read. */
  #useLength(act: string): void {
    const checked = this.#checkedLength;
    this.#checkedLength = undefined;
    if (checked === undefined || act === 'files.byteLength') return;
    if (checked === byteLengthOf(this.#inode)) return;
    this.#disk.staleChecks.add(this.#process, 'files.byteLength', act, this.#path);
  }

  /** The error that a planted fault returns for this path. */
  #faulty(call: string): OsErrorCode | undefined {
    return this.#disk.fault?.(call, this.#path, this.#process.pid);
  }
}
