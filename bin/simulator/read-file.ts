/** Reads untrusted files, also pipes and devices, up to {@link FAILURE_BYTES_MAX}. */
import { FAILURE_BYTES_MAX } from '../../sim/run/failure-file.ts';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { readBounded } from '../terminal/bounded-file.ts';

/** The text, or one sentence about why there is none. */
export function textIn(path: string): Result<string, string> {
  try {
    const bytes = readBounded(path, FAILURE_BYTES_MAX);
    return bytes === undefined
      ? fail(`${path} has more than ${FAILURE_BYTES_MAX} bytes`)
      : ok(new TextDecoder().decode(bytes));
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
