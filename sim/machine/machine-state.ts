/** What the processes of one simulated machine share: the tree, the segments, the user database, the disk. */

import type { OsErrorCode } from '../../src/port/os-error.ts';
import { Looks } from './fs/stale-checks.ts';
import { type Inode, Tree } from './fs/tree.ts';
import { SegmentTable } from './ipc/memory.ts';
import type { SocketEnd } from './ipc/socket-end.ts';
import type { Kernel } from './process/kernel.ts';
import type { Program } from './process/program.ts';

/** A login: `groups` are the names of its supplementary groups. */
export interface UserSpec {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly string[];
}

/** Every machine has this user, described or not. */
const ROOT_USER: UserSpec = { name: 'root', uid: 0, gid: 0, groups: [] };

export class Machine {
  readonly kernel: Kernel;
  readonly tree = new Tree();
  readonly memory = new SegmentTable();
  readonly looks = new Looks(this.tree);
  /** Sorted by uid; root is among them. */
  readonly users: readonly UserSpec[];
  readonly groups: Readonly<Record<string, number>>;
  readonly programs: Readonly<Record<string, Program>>;
  /** Every end of a connection that the kernel still knows. */
  readonly socketEnds = new Set<SocketEnd>();
  /** Who holds the lock of a file. */
  readonly locks = new Map<Inode, object>();
  /** Undefined: the disk has no end. */
  diskCapacity: number | undefined;
  diskUsed = 0;
  /** Planted trouble: the error that a file call of a process on a path gives instead of its answer. */
  fileFault: ((call: string, path: string, pid: number) => OsErrorCode | undefined) | undefined;

  constructor(
    kernel: Kernel,
    users: readonly UserSpec[],
    groups: Readonly<Record<string, number>>,
    programs: Readonly<Record<string, Program>>,
  ) {
    this.kernel = kernel;
    const known = users.some(({ name }) => name === ROOT_USER.name) ? users : [ROOT_USER, ...users];
    this.users = [...known].sort((one, other) => one.uid - other.uid);
    this.groups = groups;
    this.programs = programs;
  }

  /** Bytes that still fit on the disk. */
  diskRoom(): number {
    if (this.diskCapacity === undefined) return Number.MAX_SAFE_INTEGER;
    if (this.diskUsed >= this.diskCapacity) this.countDisk();
    return Math.max(0, this.diskCapacity - this.diskUsed);
  }

  /** Counts afresh, after files shrank or went away. */
  countDisk(): void {
    this.diskUsed = this.tree.usedBytes();
  }
}
