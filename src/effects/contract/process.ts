/**
 * Effects and events of processes, of chance, and of the log. `key` is a name that the emitter chooses for what it asks
 * for, so that it can tell outcomes apart.
 */
import type { LogEvent, LogFields } from '../../port/log.ts';
import type { OsError } from '../../port/os-error.ts';
import type { ProcessExit, ServiceState } from '../../port/processes.ts';

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
  /** Signals the child with this key, when it still runs. */
  | { type: 'process.kill'; key: string; signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP' }
  /**
   * Asks whether this thread, the process's main one when left out, still runs: `process.checked`. A process that did
   * not start at `startedAt` (`Processes.startedAt`) is another one with the same id; 0: its start is not known.
   */
  | { type: 'process.check'; pid: number; tid?: number; startedAt: number }
  /** Tells the service manager, where there is one. */
  | { type: 'process.notify'; state: ServiceState }
  /** Ends this process with `code`, 0 to 255; effects after it are not performed. */
  | { type: 'process.exit'; code: number };

export type ProcessEvent =
  | { type: 'process.spawned'; key: string; pid: number }
  | { type: 'process.spawnFailed'; key: string; error: OsError }
  | { type: 'process.ended'; key: string; exit: ProcessExit }
  | { type: 'process.checked'; pid: number; tid: number; startedAt: number; isAlive: boolean }
  /** This process received a signal. Its program delivers this, not a handler. */
  | { type: 'process.signalled'; signal: string };

/** Answered by `random.uuidMade`. */
export type RandomEffect = { type: 'random.uuid'; key: string };

/** `uuid`: version 4, lower case with hyphens. */
export type RandomEvent = { type: 'random.uuidMade'; key: string; uuid: string };

/** Logs an event, with its values in `fields`. */
export type LogEffect = { type: 'log.write'; event: LogEvent; fields?: LogFields };
