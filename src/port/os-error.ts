/** Errors of the operating system, as the port reports them. */
import type { Result } from '../base/result.ts';

/**
 * The errno names that components act on, and the errors of host names; any other becomes `EIO`, with the original name
 * in `detail`.
 */
export type OsErrorCode =
  | 'EACCES'
  | 'EPERM'
  | 'ENOENT'
  | 'EEXIST'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'ENOTEMPTY'
  | 'ELOOP'
  | 'EINVAL'
  | 'ENAMETOOLONG'
  | 'ENOSPC'
  | 'EMFILE'
  | 'ENOMEM'
  | 'EAGAIN'
  | 'ENXIO'
  | 'EPIPE'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EHOSTUNREACH'
  | 'EMSGSIZE'
  | 'ENETUNREACH'
  | 'ETIMEDOUT'
  | 'ENOTFOUND'
  | 'EAI_AGAIN'
  | 'EIDRM'
  | 'ESRCH'
  | 'EBADF'
  | 'ENOSYS'
  | 'EIO';

/** An error of the operating system: a value, never thrown. `call` names the primitive, e.g. `files.open`. */
export interface OsError {
  readonly code: OsErrorCode;
  readonly call: string;
  /** The object of the call: a path, a shared-memory id. */
  readonly subject: string;
  readonly detail?: string;
}

export type OsResult<T> = Result<T, OsError>;

/** `ENOENT from files.open on /a/b`. */
export function osErrorText(error: OsError): string {
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  return `${error.code} from ${error.call} on ${error.subject}${detail}`;
}
