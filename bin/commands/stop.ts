/** `lttng stop`: records no more until the next start (R2.5). */
import type { Command } from 'commander';
import type { CliOf } from '../cli/cli.ts';
import { safe } from '../cli/output.ts';
import { called, namedSession, requestFor, SESSION_OPTION } from '../cli/session.ts';

export function addStop(program: Command, cliOf: CliOf): void {
  program
    .command('stop')
    .summary('stop recording')
    .description('Stops recording and waits until everything is written; "lttng start" goes on.')
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
          op: 'session.stop',
          session: key,
        }));
        cli.output.value({ session });
        cli.output.tell(`Stopped ${called(session)}; its trace is in ${safe(session.output)}`);
      },
    );
}
