/** What can go wrong with a simulated machine: the hands of whoever injects faults. Times are virtual milliseconds. */

import { NS_PER_MS, US_PER_MS } from '../../src/base/time.ts';
import type { Disk } from './fs/disk.ts';
import { SEGMENTS_MAX, type SegmentTable } from './ipc/memory.ts';
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

  /** Does something to the machine at this time since it started; it keeps nobody waiting. */
  at(ms: number, act: () => void): void {
    this.#kernel.scheduler.at(Math.round(ms * NS_PER_MS), act);
  }

  /** kill -9 of a process that dumps its core: for so long it keeps everything it holds, and answers nobody. */
  killSlowly(process: SimProcess, clingMs: number): void {
    process.end({ signal: 'SIGKILL' }, clingMs * NS_PER_MS);
  }

  /** SIGSTOP now and SIGCONT `forMs` later: nothing is delivered meanwhile, and nothing is lost. */
  pause(process: SimProcess, forMs: number): void {
    this.#kernel.pause(process, forMs * NS_PER_MS);
  }

  /** SIGSTOP, without a SIGCONT to come. */
  stop(process: SimProcess): void {
    this.#kernel.pause(process, Number.POSITIVE_INFINITY);
  }

  /** SIGCONT. */
  resume(process: SimProcess): void {
    this.#kernel.resume(process);
  }

  /** The ends of connections that a process has, oldest first. */
  connectionsOf(pid: number): readonly SocketEnd[] {
    return [...this.#sockets.ends].filter(({ owner }) => owner?.pid === pid);
  }

  /** For so long every message takes up to `maxMs` longer. */
  delayMessages(forMs: number, maxMs: number): void {
    this.#kernel.scheduler.delayMessages(forMs * NS_PER_MS, maxMs * US_PER_MS);
  }

  /** Sets the real-time clock on; the monotonic one goes on as it was. */
  stepRealtime(byMs: number): void {
    this.#kernel.scheduler.stepRealtime(BigInt(byMs) * BigInt(NS_PER_MS));
  }

  /** The real-time clock goes faster (or slower) than it should by so many millionths. */
  driftRealtime(ppm: number): void {
    this.#kernel.scheduler.driftRealtime(ppm);
  }

  /** Leaves room for so many more segments of shared memory; undefined: as many as the system gives. */
  limitSegments(more: number | undefined): void {
    const table = this.#segments;
    table.segmentsMax = more === undefined ? SEGMENTS_MAX : table.segments.size + more;
  }

  /** Removes a segment as root would; which one, modulo those that there are. Whether there was one. */
  removeSegment(nth: number): boolean {
    const ids = [...this.#segments.segments.values()].flatMap(({ id, isRemoved }) =>
      isRemoved ? [] : [id],
    );
    const id = ids[nth % Math.max(1, ids.length)];
    return id !== undefined && this.#segments.remove(ROOT, id).ok;
  }

  /** Leaves room for so many more bytes on the disk; undefined: without end. */
  leaveOnDisk(bytes: number | undefined): void {
    this.#disk.limit(bytes === undefined ? undefined : this.#disk.tree.usedBytes() + bytes);
  }

  /** Changes a file's mode behind everybody's back; the mode before, or undefined when it does not exist. */
  changeMode(path: string, mode: number): number | undefined {
    const found = this.#disk.tree.find(ROOT, path, true);
    if (!found.ok) return undefined;
    const before = found.value.mode;
    found.value.mode = mode;
    return before;
  }
}
