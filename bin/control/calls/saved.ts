/** Saves sessions into files, and creates sessions from them. */
import {
  destroyCommand,
  partsFailureIn,
  partsPlan,
  wholeSessionIn,
} from '../../../actors/client/plans/parts.ts';
import type { Result } from '../../../src/base/result.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import type { SavedCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type { LoadOptions, SavedOptions, SaveOptions } from '../api/options.ts';
import { forgetSession, keepCurrent } from '../current-session.ts';
import { failureError } from '../errors.ts';
import { placeIn } from '../output/place.ts';
import { absolutePath } from '../paths.ts';
import { type Calling, requestAbout } from '../requests.ts';
import { createSaved, savedPlaceOf } from '../saved/load-saved.ts';
import { type ReadSession, readSaved } from '../saved/read-saved.ts';
import {
  type SavedFileError,
  savedDirectory,
  savedNames,
  savedPath,
  writeSaved,
} from '../saved/saved-files.ts';
import { type SavedPlace, savedSessionOf } from '../saved/saved-session.ts';
import { checkedKey } from '../sessions.ts';

export function savedCalls(on: Calling): SavedCalls {
  return {
    save: (session, options = {}) => save(on, session, options),
    savedFiles: async (options = {}) => await Promise.resolve(filesFor(on, options)),
    readSaved: async (file, name) => {
      const { saved, leftOut } = read(on, file, name);
      return await Promise.resolve({ file, name: saved.name, isActive: saved.isActive, leftOut });
    },
    load: (file, options = {}) => load(on, file, options),
  };
}

async function save(
  on: Calling,
  asked: SessionKey,
  { directory, replace = false }: SaveOptions,
): Promise<{ readonly session: SessionInfo; readonly file: string }> {
  const { world } = on.client;
  const path = directory === undefined ? savedDirectory(world) : absolutePath(world, directory);
  const session = await requestAbout(on, asked, (key) => [{ op: 'session.get', session: key }]);
  const file = savedPath(path, session.name);
  if (!replace && world.files.info(file).ok) {
    throw new ControlError('FILE_EXISTS', `There is a file ${file}`);
  }
  const written = writeSaved(world, path, savedSessionOf(session, tracesDirectory(world)));
  if (written.ok) return { session, file };
  const { subject, code } = written.error;
  throw new ControlError('NO_OUTPUT', `Cannot write ${subject} (${code})`);
}

function filesFor({ client: { world } }: Calling, { path, name }: SavedOptions): readonly string[] {
  const place = path === undefined ? savedDirectory(world) : absolutePath(world, path);
  const info = world.files.info(place);
  if (path !== undefined && !info.ok) throw noFile(place);
  if (info.ok && info.value.kind !== 'directory') return [place];
  const names = name === undefined ? valueOf(savedNames(world, place)) : [checkedKey(name)];
  return names.map((each) => savedPath(place, each));
}

function read({ client: { world } }: Calling, file: string, name?: string): ReadSession {
  const found = valueOf(readSaved(world, file));
  if (found === undefined) throw noFile(file);
  const { saved } = found;
  if (name === undefined || name === saved.name) return found;
  throw new ControlError('NO_SAVED', `${file} is of session ${saved.name}, not ${name}`);
}

async function load(on: Calling, file: string, options: LoadOptions): Promise<SessionInfo> {
  const { world } = on.client;
  if (options.name !== undefined) checkedKey(options.name);
  const found = read(on, absolutePath(world, file)).saved;
  const saved = { ...found, name: options.name ?? found.name };
  const place = placeIn(world, options.place ?? {});
  const to = place === undefined ? savedPlaceOf(saved) : placeFor(place);
  if (options.replace === true) await destroyPresent(on, saved.name);
  const session = await createSaved(on.client, saved, to);
  if (options.current === true) keepCurrent(world, session);
  return session;
}

function placeFor(place: NonNullable<ReturnType<typeof placeIn>>): SavedPlace {
  return isRelay(place) ? { relay: place } : place;
}

/** Ends the session of this name, if there is one, and first writes what its buffers hold. */
async function destroyPresent({ client }: Calling, name: string): Promise<void> {
  const command = destroyCommand(name, {});
  const results = await client.run(partsPlan(name, command), 'start-registry');
  const [first] = results;
  if (first?.kind === 'failure' && first.code === 'NO_SESSION') return;
  const failed = partsFailureIn(command, results);
  if (failed !== undefined) throw failureError(failed);
  const session = wholeSessionIn(results);
  if (session !== undefined) forgetSession(client.world, session);
}

function valueOf<T>(result: Result<T, SavedFileError>): T {
  if (result.ok) return result.value;
  const { file, reason } = result.error;
  throw new ControlError('BAD_SAVED', `${file} ${reason}`);
}

function noFile(file: string): ControlError {
  return new ControlError('NO_SAVED', `There is no saved session ${file}`);
}
