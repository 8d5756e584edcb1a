/** What the daemons' mains share: options, the log, the World. */

import { Command, Option } from 'commander';
import { VERSION_TEXT } from '../../src/base/version.ts';
import { createFiles } from '../../src/os/files.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { createPinoLog, type PinoLog } from '../../src/os/log.ts';
import { takeGivenListeners } from '../../src/os/service-manager.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { LogLevel } from '../../src/port/log.ts';
import type { World } from '../../src/port/world.ts';
import { isOwnDirectory, locationOf, ownScope } from '../../src/wire/endpoints.ts';
import { SESSIOND_EXIT } from '../../src/wire/exit-status.ts';

/** Exit status of wrong arguments, as in every program of this package. */
const EXIT_USAGE = 2;

interface DaemonOptions {
  readonly logFile?: string | true;
  readonly logLevel: LogLevel;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export interface Daemon {
  readonly world: World;
  /** A service manager made the sockets. */
  readonly areSocketsGiven: boolean;
  /** Logs from this level on, that of the command line when left out, to the file that is there now. */
  reopenLog(level?: LogLevel): void;
}

/** A commander command with the options of every daemon. */
export function daemonCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .version(VERSION_TEXT, '-V, --version')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE))
    .option('--log-file [path]', 'log to a file; without a path, beside the registry of this user')
    .addOption(
      new Option('--log-level <level>', 'least severe level that is logged')
        .choices(LOG_LEVELS)
        .default('info'),
    );
}

/** Makes the World, with listeners that a service manager gave, and hands it to the program. */
export function startDaemon(command: Command, start: (daemon: Daemon) => void): void {
  const name = command.name();
  const { logFile, logLevel } = command.opts<DaemonOptions>();
  const path = logFile === true ? defaultLogPath(name) : logFile;
  const { log, reopen } = openLog(name, logLevel, path);
  const listeners = takeGivenListeners(log);
  const world = createRealWorld({ log, processName: name, listeners });
  start({
    world,
    areSocketsGiven: listeners.size > 0,
    reopenLog: (level = logLevel) => {
      try {
        reopen(level);
      } catch (thrown) {
        log('log.reopenFailed', { reason: String(thrown) });
      }
    },
  });
}

function openLog(name: string, level: LogLevel, path: string | undefined): PinoLog {
  try {
    return createPinoLog({ name, level, ...(path === undefined ? {} : { path }) });
  } catch (thrown) {
    const { code = 'EIO' } = thrown as NodeJS.ErrnoException;
    return cannotStart(name, `Cannot log to ${path} (${code})`);
  }
}

/** Before there is a log, or without one: a sentence on standard error, and the end. */
export function cannotStart(name: string, reason: string): never {
  process.stderr.write(`${name}: ${reason}\n`);
  process.exit(SESSIOND_EXIT.cannotStart);
}

/**
 * In the directory of the user's registry, root's in that of the global one. Undefined, for standard error, when that
 * cannot be made or is not of this user alone: nothing is written where others may have laid links.
 */
function defaultLogPath(name: string): string | undefined {
  const identity = createIdentity(name);
  const { uid } = identity;
  const { directory, directoryMode } = locationOf(identity, ownScope(uid));
  const files = createFiles();
  files.makeDirectory(directory, directoryMode);
  const found = files.info(directory);
  return found.ok && isOwnDirectory(found.value, uid) ? `${directory}/${name}.log` : undefined;
}
