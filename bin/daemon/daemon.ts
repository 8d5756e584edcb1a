/** Shared by the entry points of the daemons: options, the log, the World. */

import { Command, Option } from 'commander';
import { absoluteIn } from '../../src/base/absolute-path.ts';
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
import { printLine } from '../terminal/output.ts';
import { collectUsageErrors } from '../terminal/usage-errors.ts';
import { tellStarter } from './background.ts';

/** Exit status for wrong arguments, the same in every program of this package. */
const EXIT_USAGE = 2;

interface DaemonOptions {
  readonly logFile?: string | true;
  readonly logLevel: LogLevel;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export interface Daemon {
  readonly world: World;
  /** Whether a service manager created the sockets. */
  readonly areSocketsGiven: boolean;
  /** Opens the log file again and logs from `level` on, by default the level of the command line. */
  reopenLog(level?: LogLevel): void;
}

/** A commander command with the options that all daemons have. */
export function daemonCommand(name: string, description: string): Command {
  const command = new Command(name);
  const usageError = collectUsageErrors(command);
  return command
    .description(description)
    .version(VERSION_TEXT, '-V, --version')
    .exitOverride(({ exitCode }) => {
      if (exitCode !== 0) printLine('error', `${name}: ${usageError()}`);
      process.exit(exitCode === 0 ? 0 : EXIT_USAGE);
    })
    .option(
      '--log-file [path]',
      'log to a file instead of standard error; without a path, in the directory of the registry',
    )
    .addOption(
      new Option('--log-level <level>', 'least severe level that is logged')
        .choices(LOG_LEVELS)
        .default('info'),
    );
}

/** Creates the World, with the listeners that a service manager passed, and starts the program in it. */
export function startDaemon(command: Command, start: (daemon: Daemon) => void): void {
  const name = command.name();
  const { logFile, logLevel } = command.opts<DaemonOptions>();
  // Absolute, because it is opened again by its path, and a daemon may leave its directory.
  const path = logFile === true ? defaultLogPath(name) : absoluteLogPath(name, logFile);
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

function absoluteLogPath(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return absoluteIn(createIdentity(name).workingDirectory, path) ?? path;
}

function openLog(name: string, level: LogLevel, path: string | undefined): PinoLog {
  try {
    return createPinoLog({ name, level, ...(path === undefined ? {} : { path }) });
  } catch (thrown) {
    const { code = 'EIO' } = thrown as NodeJS.ErrnoException;
    return cannotStart(name, `Cannot log to ${path} (${code})`);
  }
}

/** Prints one sentence to standard error and exits: for errors before the log is open. */
export function cannotStart(name: string, reason: string): never {
  printLine('error', `${name}: ${reason}`);
  tellStarter(reason);
  process.exit(SESSIOND_EXIT.cannotStart);
}

/**
 * The log file in the directory of the user's registry, for root of the global one. Undefined (standard error) when the
 * directory cannot be created, or when another user owns it or can write to it and so may have placed links there.
 */
function defaultLogPath(name: string): string | undefined {
  const identity = createIdentity(name);
  const { uid } = identity;
  const { directory, directoryMode } = locationOf(identity, ownScope(uid));
  const files = createFiles();
  const held = files.holdDirectory(directory, directoryMode);
  if (!held.ok) return undefined;
  const found = files.info(directory);
  held.value.close();
  return found.ok && isOwnDirectory(found.value, uid) ? `${directory}/${name}.log` : undefined;
}
