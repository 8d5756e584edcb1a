/** The main of `ust-consumerd` and of `ltt-consumerd`: see `actors/programs/consumer.ts`. */
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

type Name = 'ust-consumerd' | 'ltt-consumerd';

export function consumerdCommand(name: Name): Command {
  const domain = name === 'ltt-consumerd' ? 'kernel' : 'user-space';
  return daemonCommand(name, `Writes the ${domain} trace of one session.`)
    .addArgument(new Argument('<scope>', 'which registry').choices(['global', 'user']))
    .argument('<session-uuid>', sessionHelp(name))
    .option('--snapshot <directory>', 'copy what the buffers hold to this directory, and exit')
    .addOption(
      new Option(
        '--max-size <bytes>',
        'with --snapshot: copy the newest packets that fit',
      ).argParser(bytesOf),
    )
    .option('--into <directory>', 'write to a directory in this one, named after the session');
}

export function main(name: Name): void {
  const domain = name === 'ltt-consumerd' ? 'kernel' : 'user';
  const command = consumerdCommand(name).action(
    (scope: RegistryScope, sessionUuid: string, options: Options) => {
      const snapshot = absolutePath(name, options.snapshot);
      const into = absolutePath(name, options.into);
      const bytesMax = options.maxSize;
      startDaemon(command, ({ world }) =>
        startConsumer(world, { domain, scope, sessionUuid, snapshot, bytesMax, into }),
      );
    },
  );
  command.parse();
}

function bytesOf(word: string): number {
  if (/^[1-9]\d{0,14}$/.test(word)) return Number(word);
  throw new InvalidArgumentError('It is a number of bytes.');
}

function sessionHelp(name: Name): string {
  return name === 'ltt-consumerd' ? 'the kernel part to consume' : 'the session to consume';
}

function absolutePath(name: Name, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const absolute = absoluteIn(createIdentity(name).workingDirectory, path);
  if (absolute !== undefined) return absolute;
  return cannotStart(name, `The working directory is gone: give ${path} as an absolute path`);
}
