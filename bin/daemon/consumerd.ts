/** The main of `ust-consumerd`: see `actors/programs/consumer.ts`. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { startConsumer } from '../../actors/programs/consumer.ts';
import { absoluteIn } from '../../src/base/absolute-path.ts';
import { createIdentity } from '../../src/os/identity.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import { cannotStart, daemonCommand, startDaemon } from './daemon.ts';

interface Options {
  readonly snapshot?: string;
  readonly maxSize?: number;
  readonly into?: string;
}

const NAME = 'ust-consumerd';

export function consumerdCommand(): Command {
  return daemonCommand(NAME, 'Writes the user-space trace of one session.')
    .addArgument(new Argument('<scope>', 'which registry').choices(['global', 'user']))
    .argument('<session-uuid>', 'the session to consume')
    .option('--snapshot <directory>', 'copy what the buffers hold to this directory, and exit')
    .addOption(
      new Option(
        '--max-size <bytes>',
        'with --snapshot: copy the newest packets that fit',
      ).argParser(bytesOf),
    )
    .option('--into <directory>', 'write to a directory in this one, named after the session');
}

export function main(): void {
  const command = consumerdCommand().action(
    (scope: RegistryScope, sessionUuid: string, options: Options) => {
      const snapshot = absolutePath(options.snapshot);
      const into = absolutePath(options.into);
      startDaemon(command, ({ world }) =>
        startConsumer(world, { scope, sessionUuid, snapshot, bytesMax: options.maxSize, into }),
      );
    },
  );
  command.parse();
}

function bytesOf(word: string): number {
  if (/^[1-9]\d{0,14}$/.test(word)) return Number(word);
  throw new InvalidArgumentError('It is a number of bytes.');
}

function absolutePath(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const absolute = absoluteIn(createIdentity(NAME).workingDirectory, path);
  if (absolute !== undefined) return absolute;
  return cannotStart(NAME, `The working directory is gone: give ${path} as an absolute path`);
}
