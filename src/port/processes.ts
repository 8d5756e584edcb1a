/** The World's processes: children, signals, the life of other processes, and the service manager. */
import type { OsResult } from './os-error.ts';

/** How a child ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: string;
}

/** Program, arguments and environment of a child to start. */
export interface SpawnRequest {
  /** A path, or a name to look up in $PATH. The name of one of our own programs is `lttng-ts:NAME`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
  /** `inherit`: shares our terminal; `daemon`: new session, no standard streams, outlives this process. */
  readonly style: 'inherit' | 'daemon';
}

/** Signals that ask a process to end, and that it can catch. */
export type SignalName = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT';

/** A started child; its exit is reported once. */
export interface Child {
  readonly pid: number;
  kill(signal: SignalName | 'SIGKILL'): void;
}

/** Starting, watching and ending processes. */
export interface Processes {
  /**
   * Starts a process with our own credentials. ENOENT, EACCES if the program cannot be executed. `onExit` is called
   * later, exactly once.
   */
  spawn(request: SpawnRequest, onExit: (exit: ProcessExit) => void): OsResult<Child>;
  /** Whether this thread of a process (default: its main thread) still runs; a zombie does not. */
  isAlive(pid: number, tid?: number): boolean;
  /**
   * Whether the process has a thread with this id, as the process itself reads it. Undefined: it is in another pid
   * namespace, where its threads have other numbers than here, or we may not look.
   */
  hasThread(pid: number, tid: number): boolean | undefined;
  /**
   * When the process started, in hundredths of a second since boot (proc_pid_stat(5), starttime). Id and start together
   * identify a process, also after the kernel reuses the id. ESRCH: no such process.
   */
  startedAt(pid: number): OsResult<number>;
  /**
   * Calls `onSignal` for each of these signals; they no longer end the process. `isShared`: a key of the terminal made
   * the signal, so that it reaches our children as well. The returned function undoes the call: the signals do again
   * what they did before.
   */
  onSignal(
    signals: readonly SignalName[],
    onSignal: (name: SignalName, isShared: boolean) => void,
  ): () => void;
  /** Sends the state to the service manager that started this process, as sd_notify(3) does; without one, nothing. */
  notify(state: ServiceState): void;
  /** Ends this process with `code` (0 to 255). */
  exit(code: number): void;
}

/** States that a service manager accepts; `ready` also ends `reloading`. */
export type ServiceState = 'ready' | 'reloading' | 'stopping';
