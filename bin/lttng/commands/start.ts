/** `lttng start`: starts or resumes recording (R2.5). */
import type { Cli } from '../context.ts';
import { requestAboutSessions, type SessionOptions } from '../session-command.ts';
import { called, hintNext, partsOf } from '../sessions.ts';

export async function start(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  const { output } = cli;
  await requestAboutSessions(cli, options, name, {
    act: cli.control.start,
    tell: async (session) => {
      output.tell(`Started recording in ${called(session)}`);
      const parts = partsOf(session);
      const channels = parts.flatMap((part) => part.channels);
      if (!channels.some(({ rules }) => rules.some(({ enabled }) => enabled))) {
        output.note(`No event is enabled yet; lttng add-event '*' enables all`);
      } else if (parts.every(({ streams }) => streams === 0)) {
        await hintNext(cli, session, 'run', ' -- COMMAND');
      } else await hintNext(cli, session, session.flightRecorder === true ? 'snapshot' : 'stop');
    },
  });
}
