/** What the daemons' mains share: options, the log, the World. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { ownScope, placeOf } from '../actors/programs/places.ts';
import { VERSION_TEXT } from '../actors/programs/version.ts';
import { createIdentity } from '../src/os/identity.ts';
import { createPinoLog } from '../src/os/log.ts';
import { createRealWorld } from '../src/os/world.ts';
import type { LogLevel, World } from '../src/port/world.ts';

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
  const log = createPinoLog({ name, level: logLevel, ...(path === undefined ? {} : { path }) });
  start(createRealWorld({ log, processName: name }));
}

/** In the directory of the user's registry, root's in that of the global one. */
function defaultLogPath(name: string): string {
  const identity = createIdentity(name);
  const path = `${placeOf(identity, ownScope(identity.uid)).directory}/${name}.log`;
  const mode = identity.uid === 0 ? 0o755 : 0o700;
  mkdirSync(dirname(path), { recursive: true, mode });
  return path;
}
