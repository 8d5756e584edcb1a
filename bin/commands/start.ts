/** `lttng start`: begins or goes on recording (R2.5). */
import type { Command } from 'commander';
import type { CliOf } from '../cli/cli.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../cli/session.ts';

export function addStart(program: Command, cliOf: CliOf): void {
  program
    .command('start')
    .summary('record')
    .description('Records until "lttng stop"; a stopped session goes on.')
    .argument(
      '[session]',
      'the session, by name or UUID (default: that of .lttng/config, or the only one)',
    )
    .option(...SESSION_OPTION)
    .action(
      async (argument: string | undefined, options: { session?: string }, command: Command) => {
        const cli = cliOf(command);
        const named = namedSession(argument, options.session);
        const session = await requestFor(cli, named, (key) => ({
          op: 'session.start',
          session: key,
        }));
        cli.output.value({ session });
        cli.output.tell(`Recording in ${called(session)}`);
        if (!session.channels.some(({ rules }) => rules.some(({ enabled }) => enabled))) {
          cli.output.note(`No event is enabled yet; lttng add-event '*' enables all`);
        }
      },
    );
}
