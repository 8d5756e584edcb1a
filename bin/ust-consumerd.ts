#!/usr/bin/env node
/** `ust-consumerd`: see `actors/programs/consumer.ts`. */
import { Argument } from 'commander';
import { startConsumer } from '../actors/programs/consumer.ts';
import type { RegistryScope } from '../actors/programs/places.ts';
import { daemonCommand, startDaemon } from './daemon.ts';

const command = daemonCommand('ust-consumerd', 'Writes the user-space trace of one session.')
  .addArgument(new Argument('<scope>', 'whose registry').choices(['global', 'user']))
  .argument('<session-uuid>', 'the session to consume')
  .action((scope: RegistryScope, sessionUuid: string) => {
    startDaemon(command, ({ world }) => startConsumer(world, { scope, sessionUuid }));
  });
command.parse();
