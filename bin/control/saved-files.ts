/**
 * The files of saved sessions, `NAME.json`: by default in `$HOME/.lttng-ts/saved`, where only this user and root may
 * own them. The user may name another directory, or a file, of anyone.
 */
import { fail, ok, type Result } from '../../src/base/result.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { World } from '../../src/port/world.ts';
import { locationOf } from '../../src/wire/endpoints.ts';
import { parseJson, readTextFile, writeJsonFile } from './json-file.ts';
import { parseLttngSession } from './lttng-session.ts';
import { parseSaved, type SavedSession } from './saved-session.ts';

/** More than the text of the largest session that a registry takes. */
export const SAVED_BYTES_MAX = 1024 * 1024;
/** Saved sessions of one directory that are loaded together. */
export const SAVED_FILES_MAX = 256;
const ENDING = '.json';

/** A file that is refused; messages put the reason after its name. */
export interface SavedFileError {
  readonly kind: 'bad-saved';
  readonly file: string;
  readonly reason: string;
}

export function savedDirectory({ identity }: Pick<World, 'identity'>): string {
  return `${locationOf(identity, 'user').directory}/saved`;
}

export function savedPath(directory: string, name: string): string {
  return `${directory === '/' ? '' : directory}/${name}${ENDING}`;
}

/** Creates the directory if it is missing, and replaces what the file holds. */
export function writeSaved(world: World, directory: string, saved: SavedSession): OsResult<void> {
  return writeJsonFile(world, directory, `${saved.name}${ENDING}`, JSON.stringify(saved, null, 2));
}

export interface ReadSession {
  readonly saved: SavedSession;
  /** What an LTTng session has and ours have not. */
  readonly leftOut: readonly string[];
}

/** Also reads the XML files of LTTng. Undefined: there is no such file. */
export function readSaved(
  world: World,
  file: string,
): Result<ReadSession | undefined, SavedFileError> {
  const refuse = (reason: string) => fail({ kind: 'bad-saved' as const, file, reason });
  const isOfAnyone = !file.startsWith(`${savedDirectory(world)}/`);
  const read = readTextFile(world, file, { bytesMax: SAVED_BYTES_MAX, isOfAnyone });
  if (!read.ok) return refuse(read.error);
  if (read.value === undefined) return ok(undefined);
  const isXml = read.value.startsWith('<');
  const made = isXml ? parseLttngSession(read.value) : ok({ json: parseJson(read.value) });
  if (!made.ok) return refuse(made.error);
  const parsed = parseSaved(made.value.json);
  if (!parsed.ok) return refuse(parsed.error);
  return ok({ saved: parsed.value, leftOut: 'leftOut' in made.value ? made.value.leftOut : [] });
}

/** The names of the saved sessions of a directory; none when there is no such directory. */
export function savedNames({ files }: World, directory: string): Result<string[], SavedFileError> {
  const refuse = (reason: string) => fail({ kind: 'bad-saved' as const, file: directory, reason });
  const listed = files.list(directory);
  if (!listed.ok) {
    return listed.error.code === 'ENOENT' ? ok([]) : refuse(`cannot be read: ${listed.error.code}`);
  }
  const names = listed.value
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length));
  return names.length <= SAVED_FILES_MAX
    ? ok(names)
    : refuse(`has more than ${SAVED_FILES_MAX} saved sessions; load them by their names`);
}
