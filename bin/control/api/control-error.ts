/** The errors that the control library throws. */
import type { ClientErrorCode } from '../../../actors/client/plans/plan.ts';

/** `docs/control.md` lists them. */
export type ControlErrorCode =
  | ClientErrorCode
  | 'USAGE'
  | 'NO_DIRECTORY'
  | 'BAD_CONFIG'
  | 'NO_SAVED'
  | 'BAD_SAVED'
  | 'FILE_EXISTS'
  | 'CLOSED';

/** Why there is no session for a call. */
export type SessionLack =
  /** There is no registry, so there is no session either. */
  | { readonly kind: 'no-registry' }
  /** `.lttng/config` of the working directory, or the file of the current session, is refused. */
  | { readonly kind: 'bad-config' }
  /** The session of `.lttng/config` does not exist any more. */
  | { readonly kind: 'current-gone' }
  /** The current session of the user does not exist any more. */
  | { readonly kind: 'chosen-gone'; readonly name: string }
  /** No session is named, and the user has none. */
  | { readonly kind: 'no-session' }
  /** No session is named, and the user has several. */
  | { readonly kind: 'several-sessions'; readonly names: readonly string[] };

interface Details {
  readonly lack?: SessionLack | undefined;
  readonly errno?: string;
  readonly isSessionLeft?: boolean;
  readonly cause?: unknown;
}

/** What could not be done: one sentence without its full stop, and its code. */
export class ControlError extends Error {
  readonly code: ControlErrorCode;
  /** Why there is no session, if that is the reason. */
  readonly lack: SessionLack | undefined;
  /** What the operating system refused, such as `ENOENT`, if that is the reason. */
  readonly errno: string | undefined;
  /** The session that `record` had created is still there, or may be. */
  readonly isSessionLeft: boolean;

  constructor(code: ControlErrorCode, reason: string, details: Details = {}) {
    super(reason, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'ControlError';
    this.code = code;
    this.lack = details.lack;
    this.errno = details.errno;
    this.isSessionLeft = details.isSessionLeft ?? false;
  }
}
