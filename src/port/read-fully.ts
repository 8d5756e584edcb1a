/** Complete reads and appends: a single call may read or write fewer bytes than asked for. */
import { fail, ok } from '../base/result.ts';
import type { OpenFile } from './files.ts';
import type { OsResult } from './os-error.ts';

/** Fills `into` from `position` on; reads fewer bytes only at the end of the file. */
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

/** Appends all of `bytes` or returns an error; `path` is the file's. ENOSPC also if a call writes nothing. */
export function appendFully(
  path: string,
  file: Pick<OpenFile, 'append'>,
  bytes: Uint8Array,
): OsResult<void> {
  for (let written = 0; written < bytes.length; ) {
    const taken = file.append([bytes.subarray(written)]);
    if (!taken.ok) return taken;
    if (taken.value === 0) return fail({ code: 'ENOSPC', call: 'files.append', subject: path });
    written += taken.value;
  }
  return ok(undefined);
}
