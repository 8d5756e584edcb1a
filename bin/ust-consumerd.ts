#!/usr/bin/env node
/** `ust-consumerd`: see `actors/programs/consumer.ts`. */
import { resolve } from 'node:path';
import { Argument } from 'commander';
import { startConsumer } from '../actors/programs/consumer.ts';
import type { RegistryScope } from '../src/wire/endpoints.ts';
import { daemonCommand, startDaemon } from './daemon/daemon.ts';

interface Options {
  readonly snapshot?: string;
  readonly into?: string;
}

const command = daemonCommand('ust-consumerd', 'Writes the user-space trace of one session.')
  .addArgument(new Argument('<scope>', 'which registry').choices(['global', 'user']))
  .argument('<session-uuid>', 'the session to consume')
  .option('--snapshot <directory>', 'copy what the buffers hold to this directory, and exit')
  .option('--into <directory>', 'write to a directory in this one, named after the session')
  .action((scope: RegistryScope, sessionUuid: string, options: Options) => {
    const { into } = options;
    const snapshot = options.snapshot === undefined ? undefined : resolve(options.snapshot);
    startDaemon(command, ({ world }) =>
      startConsumer(world, { scope, sessionUuid, snapshot, into }),
    );
  });
command.parse();
