#!/usr/bin/env node
/** `lttng-sessiond`: see `actors/programs/sessiond.ts`. */

import { startSessiond } from '../actors/programs/sessiond.ts';
import { DEFAULT_GROUP } from '../src/wire/endpoints.ts';
import { readConfiguration } from './daemon/configuration.ts';
import { cannotStart, daemonCommand, startDaemon } from './daemon/daemon.ts';

interface Options {
  readonly group: string;
  readonly config?: string;
}

const command = daemonCommand(
  'lttng-sessiond',
  'The registry: manages recording sessions and their buffers.',
)
  .option('--group <name>', 'group whose members may use a global registry', DEFAULT_GROUP)
  .option('--config <path>', 'JSON file that overrides these options; SIGHUP reads it again')
  .action(() => {
    const options = command.opts<Options>();
    let configuration = readConfiguration(options.config);
    if (!configuration.ok) cannotStart(command.name(), configuration.error);
    startDaemon(command, ({ world, areSocketsGiven, reopenLog }) => {
      startSessiond(world, {
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
