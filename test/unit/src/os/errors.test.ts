/** From errno to the port's codes: each code of the port stays, any other becomes EIO with its name. */
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { errnoName, failureFromThrown, osError, thrownErrno } from '../../../../src/os/errors.ts';
import type { OsErrorCode } from '../../../../src/port/os-error.ts';

/** A record, so that the compiler checks that it is complete. */
const CODES: Readonly<Record<OsErrorCode, true>> = {
  EACCES: true,
  EPERM: true,
  ENOENT: true,
  EEXIST: true,
  ENOTDIR: true,
  EISDIR: true,
  ENOTEMPTY: true,
  ELOOP: true,
  EINVAL: true,
  ENAMETOOLONG: true,
  ENOSPC: true,
  EMFILE: true,
  ENOMEM: true,
  EAGAIN: true,
  ENXIO: true,
  EPIPE: true,
  ECONNREFUSED: true,
  ECONNRESET: true,
  EADDRINUSE: true,
  EADDRNOTAVAIL: true,
  EHOSTUNREACH: true,
  EMSGSIZE: true,
  ENETUNREACH: true,
  ETIMEDOUT: true,
  ENOTFOUND: true,
  EAI_AGAIN: true,
  EIDRM: true,
  ESRCH: true,
  EBADF: true,
  ENOSYS: true,
  EIO: true,
};

test("the port's codes keep their names, by number and by name", () => {
  for (const code of Object.keys(CODES)) {
    expect(osError(code, 'call', 'subject')).toEqual({ code, call: 'call', subject: 'subject' });
    // Errors of host names have no number.
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') continue;
    const number = (constants.errno as Readonly<Record<string, number>>)[code];
    expect(number === undefined ? undefined : errnoName(number)).toBe(code);
  }
});

test.each([
  ['ENFILE', 'EMFILE'],
  ['EDQUOT', 'ENOSPC'],
  ['ENOBUFS', 'ENOMEM'],
  ['EROFS', 'EIO'],
  ['errno 4242', 'EIO'],
])('%s arrives as %s and stays readable', (name, code) => {
  expect(osError(name, 'call', 'subject')).toMatchObject({ code, detail: name });
});

test('an errno without a name keeps its number', () => {
  expect(errnoName(4242)).toBe('errno 4242');
});

test('only system errors, and arguments that Node refuses, become results', () => {
  expect(thrownErrno(new Error('plain'))).toBeUndefined();
  expect(thrownErrno('text')).toBeUndefined();
  const refused = Object.assign(new TypeError('null bytes'), { code: 'ERR_INVALID_ARG_VALUE' });
  expect(failureFromThrown(refused, 'call', 'subject').error.code).toBe('EINVAL');
  expect(() => failureFromThrown(new Error('a defect'), 'call', 'subject')).toThrow('a defect');
});
