/** Effects and events of processes, of chance, and of the log. */
import type { LogLevel } from '../../port/log.ts';
import type { OsError } from '../../port/os-error.ts';
import type { ProcessExit, ServiceState } from '../../port/processes.ts';

export type ProcessEffect =
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
   * Asks whether this thread, the process's main one when left out, still runs. `startedAt`: another process has the id
   * when it started at another time (`Processes.startedAt`); 0: that is not known.
   */
  | { type: 'process.check'; pid: number; tid?: number; startedAt: number }
  /** Tells the service manager, where there is one. */
  | { type: 'process.notify'; state: ServiceState }
  | { type: 'process.exit'; code: number };

export type ProcessEvent =
  | { type: 'process.spawned'; key: string; pid: number }
  | { type: 'process.spawnFailed'; key: string; error: OsError }
  | { type: 'process.ended'; key: string; exit: ProcessExit }
  | { type: 'process.checked'; pid: number; tid: number; startedAt: number; isAlive: boolean }
  | { type: 'process.signalled'; signal: string };

/** Unpredictable things. */
export type RandomEffect = { type: 'random.uuid'; key: string };

export type RandomEvent = { type: 'random.uuidMade'; key: string; uuid: string };

export type LogEffect = {
  type: 'log.write';
  level: LogLevel;
  message: string;
  fields?: Readonly<Record<string, string | number | boolean | undefined>>;
};
