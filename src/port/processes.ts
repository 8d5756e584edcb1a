/** The World's processes: children, signals, the life of other processes, and the service manager. */
import type { OsResult } from './os-error.ts';

/** How a child ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: string;
}

/** What a child is started with. */
export interface SpawnRequest {
  /** Program: a path, or a name looked up in $PATH. The name of one of our own programs is `lttng-ts:NAME`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
  /** `inherit`: shares our terminal; `daemon`: new session, no standard streams, lives on when we end. */
  readonly style: 'inherit' | 'daemon';
}

/** A child that was started; how it ended is reported once. */
export interface Child {
  readonly pid: number;
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP'): void;
}

/** Starting, watching and ending processes. */
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
