/** Reading from files as a whole: a single call may give less than there is. */
import { ok } from '../base/result.ts';
import type { OpenFile, OsResult } from './world.ts';

/** Fills `into` from `position` on; fewer bytes are at the end of the file alone. */
export function readFully(
  file: Pick<OpenFile, 'read'>,
  into: Uint8Array,
  position: number,
): OsResult<number> {
  for (let filled = 0; filled < into.length; ) {
    const count = file.read(into.subarray(filled), position + filled);
    if (!count.ok) return count;
    if (count.value === 0) return ok(filled);
    filled += count.value;
  }
  return ok(into.length);
}
