/** `lttng start`: starts or resumes recording (R2.5). */
import type { Cli } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { requestAboutSession, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';

export async function start(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  const session = await requestAboutSession(cli, 'session.start', options, name);
  cli.output.tell(`Started recording in ${called(session)}`);
  if (!session.channels.some(({ rules }) => rules.some(({ enabled }) => enabled))) {
    cli.output.note(`No event is enabled yet; lttng add-event '*' enables all`);
  }
  noteShortage(cli, session);
}
