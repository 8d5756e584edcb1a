/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { Command } from 'commander';
import type { CliOf } from '../cli/cli.ts';
import { removeConfig } from '../cli/config.ts';
import { safe } from '../cli/output.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../cli/session.ts';

export function addDestroy(program: Command, cliOf: CliOf): void {
  program
    .command('destroy')
    .summary('end a session; its trace stays')
    .description(
      'Stops a session, waits until everything is written, and forgets the session. Its trace stays.',
    )
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
          op: 'session.destroy',
          session: key,
        }));
        removeConfig(cli.world, session.output, session.uuid);
        cli.output.value({ session });
        cli.output.tell(`Destroyed ${called(session)}; its trace stays in ${safe(session.output)}`);
      },
    );
}
