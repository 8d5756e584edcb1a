#!/usr/bin/env node
/** `ust-consumerd`: see `actors/programs/consumer.ts`. */
import { resolve } from 'node:path';
import { Argument } from 'commander';
import { startConsumer } from '../actors/programs/consumer.ts';
import type { RegistryScope } from '../actors/programs/places.ts';
import { daemonCommand, startDaemon } from './daemon.ts';

const command = daemonCommand('ust-consumerd', 'Writes the user-space trace of one session.')
  .addArgument(new Argument('<scope>', 'whose registry').choices(['global', 'user']))
  .argument('<session-uuid>', 'the session to consume')
  .option('--snapshot <directory>', 'copy what its buffers hold to this directory, and end')
  .action((scope: RegistryScope, sessionUuid: string, { snapshot }: { snapshot?: string }) => {
    const output = snapshot === undefined ? undefined : resolve(snapshot);
    startDaemon(command, ({ world }) =>
      startConsumer(world, { scope, sessionUuid, snapshot: output }),
    );
  });
command.parse();
