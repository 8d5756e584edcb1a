/** Saves sessions into files, and creates sessions from them. */
import { load as loadCourse } from '../../../actors/client/courses/create.ts';
import { type Saved, save as saveCourse } from '../../../actors/client/courses/keep.ts';
import type { Result } from '../../../src/base/result.ts';
import { type ReadSession, readSaved } from '../../../src/kept/read-saved.ts';
import {
  type SavedFileError,
  savedDirectory,
  savedNames,
  savedPath,
} from '../../../src/kept/saved-files.ts';
import type { SavedPlace } from '../../../src/kept/saved-session.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { SavedCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type { LoadOptions, SavedOptions, SaveOptions } from '../api/options.ts';
import { created } from '../output/create.ts';
import { placeIn } from '../output/place.ts';
import { absolutePath } from '../paths.ts';
import { type Calling, namedBy, settled } from '../requests.ts';
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
  { client }: Calling,
  asked: SessionKey,
  { directory: given, replace = false }: SaveOptions,
): Promise<Saved> {
  const { world } = client;
  const directory = given === undefined ? savedDirectory(world) : absolutePath(world, given);
  const saving = { named: namedBy(asked), directory, replaces: replace };
  return settled(await client.follow(saveCourse(world, saving)));
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
  const { client } = on;
  const { world } = client;
  if (options.name !== undefined) checkedKey(options.name);
  const found = read(on, absolutePath(world, file)).saved;
  const saved = { ...found, name: options.name ?? found.name };
  const place = placeIn(world, options.place ?? {});
  const course = loadCourse(world, saved, {
    place: place === undefined ? undefined : placeFor(place),
    replaces: options.replace === true,
    isCurrent: options.current === true,
  });
  return created(client, course);
}

function placeFor(place: NonNullable<ReturnType<typeof placeIn>>): SavedPlace {
  return isRelay(place) ? { relay: place } : place;
}

function valueOf<T>(result: Result<T, SavedFileError>): T {
  if (result.ok) return result.value;
  const { file, reason } = result.error;
  throw new ControlError('BAD_SAVED', `${file} ${reason}`);
}

function noFile(file: string): ControlError {
  return new ControlError('NO_SAVED', `There is no saved session ${file}`);
}
