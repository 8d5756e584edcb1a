/** `lttng rotate`: what a session has recorded so far becomes an archive, a trace of its own. */
import type { Cli } from '../context.ts';
import { requestAboutSessions } from '../session-command.ts';
import { called, hintView, partsOf } from '../sessions.ts';
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
      const made = partsOf(session).flatMap(({ rotation }) => rotation?.archive ?? []);
      const archives = [...new Set(made)];
      cli.output.tell(
        archives.length === 0
          ? `Nothing was recorded since the last rotation of ${called(session)}: there is no archive`
          : `Rotated ${called(session)}; ${archivesText(archives)}`,
      );
      const [archive] = archives;
      if (archive !== undefined) hintView(cli, archive);
    },
  });
}

/** Each part of a session has archives of its own. */
function archivesText(archives: readonly string[]): string {
  return archives.length === 1
    ? `the archive is in ${archives[0]}`
    : `the archives are in ${archives.join(' and ')}`;
}
