/** `lttng save`: writes sessions into files, from which `lttng load` creates them again. */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { absolutePath } from '../../control/paths.ts';
import { savedDirectory, savedPath, writeSaved } from '../../control/saved-files.ts';
import { savedSessionOf } from '../../control/saved-session.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { askedFor, inSession, ownSessions, tryEach } from '../session-command.ts';
import { called, namedSession, requestFor } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { SAVE } from '../table/saved.ts';

export async function save(cli: Cli, options: Given<typeof SAVE>, name?: string): Promise<void> {
  const { world, output } = cli;
  const asked = namedSession(askedFor(options, name), undefined);
  const directory =
    options.outputPath === undefined
      ? savedDirectory(world)
      : absolutePath(world, options.outputPath);
  const keep = (session: SessionInfo): void => {
    const file = savedPath(directory, session.name);
    if (options.force !== true && world.files.info(file).ok) {
      throw new CliFailure('FILE_EXISTS', `There is a file ${file}; -f replaces it`, EXIT.file);
    }
    const written = writeSaved(world, directory, savedSessionOf(session, tracesDirectory(world)));
    if (!written.ok) {
      const { subject, code } = written.error;
      throw new CliFailure('NO_OUTPUT', `Cannot write ${subject} (${code})`, EXIT.file);
    }
    output.value({ saved: file, session: { name: session.name, uuid: session.uuid } });
    output.tell(`Saved ${called(session)} in ${file}`);
  };
  if (asked === undefined) {
    await tryEach(cli, await ownSessions(cli, undefined), inSession, keep);
  } else keep(await requestFor(cli, asked, (session) => ({ op: 'session.get', session })));
}
