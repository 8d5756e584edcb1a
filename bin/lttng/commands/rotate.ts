/** `lttng rotate`: what a session has recorded so far becomes an archive, a trace of its own. */
import type { Cli } from '../context.ts';
import { requestAboutSessions } from '../session-command.ts';
import { called, hintView } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { ROTATE } from '../table/sessions.ts';

export async function rotate(
  cli: Cli,
  options: Given<typeof ROTATE>,
  name?: string,
): Promise<void> {
  await requestAboutSessions(cli, options, name, {
    act: (session) => cli.control.rotate(session, { noWait: options.wait === false }),
    tell: (session) => {
      if (options.wait === false) {
        cli.output.tell(
          `Rotating ${called(session)}; "lttng list ${session.name}" shows the archive when it is made`,
        );
        return;
      }
      const archive = session.rotation?.archive;
      cli.output.tell(
        archive === undefined
          ? `Nothing was recorded since the last rotation of ${called(session)}: there is no archive`
          : `Rotated ${called(session)}; the archive is in ${archive}`,
      );
      if (archive !== undefined) hintView(cli, archive);
    },
  });
}
