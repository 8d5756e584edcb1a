/** Who this process is, who its peers are, and which users and groups the machine has. */

/** Who a process is, as the kernel vouches for it. */
export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** This process, as the kernel and its environment describe it. */
export interface Identity {
  readonly pid: number;
  /** Kernel thread id of the calling thread; equals `pid` in a main thread. */
  readonly tid: number;
  /** The effective ones: what the kernel goes by. A process may change them (setuid). */
  readonly uid: number;
  readonly gid: number;
  readonly hostname: string;
  /** Short name of the program, at most 255 bytes, for people. */
  readonly processName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** The user's home directory as passwd has it, overridden by $LTTNG_HOME, then $HOME. */
  readonly homeDirectory: string;
}

/** passwd and group look-ups. Synchronous: the databases are local. */
export interface Users {
  /** Group id of `name`, or undefined when there is none. */
  groupId(name: string): number | undefined;
  /** Whether `uid` (primary group `gid`) belongs to group `groupId`, by primary or supplementary membership. */
  isMember(uid: number, gid: number, groupId: number): boolean;
  /** Login name of `uid`, or undefined. */
  userName(uid: number): string | undefined;
}
