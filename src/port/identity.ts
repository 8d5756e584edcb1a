/** Identity of this process and of its peers, and the users and groups of the machine. */

/** Credentials of a process, as the kernel reports them. */
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
  /** The effective ids, which the kernel checks. A process may change them (setuid). */
  readonly uid: number;
  readonly gid: number;
  readonly hostname: string;
  /** Short name of the program, at most 255 bytes, for display. */
  readonly processName: string;
  /** Empty in a process that has rights which its starter does not have; see `environment.ts`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; undefined when the directory has been removed, or lies outside what this process can see. */
  readonly workingDirectory: string | undefined;
  /** $LTTNG_HOME, or else $HOME, or else the effective user's home directory in passwd. */
  readonly homeDirectory: string;
}

/** Look-ups in passwd and group. Synchronous: the databases are local. */
export interface Users {
  /** Group id of `name`, or undefined when there is none. */
  groupId(name: string): number | undefined;
  /** Whether `uid` (primary group `gid`) belongs to group `groupId`, by primary or supplementary membership. */
  isMember(uid: number, gid: number, groupId: number): boolean;
  /** User id of `name`, or undefined when there is none. */
  userId(name: string): number | undefined;
  /** Login name of `uid`, or undefined. */
  userName(uid: number): string | undefined;
}
