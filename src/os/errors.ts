/**
 * Converts errno to the port's `OsError`. Every file in this folder reports errors through this file, so that one
 * table decides which errno names components can act on.
 */
import { constants } from 'node:os';
import { type Failure, fail } from '../base/result.ts';
import type { OsError, OsErrorCode } from '../port/os-error.ts';

const KNOWN_CODES: ReadonlySet<string> = new Set<OsErrorCode>([
  'EACCES',
  'EPERM',
  'ENOENT',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ENOTEMPTY',
  'ELOOP',
  'EINVAL',
  'ENAMETOOLONG',
  'ENOSPC',
  'EMFILE',
  'ENOMEM',
  'EAGAIN',
  'ENXIO',
  'EPIPE',
  'ECONNREFUSED',
  'ECONNRESET',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EHOSTUNREACH',
  'EMSGSIZE',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EIDRM',
  'ESRCH',
  'EBADF',
  'ENOSYS',
  'EIO',
]);

/** Names that components treat like a name of the port's list. */
const SYNONYMS: Readonly<Record<string, OsErrorCode>> = {
  ENFILE: 'EMFILE',
  EDQUOT: 'ENOSPC',
  ENOBUFS: 'ENOMEM',
};

const namesByNumber = new Map<number, string>();

/** The name of an errno value (`13` → `EACCES`), or `errno N` if this platform has no name for it. */
export function errnoName(errno: number): string {
  if (namesByNumber.size === 0) {
    for (const [name, value] of Object.entries(constants.errno)) {
      // EWOULDBLOCK and EAGAIN share a number on Linux, as do EOPNOTSUPP and ENOTSUP: the first name stays.
      if (!namesByNumber.has(value)) namesByNumber.set(value, name);
    }
  }
  return namesByNumber.get(errno) ?? `errno ${errno}`;
}

/** Builds an `OsError`; a name outside the port's list becomes `EIO`, with the name in `detail`. */
export function osError(name: string, call: string, subject: string, detail?: string): OsError {
  if (KNOWN_CODES.has(name)) return withDetail(name as OsErrorCode, call, subject, detail);
  const code = SYNONYMS[name] ?? 'EIO';
  return withDetail(code, call, subject, detail === undefined ? name : `${name}: ${detail}`);
}

/** Like {@link osError}, as a failed result. */
export function failure(
  name: string,
  call: string,
  subject: string,
  detail?: string,
): Failure<OsError> {
  return fail(osError(name, call, subject, detail));
}

/** Codes of Node's own argument checks: a zero byte in a path, a number that no kernel accepts. */
const REFUSED_BY_NODE: ReadonlySet<unknown> = new Set([
  'ERR_INVALID_ARG_VALUE',
  'ERR_OUT_OF_RANGE',
]);

/** The errno name of an exception from Node, or undefined if it is not a system error. */
export function thrownErrno(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  if (REFUSED_BY_NODE.has(thrown.code)) return 'EINVAL';
  return typeof thrown.code === 'string' && 'syscall' in thrown ? thrown.code : undefined;
}

/** Converts a system error from a `node:` call to a failed result; rethrows any other exception, which is a bug. */
export function failureFromThrown(
  thrown: unknown,
  call: string,
  subject: string,
): Failure<OsError> {
  const name = thrownErrno(thrown);
  if (name === undefined) throw thrown;
  return failure(name, call, subject);
}

function withDetail(code: OsErrorCode, call: string, subject: string, detail?: string): OsError {
  return detail === undefined ? { code, call, subject } : { code, call, subject, detail };
}
