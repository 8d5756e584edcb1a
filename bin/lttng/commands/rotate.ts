/** `lttng rotate`: what a session has recorded so far becomes an archive, a trace of its own. */
import type { Cli } from '../context.ts';
import { requestAboutSessions, type SessionOptions } from '../session-command.ts';
import { called } from '../sessions.ts';

export async function rotate(cli: Cli, options: SessionOptions, name?: string): Promise<void> {
  await requestAboutSessions(cli, options, name, {
    act: cli.control.rotate,
    tell: (session) => {
      const archive = session.rotation?.archive;
      cli.output.tell(
        archive === undefined
          ? `Nothing was recorded since the last rotation of ${called(session)}: there is no archive`
          : `Rotated ${called(session)}; the archive is in ${archive}`,
      );
    },
  });
}
