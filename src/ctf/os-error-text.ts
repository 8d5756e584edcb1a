/** How errors of the operating system read inside this folder's sentences. */
import type { OsError } from '../port/world.ts';

/** `ENOENT from files.open on /a/b`. */
export function osErrorText(error: OsError): string {
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  return `${error.code} from ${error.call} on ${error.subject}${detail}`;
}
