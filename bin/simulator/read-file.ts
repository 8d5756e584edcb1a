/** Reads untrusted files, also pipes and devices, up to {@link FAILURE_BYTES_MAX}. */
import { closeSync, openSync, readSync } from 'node:fs';
import { FAILURE_BYTES_MAX } from '../../sim/run/failure-file.ts';
import { fail, ok, type Result } from '../../src/base/result.ts';

/** The text, or one sentence about why there is none. */
export function textIn(path: string): Result<string, string> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const bytes = new Uint8Array(FAILURE_BYTES_MAX + 1);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (read === 0) return ok(new TextDecoder().decode(bytes.subarray(0, length)));
      length += read;
    }
    return fail(`${path} has more than ${FAILURE_BYTES_MAX} bytes`);
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
