/** Reads files that somebody else wrote: never more than they may have. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { FAILURE_BYTES_MAX } from '../../sim/failure.ts';
import { fail, ok, type Result } from '../../src/base/result.ts';

/** The text, or one sentence about why there is none. */
export function textIn(path: string): Result<string, string> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const { size } = fstatSync(descriptor);
    if (size > FAILURE_BYTES_MAX) {
      return fail(`${path} has ${size} bytes, more than ${FAILURE_BYTES_MAX}`);
    }
    return ok(readFileSync(descriptor, 'utf8'));
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
