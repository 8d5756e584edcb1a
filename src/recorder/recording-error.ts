/** The errors that keep a consumer from writing. */
import { fail, type Result } from '../base/result.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';

/**
 * `write`: the consumer retries; `isHeld` when another consumer has the output, and releases it when it learns of this
 * one. `strange`: the output of an earlier consumer is invalid or gone. `lost`: the stream can never be read again.
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

/** Converts the outcome of a system call to the outcome of recording. */
export function written<T>(outcome: OsResult<T>): Recorded<T> {
  return outcome.ok ? outcome : fail({ kind: 'write', error: outcome.error, isHeld: false });
}

/** Another consumer has the output at the moment. */
export function held(error: OsError): Recorded<never> {
  return fail({ kind: 'write', error, isHeld: true });
}

/** Fields for the log. */
export function errorFields({ code, call, subject }: OsError): Record<string, string> {
  return { code, call, subject };
}

/** Fields for the log. */
export function streamFields(
  { streamId, channel, pid }: ConsumerStream,
  reason: string,
): Record<string, string | number> {
  return { 'stream-id': streamId, channel, pid, reason };
}
