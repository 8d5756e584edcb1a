/** `lttng enable-consumer`: says where a session's consumer writes, and has it write there (R2.11, R3.7). */
import type { Command } from 'commander';
import { destinationText } from '../../../src/wire/control/destination.ts';
import type { Cli, CliOf } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import {
  addDestinationOptions,
  type DestinationOptions,
  destinationOf,
} from '../options/destination.ts';
import { called, namedSession, requestsFor, SESSION_OPTION } from '../sessions.ts';

interface EnableOptions extends DestinationOptions {
  readonly session?: string;
}

export function addEnableConsumer(program: Command, cliOf: CliOf): void {
  const command = program
    .command('enable-consumer')
    .summary('have the consumer of a session write, here or to a relay')
    .description(
      'Connects the consumer of a session to a relay, or has it write into a directory (file://PATH), and waits ' +
        'until it does. Without a URL it enables the one that was given last. An enabled relay is frozen: another ' +
        'URL can be given after "lttng disable-consumer". Events that are recorded meanwhile wait in the buffers.',
    )
    .argument('[url]', 'net://HOST[:CTRL-PORT[:DATA-PORT]][/SUBDIR], or file://PATH')
    .option(...SESSION_OPTION);
  addDestinationOptions(command).action(
    async (url: string | undefined, options: EnableOptions, given: Command) => {
      await enable(cliOf(given), url, options);
    },
  );
}

async function enable(cli: Cli, url: string | undefined, options: EnableOptions): Promise<void> {
  if (url !== undefined && options.setUrl !== undefined) {
    throw usageFailure('Use one URL, as an argument or with -U');
  }
  const given = url === undefined ? options : { ...options, setUrl: url };
  const destination = destinationOf(cli.world, given);
  const session = await requestsFor(cli, namedSession(undefined, options.session), (key) => [
    ...(destination === undefined
      ? []
      : [{ op: 'consumer.set' as const, session: key, destination }]),
    { op: 'consumer.enable', session: key },
  ]);
  cli.output.value({ session });
  const to = session.destination?.to ?? { output: session.output ?? '' };
  cli.output.tell(`The consumer of ${called(session)} writes to ${destinationText(to)}`);
  noteShortage(cli, session);
}
