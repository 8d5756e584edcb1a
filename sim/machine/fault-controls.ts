/** The controls through which a fault injector makes a simulated machine fail. Times are virtual milliseconds. */

import { NS_PER_MS, US_PER_MS } from '../../src/base/time.ts';
import type { Disk } from './fs/disk.ts';
import type { DirectoryInode } from './fs/tree.ts';
import { ALL_SEGMENTS_BYTES_MAX, SEGMENTS_MAX, SegmentTable } from './ipc/memory.ts';
import type { SocketEnd } from './ipc/socket-end.ts';
import type { SocketTable } from './ipc/socket-table.ts';
import type { Kernel } from './process/kernel.ts';
import type { SimProcess } from './process/process.ts';

const ROOT = { uid: 0, gid: 0, groupIds: [] } as const;

export class FaultControls {
  readonly #kernel: Kernel;
  readonly #disk: Disk;
  readonly #sockets: SocketTable;
  readonly #segments: SegmentTable;

  constructor(kernel: Kernel, disk: Disk, sockets: SocketTable, segments: SegmentTable) {
    this.#kernel = kernel;
    this.#disk = disk;
    this.#sockets = sockets;
    this.#segments = segments;
  }

  /** Calls `act` at this time since the machine started, as background work: the run does not wait for it. */
  at(ms: number, act: () => void): void {
    this.#kernel.scheduler.at(Math.round(ms * NS_PER_MS), act);
  }

  /** kill -9 of a process that dumps its core: for `clingMs` it keeps its resources and handles nothing. */
  killSlowly(process: SimProcess, clingMs: number): void {
    process.end({ signal: 'SIGKILL' }, clingMs * NS_PER_MS);
  }

  /** SIGSTOP now and SIGCONT `forMs` later: deliveries wait meanwhile, and none is lost. */
  pause(process: SimProcess, forMs: number): void {
    this.#kernel.pause(process, forMs * NS_PER_MS);
  }

  /** SIGSTOP, without a later SIGCONT. */
  stop(process: SimProcess): void {
    this.#kernel.pause(process, Number.POSITIVE_INFINITY);
  }

  /** SIGCONT. */
  resume(process: SimProcess): void {
    this.#kernel.resume(process);
  }

  /** The ends of connections that a process owns, oldest first. */
  connectionsOf(pid: number): readonly SocketEnd[] {
    return [...this.#sockets.ends].filter(({ owner }) => owner?.pid === pid);
  }

  /** For `forMs` every message takes up to `maxMs` longer. */
  delayMessages(forMs: number, maxMs: number): void {
    this.#kernel.scheduler.delayMessages(forMs * NS_PER_MS, maxMs * US_PER_MS);
  }

  /** Steps the real-time clock; the monotonic clock does not change. */
  stepRealtime(byMs: number): void {
    this.#kernel.scheduler.stepRealtime(BigInt(byMs) * BigInt(NS_PER_MS));
  }

  /** Makes the real-time clock run fast by `ppm` millionths, or slow if negative. */
  driftRealtime(ppm: number): void {
    this.#kernel.scheduler.driftRealtime(ppm);
  }

  /** Leaves room for `more` more segments of shared memory; undefined: up to the limit of the system. */
  limitSegments(more: number | undefined): void {
    const table = this.#segments;
    table.segmentsMax = more === undefined ? SEGMENTS_MAX : table.segments.size + more;
  }

  /** The same for the bytes in all segments. */
  limitSegmentBytes(more: number | undefined): void {
    const table = this.#segments;
    table.bytesMax = more === undefined ? ALL_SEGMENTS_BYTES_MAX : table.byteLength + more;
  }

  /** From now on the process is in an IPC namespace of its own, as with unshare(1). */
  leaveNamespace(process: SimProcess): void {
    process.ownSegments = new SegmentTable(this.#kernel.scheduler.quirks);
  }

  /** Removes a segment as root: number `nth`, modulo the existing ones. False when there is none. */
  removeSegment(nth: number): boolean {
    const there = [...this.#segments.segments.values()].filter(({ isRemoved }) => !isRemoved);
    const segment = there[nth % Math.max(1, there.length)];
    return segment !== undefined && this.#segments.remove(ROOT, segment).ok;
  }

  /** Leaves room for `bytes` more bytes on the disk; undefined: unlimited. */
  leaveOnDisk(bytes: number | undefined): void {
    this.#disk.limit(bytes === undefined ? undefined : this.#disk.tree.usedBytes() + bytes);
  }

  /** Removes everything below a directory, as rm -r does: open files lose their names. False if there is nothing. */
  emptyDirectory(path: string): boolean {
    const directory = this.#directoryAt(path);
    const isEmpty = directory === undefined || directory.entries.size === 0;
    directory?.entries.clear();
    this.#disk.count();
    return !isEmpty;
  }

  /** Moves everything below a directory into a new directory there. False if there is nothing. */
  moveAside(path: string, name: string): boolean {
    const directory = this.#directoryAt(path);
    if (directory === undefined || directory.entries.size === 0) return false;
    const { uid, gid, mode, entries } = directory;
    const owner = { uid, gid, groupIds: [] };
    const inside = new Map(entries);
    entries.clear();
    const aside = this.#disk.tree.addDirectory(directory, name, owner, mode);
    aside.entries = inside;
    for (const inode of inside.values()) if (inode.kind === 'directory') inode.parent = aside;
    return true;
  }

  /** Whether a process has the file open to append to it. */
  isBeingWritten(path: string): boolean {
    const found = this.#disk.tree.find(ROOT, path);
    return found.ok && this.#disk.writers.has(found.value);
  }

  /** Spoils one file; false if there is none. */
  spoilFile(path: string, how: 'removed' | 'replaced' | 'truncated'): boolean {
    const place = this.#disk.tree.walk(ROOT, path);
    if (!place.ok || place.value.inode?.kind !== 'file') return false;
    const { parent, name, inode } = place.value;
    if (how === 'truncated') inode.content.truncate(0);
    else parent.entries.delete(name);
    if (how === 'replaced') {
      const { uid, gid, mode } = inode;
      this.#disk.tree.addFile(parent, name, { uid, gid, groupIds: [] }, mode);
    }
    this.#disk.count();
    return true;
  }

  #directoryAt(path: string): DirectoryInode | undefined {
    const found = this.#disk.tree.find(ROOT, path, true);
    return found.ok && found.value.kind === 'directory' ? found.value : undefined;
  }

  /** Changes a file's mode without a call of a process; returns the old mode, or undefined when there is no file. */
  changeMode(path: string, mode: number): number | undefined {
    const found = this.#disk.tree.find(ROOT, path, true);
    if (!found.ok) return undefined;
    const before = found.value.mode;
    found.value.mode = mode;
    return before;
  }
}
