/** The files of saved sessions, `NAME.json`: by default in `$HOME/.lttng-ts/saved`. */
import { fail, ok, type Result } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { locationOf } from '../wire/endpoints.ts';
import { writeJsonFile } from './json-file.ts';
import type { SavedSession } from './saved-session.ts';

/** Saved sessions of one directory that are loaded together. */
export const SAVED_FILES_MAX = 256;
const ENDING = '.json';
/** Of the files of LTTng. */
const LTTNG_ENDING = '.lttng';

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

/** Creates the directory if it is missing, and replaces what the file holds. It then outlives a power failure. */
export function writeSaved(world: World, directory: string, saved: SavedSession): OsResult<void> {
  const text = JSON.stringify(saved, null, 2);
  return writeJsonFile(world, directory, `${saved.name}${ENDING}`, text, true);
}

/** The names of the saved sessions of a directory; none when there is no such directory. */
export function savedNames(world: World, directory: string): Result<string[], SavedFileError> {
  const files = filesIn(world, directory, [ENDING]);
  return files.ok ? ok(files.value.map((name) => name.slice(0, -ENDING.length))) : files;
}

/** The paths of the saved sessions of a directory, also those of LTTng; none when there is no such directory. */
export function loadableFiles(world: World, directory: string): Result<string[], SavedFileError> {
  const files = filesIn(world, directory, [ENDING, LTTNG_ENDING]);
  return files.ok ? ok(files.value.map((name) => `${directory}/${name}`)) : files;
}

function filesIn(
  { files }: World,
  directory: string,
  endings: readonly string[],
): Result<string[], SavedFileError> {
  const refuse = (reason: string) => fail({ kind: 'bad-saved' as const, file: directory, reason });
  const listed = files.list(directory);
  if (!listed.ok) {
    return listed.error.code === 'ENOENT' ? ok([]) : refuse(`cannot be read: ${listed.error.code}`);
  }
  const names = listed.value.filter((name) => endings.some((ending) => name.endsWith(ending)));
  return names.length <= SAVED_FILES_MAX
    ? ok(names)
    : refuse(`has more than ${SAVED_FILES_MAX} saved sessions; load them by their names`);
}
