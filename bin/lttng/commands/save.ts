/** `lttng save`: writes sessions into files, from which `lttng load` creates them again. */
import type { Cli } from '../context.ts';
import { askedFor, inSession, ownSessions, tryEach } from '../session-command.ts';
import { called, givenName } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { SAVE } from '../table/saved.ts';

export async function save(cli: Cli, options: Given<typeof SAVE>, name?: string): Promise<void> {
  const { control, output } = cli;
  const asked = givenName(askedFor(options, name), undefined);
  const keep = async (key: string): Promise<void> => {
    const { session, file } = await control.save(key, {
      directory: options.outputPath,
      replace: options.force,
    });
    output.value({ saved: file, session: { name: session.name, uuid: session.uuid } });
    output.tell(`Saved ${called(session)} in ${file}`);
  };
  if (asked !== undefined) await keep(asked);
  else await tryEach(cli, await ownSessions(cli, undefined), inSession, ({ uuid }) => keep(uuid));
}
