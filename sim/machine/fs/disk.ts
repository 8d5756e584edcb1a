/** A host's disk: the file system tree on it, locks, how much fits, and planted errors. */
import type { OsErrorCode } from '../../../src/port/os-error.ts';
import { StaleChecks } from './stale-checks.ts';
import { type Inode, Tree } from './tree.ts';

/** The error that a file call of a process on a path gives instead of its answer. */
export type FileFault = (call: string, path: string, pid: number) => OsErrorCode | undefined;

export class Disk {
  readonly tree = new Tree();
  readonly staleChecks = new StaleChecks(this.tree);
  /** Who holds the lock of a file. */
  readonly locks = new Map<Inode, object>();
  fault: FileFault | undefined;
  /** Bytes in all files, as of the last count and what was appended since. */
  usedBytes = 0;
  #capacityBytes: number | undefined;

  /** Bounds the bytes in all files together; undefined: the disk has no end. */
  limit(bytes: number | undefined): void {
    this.#capacityBytes = bytes;
    this.count();
  }

  /** Bytes that still fit. */
  room(): number {
    if (this.#capacityBytes === undefined) return Number.MAX_SAFE_INTEGER;
    if (this.usedBytes >= this.#capacityBytes) this.count();
    return Math.max(0, this.#capacityBytes - this.usedBytes);
  }

  /** Counts afresh, after files shrank or went away. */
  count(): void {
    this.usedBytes = this.tree.usedBytes();
  }
}
