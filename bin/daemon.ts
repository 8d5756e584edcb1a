/** What the daemons' mains share: options, the log, the World. */

import { Command, Option } from 'commander';
import { isOwnDirectory, ownScope, placeOf } from '../actors/programs/places.ts';
import { VERSION_TEXT } from '../actors/programs/version.ts';
import { EXIT_CANNOT_START } from '../actors/registry/exit.ts';
import { createFiles } from '../src/os/files.ts';
import { createIdentity } from '../src/os/identity.ts';
import { createPinoLog } from '../src/os/log.ts';
import { createRealWorld } from '../src/os/world.ts';
import type { Log, LogLevel, World } from '../src/port/world.ts';

/** Exit status of wrong arguments, as in every program of this package. */
export const EXIT_USAGE = 2;

interface DaemonOptions {
  readonly logFile?: string | true;
  readonly logLevel: LogLevel;
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
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    );
}

/** Makes the World and hands it to the program. */
export function startDaemon(command: Command, start: (world: World) => void): void {
  const name = command.name();
  const { logFile, logLevel } = command.opts<DaemonOptions>();
  const path = logFile === true ? defaultLogPath(name) : logFile;
  start(createRealWorld({ log: openLog(name, logLevel, path), processName: name }));
}

function openLog(name: string, level: LogLevel, path: string | undefined): Log {
  try {
    return createPinoLog({ name, level, ...(path === undefined ? {} : { path }) });
  } catch (thrown) {
    const { code = 'EIO' } = thrown as NodeJS.ErrnoException;
    process.stderr.write(`${name}: Cannot log to ${path} (${code})\n`);
    process.exit(EXIT_CANNOT_START);
  }
}

/**
 * In the directory of the user's registry, root's in that of the global one. Undefined, for standard error, when that
 * cannot be made or is not of this user alone: nothing is written where others may have laid links.
 */
function defaultLogPath(name: string): string | undefined {
  const identity = createIdentity(name);
  const { uid } = identity;
  const { directory, directoryMode } = placeOf(identity, ownScope(uid));
  const files = createFiles();
  files.makeDirectory(directory, directoryMode);
  const found = files.info(directory);
  return found.ok && isOwnDirectory(found.value, uid) ? `${directory}/${name}.log` : undefined;
}
