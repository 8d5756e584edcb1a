/** A host's disk: its file system tree, locks, capacity, and planted errors. */
import type { OsErrorCode } from '../../../src/port/os-error.ts';
import { StaleChecks } from './stale-checks.ts';
import { type Inode, Tree } from './tree.ts';

/** The error with which a file call of a process on a path fails; undefined: the call works. */
export type FileFault = (call: string, path: string, pid: number) => OsErrorCode | undefined;

export class Disk {
  readonly tree = new Tree();
  readonly staleChecks = new StaleChecks(this.tree);
  /** The open file that holds the lock of each locked file. */
  readonly locks = new Map<Inode, object>();
  /** How many open files can append to each inode. */
  readonly writers = new Map<Inode, number>();
  fault: FileFault | undefined;
  /** Bytes in all files: those of the last count plus those appended since. */
  usedBytes = 0;
  #capacityBytes: number | undefined;

  /** Bounds the bytes in all files together; undefined: unlimited. */
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

  /** Counts again, after files shrank or were removed. */
  count(): void {
    this.usedBytes = this.tree.usedBytes();
  }
}
