/** What can go wrong with a simulated machine: the hands of whoever injects faults. Times are virtual milliseconds. */

import { NS_PER_MS, US_PER_MS } from '../../src/base/time.ts';
import { SEGMENTS_MAX } from './ipc/memory.ts';
import type { SocketEnd } from './ipc/socket-end.ts';
import type { Machine } from './machine-state.ts';
import type { Kernel } from './process/kernel.ts';
import type { SimProcess } from './process/process.ts';

const ROOT = { uid: 0, gid: 0, groupIds: [] } as const;

export class Trouble {
  readonly #kernel: Kernel;
  readonly #machine: Machine;

  constructor(kernel: Kernel, machine: Machine) {
    this.#kernel = kernel;
    this.#machine = machine;
  }

  /** Does something to the machine at this time since it started; it keeps nobody waiting. */
  at(ms: number, act: () => void): void {
    this.#kernel.at(Math.round(ms * NS_PER_MS), act);
  }

  /** kill -9 of a process that dumps its core: for so long it keeps everything it holds, and answers nobody. */
  killSlowly(process: SimProcess, clingMs: number): void {
    this.#kernel.end(process, { signal: 'SIGKILL' }, clingMs * NS_PER_MS);
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
    return [...this.#machine.socketEnds].filter(({ owner }) => owner?.pid === pid);
  }

  /** For so long every message takes up to `maxMs` longer. */
  delayMessages(forMs: number, maxMs: number): void {
    this.#kernel.delayMessages(forMs * NS_PER_MS, maxMs * US_PER_MS);
  }

  /** Sets the real-time clock on; the monotonic one goes on as it was. */
  stepRealtime(byMs: number): void {
    this.#kernel.stepRealtime(BigInt(byMs) * BigInt(NS_PER_MS));
  }

  /** The real-time clock goes faster (or slower) than it should by so many millionths. */
  driftRealtime(ppm: number): void {
    this.#kernel.driftRealtime(ppm);
  }

  /** Leaves room for so many more segments of shared memory; undefined: as many as the system gives. */
  limitSegments(more: number | undefined): void {
    const { memory } = this.#machine;
    memory.segmentsMax = more === undefined ? SEGMENTS_MAX : memory.segments.size + more;
  }

  /** Removes a segment as root would; which one, modulo those that there are. Whether there was one. */
  removeSegment(nth: number): boolean {
    const { memory } = this.#machine;
    const ids = [...memory.segments.values()].flatMap(({ id, isRemoved }) =>
      isRemoved ? [] : [id],
    );
    const id = ids[nth % Math.max(1, ids.length)];
    return id !== undefined && memory.remove(ROOT, id).ok;
  }

  /** Leaves room for so many more bytes on the disk; undefined: without end. */
  leaveOnDisk(bytes: number | undefined): void {
    const { tree } = this.#machine;
    this.#machine.diskCapacity = bytes === undefined ? undefined : tree.usedBytes() + bytes;
    this.#machine.countDisk();
  }

  /** Changes a file's mode behind everybody's back; the mode before, or undefined when it does not exist. */
  changeMode(path: string, mode: number): number | undefined {
    const found = this.#machine.tree.find(ROOT, path, true);
    if (!found.ok) return undefined;
    const before = found.value.mode;
    found.value.mode = mode;
    return before;
  }
}
