/** `lttng clear`: removes what a session has recorded since its last rotation. */
import type { Cli } from '../context.ts';
import { requestAboutSessions, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';

export async function clear(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  await requestAboutSessions(cli, options, name, {
    act: cli.control.clear,
    tell: (session) => {
      const what =
        session.flightRecorder === true
          ? 'its buffers are empty, and its snapshots stay'
          : 'what it had recorded is gone';
      cli.output.tell(`Cleared ${called(session)}: ${what}`);
    },
  });
}
