/**
 * Reads the files of saved sessions, also those of LTTng. In `$HOME/.lttng-ts/saved` only this user and root may own
 * them; another directory, or a file, may be anyone's.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { World } from '../port/world.ts';
import { parseJson, readTextFile } from './json-file.ts';
import { parseLttngSession } from './lttng-session.ts';
import { type SavedFileError, savedDirectory } from './saved-files.ts';
import { parseSaved, type SavedSession } from './saved-session.ts';

/** More than the text of the largest session that a registry takes. */
export const SAVED_BYTES_MAX = 1024 * 1024;

export interface ReadSession {
  readonly saved: SavedSession;
  /** What an LTTng session has and ours have not. */
  readonly leftOut: readonly string[];
}

/**
 * Also reads the XML files of LTTng. Undefined: there is no such file.
 *
 * @param isOfAnyone False: only this user and root may own the file, as where a user's files are usually kept.
 */
export function readSaved(
  world: World,
  file: string,
  isOfAnyone = !file.startsWith(`${savedDirectory(world)}/`),
): Result<ReadSession | undefined, SavedFileError> {
  const refuse = (reason: string) => fail({ kind: 'bad-saved' as const, file, reason });
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
