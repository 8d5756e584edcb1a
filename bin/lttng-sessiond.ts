#!/usr/bin/env node
/** `lttng-sessiond`: see `actors/programs/sessiond.ts`. */

import { DEFAULT_GROUP } from '../actors/programs/places.ts';
import { startSessiond } from '../actors/programs/sessiond.ts';
import { daemonCommand, startDaemon } from './daemon.ts';

const command = daemonCommand('lttng-sessiond', 'The registry: keeps sessions and buffers.')
  .option('--group <name>', 'group whose members may use a global registry', DEFAULT_GROUP)
  .action(() => {
    const { group } = command.opts<{ group: string }>();
    startDaemon(command, (world) => startSessiond(world, { group }));
  });
command.parse();
