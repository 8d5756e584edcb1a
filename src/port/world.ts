/**
 * The World port: everything a component may ask of an operating system, and nothing else.
 *
 * There are two Worlds. `src/os` is the real one (Node and koffi), `sim/world` the simulated one. Actors
 * and effect handlers see only these interfaces; `test/port` runs one conformance suite against both.
 *
 * How calls answer. What the kernel answers at once (files, shared memory, making sockets and pipes) is a
 * synchronous call that returns a `Result`; what takes time (connections, bytes, timers, children) reaches a
 * listener later, never from inside the call that asked for it. No promise crosses this port, because a
 * simulator cannot order microtasks. In the simulator any call may end the calling process instead of
 * returning: that is how `kill -9` at any step is modelled.
 *
 * Units: bytes, nanoseconds (bigint) for instants, milliseconds for delays. Paths are absolute. Modes are
 * the permission bits alone (0o600). Nothing here is trusted input: sizes are bounded by the caller.
 */
import type { Result } from '../base/result.ts';

/** The errno names that components act on; anything else arrives as `EIO` with the original in `detail`. */
export type OsErrorCode =
  | 'EACCES'
  | 'EPERM'
  | 'ENOENT'
  | 'EEXIST'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'ENOTEMPTY'
  | 'ELOOP'
  | 'EINVAL'
  | 'ENAMETOOLONG'
  | 'ENOSPC'
  | 'EMFILE'
  | 'ENOMEM'
  | 'EAGAIN'
  | 'ENXIO'
  | 'EPIPE'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EADDRINUSE'
  | 'EIDRM'
  | 'ESRCH'
  | 'EBADF'
  | 'EIO';

/** Trouble from the operating system: a value, never thrown. `call` names the primitive, e.g. `files.open`. */
export interface OsError {
  readonly code: OsErrorCode;
  readonly call: string;
  /** What the call was about: a path, a shared-memory id. */
  readonly subject: string;
  readonly detail?: string;
}

export type OsResult<T> = Result<T, OsError>;

/** Who a process is, as the kernel vouches for it. */
export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

// ---------------------------------------------------------------------------------------------- clock

/** An armed timer. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** CLOCK_MONOTONIC, nanoseconds: the trace clock. Never goes back. */
  monotonicNs(): bigint;
  /** CLOCK_REALTIME, nanoseconds since 1970-01-01T00:00:00Z. May step. */
  realtimeNs(): bigint;
  /**
   * Calls `fire` once, not before `delayMs` (0 to 2^31-1) have passed. `background` timers do not keep the process
   * alive.
   */
  setTimer(delayMs: number, fire: () => void, options?: { readonly background?: boolean }): Timer;
}

// ---------------------------------------------------------------------------------------------- random

export interface Random {
  /** `length` (at most 4096) unpredictable bytes; `label` names the stream a simulator draws from. */
  bytes(label: string, length: number): Uint8Array;
  /** A random (version 4) UUID, lower case with hyphens. */
  uuid(label: string): string;
}

// ---------------------------------------------------------------------------------------------- identity

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

// ---------------------------------------------------------------------------------------------- unix sockets

/** Why a connection ended. `reset`: the peer vanished with data unread, or the kernel reported an error. */
export type CloseReason = 'ended' | 'reset' | 'refused' | 'local';

export interface ConnectionListener {
  /** Bytes in order; boundaries mean nothing. The array is valid during the call only: copy what must stay. */
  onData(bytes: Uint8Array): void;
  /** The last call for this connection, exactly once, also after our own `close()` (`local`). */
  onClose(reason: CloseReason): void;
}

/** One end of a connected Unix stream socket. */
export interface Connection {
  /** Starts delivery. Until then the kernel holds the bytes. Must be called once. */
  start(listener: ConnectionListener): void;
  /** Peer credentials from the kernel (SO_PEERCRED): those of the process that connected or listened. */
  readonly peer: Credentials;
  /** Queues bytes; order kept. Unsent bytes are visible in `pendingBytes`. After the end it does nothing. */
  send(bytes: Uint8Array): void;
  /** Bytes accepted by `send` that the kernel has not taken yet: the caller bounds it. */
  readonly pendingBytes: number;
  /**
   * Sends what is queued, waiting at most {@link CLOSE_LINGER_MS} for the peer to take it, then ends both directions.
   */
  close(): void;
  /** Ends both directions now; what is still queued is thrown away. Also after {@link close}. */
  drop(): void;
}

/** How long a connection that we closed stays open for a peer that does not read: otherwise it could stay for ever. */
export const CLOSE_LINGER_MS = 5_000;

export interface UnixListener {
  /**
   * Takes the connection that a peer put under `token` with {@link UnixSockets.give}.
   * ENOENT: nothing (or no longer) there; EPERM: it was given by another process than `from`.
   */
  take(token: string, from: Credentials): OsResult<Connection>;
  /** Stops accepting and removes the socket file. Accepted connections live on. */
  close(): void;
}

