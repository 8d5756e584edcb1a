/** `lttng start`: starts or resumes recording (R2.5). */
import type { Cli } from '../context.ts';
import { requestAboutSessions, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';

export async function start(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  const { output } = cli;
  await requestAboutSessions(cli, options, name, {
    act: cli.control.start,
    tell: (session) => {
      output.tell(`Started recording in ${called(session)}`);
      if (!session.channels.some(({ rules }) => rules.some(({ enabled }) => enabled))) {
        output.note(`No event is enabled yet; lttng add-event '*' enables all`);
      }
    },
  });
}
