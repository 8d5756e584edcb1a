/** `lttng load`: creates sessions again from the files of `lttng save`. */
import { inOrder, lastSessionIn } from '../../../actors/client/plans/plan.ts';
import type { Result } from '../../../src/base/result.ts';
import type { World } from '../../../src/port/world.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { createBy, createInDirectory } from '../../control/create.ts';
import { newOutputDirectory } from '../../control/output-directory.ts';
import { absolutePath } from '../../control/paths.ts';
import { type ReadSession, readSaved } from '../../control/read-saved.ts';
import {
  type SavedFileError,
  savedDirectory,
  savedNames,
  savedPath,
} from '../../control/saved-files.ts';
import { loadPlan, type SavedPlace, type SavedSession } from '../../control/saved-session.ts';
import { removeConfig } from '../../control/session-config.ts';
import { checkedKey } from '../../control/sessions.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, throwFailure, usageFailure } from '../failure.ts';
import { destinationOf } from '../options/destination.ts';
import { askedFor, inSession, tryEach } from '../session-command.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { LOAD } from '../table/saved.ts';
import { whereText } from '../where.ts';

type Options = Given<typeof LOAD>;

export async function load(cli: Cli, options: Options, name?: string): Promise<void> {
  const asked = namedSession(askedFor(options, name), undefined);
  const { overrideName } = options;
  if (overrideName !== undefined) checkedKey(overrideName);
  const files = filesFor(cli, options, asked);
  const [only, another] = files;
  if (only === undefined) cli.output.tell('There is no saved session');
  else if (another === undefined) await loadSaved(cli, options, readFile(cli, only, asked));
  else if (overrideName === undefined) await loadAll(cli, options, files);
  else throw usageFailure('--override-name is for one session: name it');
}

interface Loading extends ReadSession {
  readonly file: string;
}

async function loadAll(cli: Cli, options: Options, files: readonly string[]): Promise<void> {
  const read: Loading[] = [];
  await tryEach(
    cli,
    files,
    () => '',
    (file) => {
      read.push(readFile(cli, file, undefined));
    },
  );
  await tryEach(
    cli,
    read,
    ({ saved }) => inSession(saved),
    (loading) => loadSaved(cli, options, loading),
  );
}

function filesFor(
  { world }: Cli,
  { inputPath }: Options,
  asked: string | undefined,
): readonly string[] {
  const path = inputPath === undefined ? savedDirectory(world) : absolutePath(world, inputPath);
  const info = world.files.info(path);
  if (inputPath !== undefined && !info.ok) throw noFile(path);
  if (info.ok && info.value.kind !== 'directory') return [path];
  const names = asked === undefined ? valueOf(savedNames(world, path)) : [asked];
  return names.map((each) => savedPath(path, each));
}

function readFile({ world }: Cli, file: string, asked: string | undefined): Loading {
  const read = valueOf(readSaved(world, file));
  if (read === undefined) throw noFile(file);
  const { name } = read.saved;
  if (asked === undefined || asked === name) return { file, ...read };
  throw new CliFailure('NO_SAVED', `${file} is of session ${name}, not ${asked}`, EXIT.file);
}

async function loadSaved(cli: Cli, options: Options, loading: Loading): Promise<void> {
  const { file, leftOut } = loading;
  const saved = { ...loading.saved, name: options.overrideName ?? loading.saved.name };
  const place = placeOf(cli.world, options, saved);
  if (options.force === true) await destroyPresent(cli, saved.name);
  const session = await createIn(cli, saved, place);
  cli.output.value({ loaded: file, session });
  const begun = saved.isActive ? ' and started recording in it' : '';
  const what = session.flightRecorder ? 'its snapshots go' : 'its trace goes';
  if (leftOut.length > 0)
    cli.output.note(`${file} has more, which is left out: ${leftOut.join(', ')}`);
  cli.output.tell(`Loaded ${called(session)}${begun}; ${what} to ${whereText(session)}`);
}

/** Undefined: the default directory of its name. */
function placeOf(
  world: World,
  { overrideUrl }: Options,
  { output, relay }: SavedSession,
): SavedPlace | undefined {
  if (overrideUrl !== undefined) {
    const to = destinationOf(world, { setUrl: overrideUrl });
    return to !== undefined && isRelay(to) ? { relay: to } : to;
  }
  if (relay !== undefined) return { relay };
  return output === undefined ? undefined : { output };
}

async function createIn(
  { client, world }: Cli,
  saved: SavedSession,
  place: SavedPlace | undefined,
): Promise<SessionInfo> {
  if (place !== undefined && 'relay' in place) return createBy(client, loadPlan(saved, place));
  const { name } = saved;
  const directory = newOutputDirectory(world, name, { name, path: place?.output });
  return createInDirectory(client, directory, loadPlan(saved, { output: directory.path }));
}

/** Ends the session of this name, if there is one, and first writes what its buffers hold. */
async function destroyPresent({ client, world }: Cli, name: string): Promise<void> {
  const results = await client.run(
    inOrder([
      { op: 'session.get', session: name },
      { op: 'session.destroy', session: name },
    ]),
    'start-registry',
  );
  const [first] = results;
  if (first?.kind === 'failure' && first.code === 'NO_SESSION') return;
  throwFailure(results);
  const session = lastSessionIn(results);
  if (session?.output !== undefined) removeConfig(world, session.output, session.uuid);
}

function valueOf<T>(read: Result<T, SavedFileError>): T {
  if (read.ok) return read.value;
  const { file, reason } = read.error;
  throw new CliFailure('BAD_SAVED', `${file} ${reason}`, EXIT.file);
}

function noFile(file: string): CliFailure {
  return new CliFailure('NO_SAVED', `There is no saved session ${file}`, EXIT.file);
}
