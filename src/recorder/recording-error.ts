/** What keeps a consumer from writing. */
import { fail, type Result } from '../base/result.ts';
import type { OsError, OsResult } from '../port/os-error.ts';

/**
 * `write`: it can be tried again; `isHeld` when another consumer has the output, and lets go of it when it has heard of
 * this one. `strange`: what an earlier consumer left makes no sense, or is gone. `lost`: the stream can never be read
 * again.
 */
export type RecordingError =
  | { readonly kind: 'write'; readonly error: OsError; readonly isHeld: boolean }
  | { readonly kind: 'strange'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

export type Recorded<T = void> = Result<T, RecordingError>;

export function strange(reason: string): Recorded<never> {
  return fail({ kind: 'strange', reason });
}

export function lost(reason: string): Recorded<never> {
  return fail({ kind: 'lost', reason });
}

/** What the operating system answered, as the outcome of recording. */
export function written<T>(outcome: OsResult<T>): Recorded<T> {
  return outcome.ok ? outcome : fail({ kind: 'write', error: outcome.error, isHeld: false });
}

/** The output is another consumer's for now. */
export function held(error: OsError): Recorded<never> {
  return fail({ kind: 'write', error, isHeld: true });
}

/** For the log. */
export function errorFields({ code, call, subject }: OsError): Record<string, string> {
  return { code, call, subject };
}
