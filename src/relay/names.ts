/**
 * Names that arrive from the network become components of paths. A name is taken as it is or refused: a name that was
 * changed could be that of something else.
 */

import { fail, ok, type Result } from '../base/result.ts';
import { utf8ByteLength } from '../base/utf8.ts';
import { NAME_BYTES_MAX } from './limits.ts';

/** Control characters, which no name of a file needs and a terminal obeys. */
const CONTROL = /\p{Cc}/u;

/** Why the name cannot be one component of a path; undefined: it can. */
function refusalOf(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return `is "${name}"`;
  if (name.includes('/')) return 'contains a slash';
  if (CONTROL.test(name)) return 'contains a control character';
  if (utf8ByteLength(name) > NAME_BYTES_MAX) return `is longer than ${NAME_BYTES_MAX} bytes`;
  return undefined;
}

/** The name, or one sentence. `what` says which name it is. */
export function safeName(what: string, name: string): Result<string, string> {
  const refusal = refusalOf(name);
  return refusal === undefined ? ok(name) : fail(`${what} ${refusal}`);
}

/** The components of a path without empty ones, so that a slash at its begin means nothing. */
export function safePath(
  what: string,
  path: string,
  depthMax: number,
): Result<readonly string[], string> {
  const names = path.split('/').filter((name) => name !== '');
  if (names.length > depthMax) return fail(`${what} has more than ${depthMax} directories`);
  for (const name of names) {
    const refusal = refusalOf(name);
    if (refusal !== undefined) return fail(`a directory of ${what} ${refusal}`);
  }
  return ok(names);
}
