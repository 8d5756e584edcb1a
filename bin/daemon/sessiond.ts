/** The main of `lttng-sessiond`: see `actors/programs/sessiond.ts`. */
import type { Command } from 'commander';
import { startSessiond } from '../../actors/programs/sessiond.ts';
import { absoluteIn } from '../../src/base/absolute-path.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { descriptorLimit } from '../../src/os/limits.ts';
import type { World } from '../../src/port/world.ts';
import { DEFAULT_GROUP } from '../../src/wire/endpoints.ts';
import { SESSIOND_EXIT } from '../../src/wire/exit-status.ts';
import { loadingWhenReady } from '../control/saved/auto-load.ts';
import { readConfiguration } from './configuration.ts';
import { cannotStart, daemonCommand, startDaemon } from './daemon.ts';

interface Options {
  readonly group: string;
  readonly config?: string;
  readonly load?: string;
}

/** The fewest files that a registry must be allowed to open. */
const DESCRIPTORS_MIN = 64;

export function sessiondCommand(): Command {
  return daemonCommand(
    'lttng-sessiond',
    'The registry: manages recording sessions and their buffers.',
  )
    .option('--group <name>', 'group whose members may use a global registry', DEFAULT_GROUP)
    .option(
      '-l, --load <path>',
      'load saved sessions from this file or directory instead of the auto directories',
    )
    .option('--config <path>', 'JSON file that overrides these options; SIGHUP reads it again');
}

export function main(): void {
  const command = sessiondCommand().action(() => {
    const options = command.opts<Options>();
    let configuration = readConfiguration(options.config);
    if (!configuration.ok) cannotStart(command.name(), configuration.error);
    startDaemon(command, ({ world, areSocketsGiven, reopenLog }) => {
      refuseFewDescriptors(world);
      startSessiond(loadingWhenReady(world, pathOf(options.load)), {
        areSocketsGiven,
        group: () => {
          const read = readConfiguration(options.config);
          if (read.ok) configuration = read;
          else world.log('configuration.rejected', { reason: read.error });
          const { group, logLevel } = configuration.ok ? configuration.value : {};
          reopenLog(logLevel);
          return group ?? options.group;
        },
      });
    });
  });
  command.parse();
}

/** Absolute, if the working directory is still there. */
function pathOf(load: string | undefined): string | undefined {
  if (load === undefined) return undefined;
  return absoluteIn(createIdentity('lttng-sessiond').workingDirectory, load) ?? load;
}

/** With fewer descriptors a registry would start, and refuse every connection. */
function refuseFewDescriptors(world: World): void {
  const limit = descriptorLimit();
  if (limit >= DESCRIPTORS_MIN) return;
  const reason = `This process may open ${limit} files; a registry needs ${DESCRIPTORS_MIN}`;
  world.log('registry.startFailed', { reason });
  world.processes.exit(SESSIOND_EXIT.fewDescriptors);
}
