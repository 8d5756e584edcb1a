/** The directories of traces that a command creates before there is a session. */
import { parentOf } from '../base/path.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { World } from '../port/world.ts';
import { PATH_CHARACTERS_MAX } from '../wire/limits.ts';

const DIRECTORY_MODE = 0o700;

/** The directory for the trace of a session or snapshot that is about to be created. */
export interface OutputDirectory {
  /** Name of the session. */
  readonly name: string;
  /** Absolute; it exists. */
  readonly path: string;
  /** It was not there before. */
  readonly isNew: boolean;
  /** Removes the directory when this program created it and it is empty. */
  release(): void;
}

/** Why a directory is not made, as a code and a sentence for the user. */
export interface DirectoryRefusal {
  readonly code: 'USAGE' | 'NO_OUTPUT';
  readonly reason: string;
}

/** `path`: absolute. */
export function makeOutputDirectory(
  world: World,
  name: string,
  path: string,
): Result<OutputDirectory, DirectoryRefusal> {
  const made = makeDirectory(world, path);
  if (!made.ok) return made;
  const isNew = made.value;
  return ok({ name, path, isNew, release: () => (isNew ? removeEmpty(world, path) : undefined) });
}

/** Whether the directory is new. Fails on a link that another user can change. */
export function makeDirectory({ files }: World, path: string): Result<boolean, DirectoryRefusal> {
  if (path === '' || path.length > PATH_CHARACTERS_MAX) return fail(BAD_LENGTH);
  // Of the home or working directory, whose name Node.js has changed.
  if (path.includes('\ufffd')) {
    const reason = `The path ${path} has a character that is not UTF-8; give another one`;
    return fail({ code: 'USAGE', reason });
  }
  const held = files.holdDirectory(path, DIRECTORY_MODE);
  if (!held.ok) return fail({ code: 'NO_OUTPUT', reason: cannotMake(path, held.error.code) });
  held.value.close();
  return ok(held.value.isNew);
}

export const BAD_LENGTH: DirectoryRefusal = {
  code: 'USAGE',
  reason: `A directory's path has 1 to ${PATH_CHARACTERS_MAX} characters`,
};

/** Does nothing when the directory is not empty, or is gone. */
function removeEmpty({ files }: World, path: string): void {
  const parent = files.holdDirectory(parentOf(path));
  if (!parent.ok) return;
  files.remove(path);
  parent.value.close();
}

function cannotMake(path: string, code: string): string {
  return code === 'ELOOP'
    ? `Cannot create the directory ${path}: another user can change a link on the way to it (ELOOP)`
    : `Cannot create the directory ${path} (${code})`;
}