export interface UnixSockets {
  /**
   * Listens at `path` with exactly `mode` and, when given, group `gid`. EADDRINUSE when the path exists in
   * any form: removing a stale socket is the caller's decision. ENAMETOOLONG past 107 bytes. Where a service
   * manager has given the process a listener for `path`, that one is taken as it is.
   */
  listen(
    path: string,
    options: { readonly mode: number; readonly gid?: number; readonly background?: boolean },
    onConnection: (connection: Connection) => void,
  ): OsResult<UnixListener>;
  /**
   * Connects to `path`. `onOutcome` is called later, exactly once: a connection, ENOENT, ECONNREFUSED
   * (no listener), EACCES, EAGAIN (backlog full). `background` connections do not keep the process alive.
   */
  connect(
    path: string,
    options: { readonly background?: boolean },
    onOutcome: (outcome: OsResult<Connection>) => void,
  ): void;
  /**
   * Opens a socket of our own and hands its other end to the process of user `toUid` that listens at `path` (R1.15):
   * filed there under the returned token for at most {@link GIFT_WAIT_MS}, and no connection to anybody until it is
   * taken. EPERM: somebody else listens there. Otherwise it fails as {@link connect} does.
   */
  give(
    path: string,
    toUid: number,
    options: { readonly background?: boolean },
  ): OsResult<{ readonly own: Connection; readonly token: string }>;
}

/** How long a listener keeps a gift that nobody takes. */
export const GIFT_WAIT_MS = 10_000;
/** How many gifts a listener keeps, of all users and of one; the next one is refused. */
export const GIFTS_MAX = 1024;
export const GIFTS_PER_USER_MAX = 256;

// ---------------------------------------------------------------------------------------------- named pipes

/** A wait on a named pipe; see {@link NamedPipes}. */
export interface PipeWait {
  /** Stops waiting; nothing is called afterwards. */
  close(): void;
}

export interface PipeWriter {
  /** Writes up to 512 bytes whole or not at all, never blocking; false when the pipe is full or unread. */
  write(bytes: Uint8Array): boolean;
  close(): void;
}

export interface NamedPipes {
  /** Makes a FIFO with exactly these owner and mode bits. EEXIST when the path exists. */
  create(
    path: string,
    options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
  ): OsResult<void>;
  /**
   * Waits for a signal on the pipe: `onSignal` is called once, when any process signals it, for every waiter.
   * Never keeps the process alive, uses no thread and no CPU. ENXIO when the path is not a pipe.
   */
  awaitSignal(path: string, onSignal: () => void): OsResult<PipeWait>;
  /** Wakes everybody who waits at this moment: opens for writing and closes. ENXIO when nobody waits. */
  signal(path: string): OsResult<void>;
  /** Reads what writers write, for as long as the wait lives; survives writers coming and going. */
  read(path: string, onBytes: (bytes: Uint8Array) => void): OsResult<PipeWait>;
  /** Opens for writing without blocking. ENXIO when nobody reads. */
  openWriter(path: string): OsResult<PipeWriter>;
}

// ---------------------------------------------------------------------------------------------- shared memory

/** A segment attached for reading and writing. Memory stays mapped until `detach`. */
export interface WritableSegment {
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  detach(): void;
}

/** A segment attached read-only; there is no way to write through it, and the kernel would refuse. */
export interface ReadableSegment {
  readonly byteLength: number;
  /** 32-bit load with acquire order; `offset` is a multiple of 4. Little endian, as everything here. */
  loadU32(offset: number): number;
  /** 64-bit load in one access; `offset` is a multiple of 8. */
  loadU64(offset: number): bigint;
  /** 64-bit IEEE load in one access; `offset` is a multiple of 8. */
  loadF64(offset: number): number;
  /** The bytes as they are now; may alias the memory, so use them before anything else happens. */
  bytes(offset: number, length: number): Uint8Array;
  detach(): void;
}

export interface SegmentInfo {
  readonly byteLength: number;
  readonly uid: number;
  readonly gid: number;
  readonly creatorUid: number;
  readonly mode: number;
}

/** System V shared memory. A segment is named by its id; ids are unique until the machine restarts. */
export interface SharedMemory {
  /**
   * Creates a zeroed segment with this owner (who may be another user), group and mode. ENOSPC, ENOMEM at the
   * limits.
   */
  create(
    byteLength: number,
    access: { readonly uid: number; readonly gid: number; readonly mode: number },
  ): OsResult<number>;
  attachWritable(id: number): OsResult<WritableSegment>;
  attachReadable(id: number): OsResult<ReadableSegment>;
  info(id: number): OsResult<SegmentInfo>;
  /** How often the segment is attached, by whomever; also of one that was removed. EIDRM when it is gone. */
  attachments(id: number): OsResult<number>;
  /** All segments of the machine with who made them, in the order of their ids. */
  list(): OsResult<
    readonly { readonly id: number; readonly creatorPid: number; readonly creatorUid: number }[]
  >;
  /** Removes the segment: gone for new attachers, memory freed when the last one detaches. */
  remove(id: number): OsResult<void>;
}

