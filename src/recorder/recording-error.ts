/** What keeps a consumer from writing. */
import { fail, type Result } from '../base/result.ts';
import type { OsError, OsResult } from '../port/os-error.ts';

/**
 * `write`: it can be tried again. `strange`: what an earlier consumer left makes no sense, or is gone. `lost`: the
 * stream can never be read again.
 */
export type RecordingTrouble =
  | { readonly kind: 'write'; readonly error: OsError }
  | { readonly kind: 'strange'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

export type Recorded<T = void> = Result<T, RecordingTrouble>;

export function strange(reason: string): Recorded<never> {
  return fail({ kind: 'strange', reason });
}

/** What the operating system answered, as the outcome of recording. */
export function written<T>(outcome: OsResult<T>): Recorded<T> {
  return outcome.ok ? outcome : fail({ kind: 'write', error: outcome.error });
}
