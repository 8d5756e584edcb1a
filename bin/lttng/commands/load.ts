/** `lttng load`: creates sessions again from the files of `lttng save`. */
import type { SavedFile } from '../../control/api/results.ts';
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { destinationOf, placeOf } from '../options/destination.ts';
import { askedFor, inSession, tryEach } from '../session-command.ts';
import { called, givenName } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { LOAD } from '../table/saved.ts';
import { whereText } from '../where.ts';

type Options = Given<typeof LOAD>;

export async function load(cli: Cli, options: Options, name?: string): Promise<void> {
  const asked = givenName(askedFor(options, name), undefined);
  const overrideName = givenName(undefined, options.overrideName);
  const { control, output } = cli;
  const files = await control.savedFiles({ path: options.inputPath, name: asked });
  const [only, another] = files;
  if (only === undefined) output.tell('There is no saved session');
  else if (another === undefined) {
    await loadOne(cli, options, await control.readSaved(only, asked), { current: true });
  } else if (overrideName === undefined) await loadAll(cli, options, files);
  else throw usageFailure('--override-name is for one session: name it');
}

async function loadAll(cli: Cli, options: Options, files: readonly string[]): Promise<void> {
  const read: SavedFile[] = [];
  await tryEach(
    cli,
    files,
    () => '',
    async (file) => {
      read.push(await cli.control.readSaved(file));
    },
  );
  await tryEach(cli, read, inSession, (saved) => loadOne(cli, options, saved));
}

async function loadOne(
  { control, output, world }: Cli,
  { overrideName, overrideUrl, force }: Options,
  { file, isActive, leftOut }: SavedFile,
  more: { readonly current?: true } = {},
): Promise<void> {
  const place =
    overrideUrl === undefined ? undefined : placeOf(destinationOf(world, { setUrl: overrideUrl }));
  const session = await control.load(file, {
    name: overrideName,
    place,
    replace: force,
    ...more,
  });
  output.value({ loaded: file, session });
  const begun = isActive ? ' and started recording in it' : '';
  const what = session.flightRecorder ? 'its snapshots go' : 'its trace goes';
  if (leftOut.length > 0) {
    output.note(`${file} has more, which is left out: ${leftOut.join(', ')}`);
  }
  output.tell(`Loaded ${called(session)}${begun}; ${what} to ${whereText(session)}`);
}
