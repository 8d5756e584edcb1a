/** What `start`, `stop` and commands like them share: a session, one request, and a message afterwards (R2.5). */
import type { Command } from 'commander';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import type { Cli, CliOf } from './context.ts';
import { noteShortage } from './describe.ts';
import { namedSession, requestsFor, SESSION_OPTION } from './sessions.ts';

interface SessionCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly op: `session.${'start' | 'pause' | 'stop' | 'destroy' | 'rotate' | 'clear'}`;
  /** The option that destroys a session although no consumer can write its buffers. */
  readonly abandonOption?: readonly [flags: string, description: string];
  /** Prints the result; the session is as it is after the request. */
  readonly tell: (cli: Cli, session: SessionInfo) => void | Promise<void>;
}

interface SessionOptions {
  readonly session?: string;
  readonly abandon?: true;
}

export function addSessionCommand(program: Command, cliOf: CliOf, of: SessionCommand): void {
  const added = program
    .command(of.name)
    .summary(of.summary)
    .description(of.description)
    .argument(
      '[session]',
      'the session, by name or UUID (default: that of .lttng/config, or the only one)',
    )
    .option(...SESSION_OPTION);
  if (of.abandonOption !== undefined) added.option(...of.abandonOption);
  added.action(async (argument: string | undefined, options: SessionOptions, command: Command) => {
    const cli = cliOf(command);
    const named = namedSession(argument, options.session);
    const abandon = options.abandon === true ? { abandon: true } : {};
    const session = await requestsFor(cli, named, (key) => [
      // The reply describes the session even if another client destroys it at the same time.
      ...(of.op === 'session.destroy' ? [{ op: 'session.get' as const, session: key }] : []),
      { op: of.op, session: key, ...abandon },
    ]);
    cli.output.value({ session });
    await of.tell(cli, session);
    noteShortage(cli, session);
  });
}
