/**
 * Effects and events of processes, of random values, and of the log. `key` is a name that the emitter chooses for a
 * request, by which it recognizes the outcome.
 */
import type { LogEvent, LogFields } from '../../port/log.ts';
import type { OsError } from '../../port/os-error.ts';
import type { ProcessExit, ServiceState, SignalName } from '../../port/processes.ts';

export type ProcessEffect =
  /** `process.spawned` and later `process.ended`, or `process.spawnFailed` (ENOENT, EACCES). See `SpawnRequest`. */
  | {
      type: 'process.spawn';
      key: string;
      program: string;
      args: readonly string[];
      environment: Readonly<Record<string, string | undefined>>;
      style: 'inherit' | 'daemon';
    }
  /** Signals the child with this key, if it still runs. */
  | { type: 'process.kill'; key: string; signal: SignalName }
  /**
   * Checks whether this thread (left out: the main thread) still runs: `process.checked`. A process that did not start
   * at `startedAt` (`Processes.startedAt`) is another process with the same id; 0: the start is unknown.
   */
  | { type: 'process.check'; pid: number; tid?: number; startedAt: number }
  /** As `process.check`, of many threads; answered by one `process.threadsChecked`. */
  | { type: 'process.checkThreads'; threads: readonly CheckedThread[] }
  /** Checks whether the process has this thread (`Processes.hasThread`): `process.threadChecked`. */
  | { type: 'process.checkThread'; pid: number; tid: number }
  /** Notifies the service manager, if there is one. */
  | { type: 'process.notify'; state: ServiceState }
  /** Ends this process with `code`, 0 to 255; later effects are not performed. */
  | { type: 'process.exit'; code: number };

export type ProcessEvent =
  | { type: 'process.spawned'; key: string; pid: number }
  | { type: 'process.spawnFailed'; key: string; error: OsError }
  | { type: 'process.ended'; key: string; exit: ProcessExit }
  | { type: 'process.checked'; pid: number; tid: number; startedAt: number; isAlive: boolean }
  /** `isWhole`: of the thread's process no thread runs any more. */
  | {
      type: 'process.threadsChecked';
      ended: readonly (CheckedThread & { readonly isWhole: boolean })[];
    }
  /** `isMissing`: the process surely has no such thread. */
  | { type: 'process.threadChecked'; pid: number; tid: number; isMissing: boolean }
  /** This process received a signal, see `Processes.onSignal`. The program delivers this event, not a handler. */
  | { type: 'process.signalled'; signal: SignalName; isShared: boolean };

/** A thread of a process, by its ids and by the start of the process. */
export interface CheckedThread {
  readonly pid: number;
  readonly tid: number;
  readonly startedAt: number;
}

/** Answered by `random.uuidMade`. */
export type RandomEffect = { type: 'random.uuid'; key: string };

/** `uuid`: version 4, lower case with hyphens. */
export type RandomEvent = { type: 'random.uuidMade'; key: string; uuid: string };

/** Logs an event with the values in `fields`. */
export type LogEffect = { type: 'log.write'; event: LogEvent; fields?: LogFields };