// ---------------------------------------------------------------------------------------------- files

export type FileKind = 'file' | 'directory' | 'socket' | 'pipe' | 'link' | 'other';

export interface FileInfo {
  readonly kind: FileKind;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly byteLength: number;
}

/** An open file. */
export interface OpenFile {
  /** Appends the parts in order; returns how many bytes were taken, which may be fewer (disk full: ENOSPC). */
  append(parts: readonly Uint8Array[]): OsResult<number>;
  /** Reads up to `into.length` bytes at `position`; 0 at the end. */
  read(into: Uint8Array, position: number): OsResult<number>;
  /** Current length. */
  byteLength(): OsResult<number>;
  /** Cuts the file to `byteLength`. */
  truncate(byteLength: number): OsResult<void>;
  /** Makes the content durable. */
  sync(): OsResult<void>;
  /**
   * Takes the file's exclusive lock until it is closed or the process ends. EAGAIN: somebody else has it. ENOENT: the
   * path at which the file was opened does not lead to it any more.
   */
  lock(): OsResult<void>;
  close(): void;
}

export interface Files {
  /** `create`: must not exist yet; `append`: made when absent; `read`. Never follows a link in the last component. */
  open(path: string, how: 'read' | 'append' | 'create', mode?: number): OsResult<OpenFile>;
  /**
   * Makes the directory with exactly `mode`, and its missing parents. EEXIST only when a non-directory is in the way.
   */
  makeDirectory(path: string, mode: number): OsResult<void>;
  /** Names in a directory, sorted by code unit, without `.` and `..`. */
  list(path: string): OsResult<string[]>;
  /** About the path itself: links are not followed. */
  info(path: string): OsResult<FileInfo>;
  rename(from: string, to: string): OsResult<void>;
  /** Removes a file, socket, pipe, link or empty directory. */
  remove(path: string): OsResult<void>;
  setMode(path: string, mode: number): OsResult<void>;
  setOwner(path: string, uid: number, gid: number): OsResult<void>;
  /** Makes a directory's entries durable (after rename). */
  syncDirectory(path: string): OsResult<void>;
}

// ---------------------------------------------------------------------------------------------- processes

/** How a child ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: string;
}

export interface SpawnRequest {
  /** Program: a path, or a name looked up in $PATH. The name of one of our own programs is `lttng-ts:NAME`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
  /** `inherit`: shares our terminal; `daemon`: new session, no standard streams, lives on when we end. */
  readonly style: 'inherit' | 'daemon';
}

export interface Child {
  readonly pid: number;
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP'): void;
}

export interface Processes {
  /**
   * Starts a process with our own credentials. ENOENT, EACCES when it cannot be executed. `onExit` is called later,
   * once.
   */
  spawn(request: SpawnRequest, onExit: (exit: ProcessExit) => void): OsResult<Child>;
  /** Whether this thread of a process, its main one when left out, still runs; a zombie does not. */
  isAlive(pid: number, tid?: number): boolean;
  /**
   * When the process started, in hundredths of a second since the machine did (proc_pid_stat(5), starttime): with its
   * id it says which process that is, also when another one has the id later. ESRCH: there is none.
   */
  startedAt(pid: number): OsResult<number>;
  /** Calls `onSignal` for each of these signals instead of ending the process. */
  onSignal(
    signals: readonly ('SIGTERM' | 'SIGINT' | 'SIGHUP')[],
    onSignal: (name: string) => void,
  ): void;
  /** Tells the service manager that started this process, as sd_notify(3) does. Without one nothing happens. */
  notify(state: ServiceState): void;
  /** Ends this process with `code` (0 to 255). */
  exit(code: number): void;
}

/** What a service manager wants to know; `ready` also ends `reloading`. */
export type ServiceState = 'ready' | 'reloading' | 'stopping';

// ---------------------------------------------------------------------------------------------- log

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: a sentence and kebab-case fields, e.g. `('info', 'Created session', { 'session-name': 'web' })`. */
export type Log = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, string | number | bigint | boolean | undefined>>,
) => void;

/** One process's view of its operating system. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: Identity;
  readonly users: Users;
  readonly unix: UnixSockets;
  readonly pipes: NamedPipes;
  readonly memory: SharedMemory;
  readonly files: Files;
  readonly processes: Processes;
  readonly log: Log;
}
