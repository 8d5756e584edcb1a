/** `lttng disable-consumer`: a session's consumer writes no more, and stays in its place (R2.11, R3.7). */
import type { Command } from 'commander';
import type { CliOf } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

export function addDisableConsumer(program: Command, cliOf: CliOf): void {
  program
    .command('disable-consumer')
    .summary('have the consumer of a session write no more')
    .description(
      'The consumer of a session stores what it has taken, then writes no more, until "lttng enable-consumer". ' +
        'Events wait in the buffers; those that find no room are discarded and counted.',
    )
    .option(...SESSION_OPTION)
    .action(async (options: { session?: string }, command: Command) => {
      const cli = cliOf(command);
      const session = await requestFor(cli, namedSession(undefined, options.session), (key) => ({
        op: 'consumer.disable',
        session: key,
      }));
      cli.output.value({ session });
      cli.output.tell(`Disabled the consumer of ${called(session)}`);
      noteShortage(cli, session);
    });
}
