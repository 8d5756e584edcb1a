/** Files through synchronous `node:fs` calls: the port returns results at once. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { ok } from '../base/result.ts';
import type { FileInfo, FileKind, FileStanding, Files, OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { errnoName, failure, failureFromThrown, thrownErrno } from './errors.ts';
import { changeMode, isId } from './inode.ts';
import { errno, flock } from './libc.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } =
  fs.constants;
const MODE_BITS = 0o7777;
/** LOCK_EX | LOCK_NB of flock(2). */
const LOCK_EXCLUSIVE_NOW = 6;
/** Mode of a file that `open` creates if the caller names no mode. */
const FILE_MODE_DEFAULT = 0o600;
/** How often `append` may lose the race between "does not exist" and "exists already". */
const OPEN_ATTEMPTS_MAX = 8;

export function createFiles(): Files {
  return {
    open,
    makeDirectory,
    list: (path) => attempt('files.list', path, () => fs.readdirSync(path).sort()),
    info: (path) => attempt('files.info', path, () => describe(fs.lstatSync(path))),
    rename: (from, to) => attempt('files.rename', from, () => fs.renameSync(from, to)),
    remove: (path) =>
      attempt('files.remove', path, () => {
        if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path);
        else fs.unlinkSync(path);
      }),
    setMode: (path, mode) => attempt('files.setMode', path, () => changeMode(path, mode)),
    setOwner: (path, uid, gid) =>
      isId(uid) && isId(gid)
        ? attempt('files.setOwner', path, () => fs.lchownSync(path, uid, gid))
        : failure('EINVAL', 'files.setOwner', path),
    syncDirectory: (path) =>
      attempt('files.syncDirectory', path, () => {
        const fd = fs.openSync(path, O_RDONLY | O_DIRECTORY);
        try {
          fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      }),
  };
}

/** Runs `action`; a system error becomes a failed result. */
function attempt<T>(call: string, subject: string, action: () => T): OsResult<T> {
  try {
    return ok(action());
  } catch (thrown) {
    return failureFromThrown(thrown, call, subject);
  }
}

function open(
  path: string,
  how: 'read' | 'append' | 'create',
  mode: number = FILE_MODE_DEFAULT,
): OsResult<OpenFile> {
  try {
    if (how === 'create') return ok(wrap(path, createExclusively(path, mode)));
    // Non-blocking, so that a pipe in the place of a file cannot block this process.
    if (how === 'read')
      return ok(wrap(path, fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)));
    return ok(wrap(path, openForAppend(path, mode)));
  } catch (thrown) {
    return failureFromThrown(thrown, 'files.open', path);
  }
}

function createExclusively(path: string, mode: number): number {
  const fd = fs.openSync(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, mode & 0o700);
  try {
    fs.fchmodSync(fd, mode);
    return fd;
  } catch (thrown) {
    fs.closeSync(fd);
    throw thrown;
  }
}

/** Opens the existing file or creates it; only a created file gets `mode`. */
function openForAppend(path: string, mode: number): number {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return fs.openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    } catch (thrown) {
      if (thrownErrno(thrown) !== 'ENOENT') throw thrown;
    }
    try {
      return createExclusively(path, mode);
    } catch (thrown) {
      if (thrownErrno(thrown) !== 'EEXIST' || attempts === OPEN_ATTEMPTS_MAX) throw thrown;
    }
  }
}

function wrap(path: string, fd: number): OpenFile {
  let closed = false;
  const use = <T>(call: string, action: () => T): OsResult<T> =>
    closed ? failure('EBADF', call, path) : attempt(call, path, action);
  return {
    append: (parts) =>
      use('files.append', () => (parts.length === 0 ? 0 : fs.writevSync(fd, [...parts]))),
    read: (into, position) =>
      use('files.read', () => fs.readSync(fd, into, 0, into.length, position)),
    byteLength: () => use('files.byteLength', () => fs.fstatSync(fd).size),
    standing: (at) => use('files.standing', () => standingOf(fd, at)),
    truncate: (byteLength) => use('files.truncate', () => fs.ftruncateSync(fd, byteLength)),
    sync: () => use('files.sync', () => fs.fsyncSync(fd)),
    lock: () => {
      if (closed) return failure('EBADF', 'files.lock', path);
      if (flock()(fd, LOCK_EXCLUSIVE_NOW) !== 0) {
        return failure(errnoName(errno()), 'files.lock', path);
      }
      const isThere = attempt('files.lock', path, () =>
        isSame(fs.fstatSync(fd), fs.lstatSync(path)),
      );
      if (!isThere.ok) return isThere;
      return isThere.value ? ok(undefined) : failure('ENOENT', 'files.lock', path);
    },
    close: () => {
      if (closed) return;
      closed = true;
      fs.closeSync(fd);
    },
  };
}

function standingOf(fd: number, path: string | undefined): FileStanding {
  const opened = fs.fstatSync(fd);
  return {
    byteLength: opened.size,
    isNamed: path === undefined || leadsTo(path, opened),
    isRemoved: opened.nlink === 0,
  };
}

function leadsTo(path: string, opened: fs.Stats): boolean {
  try {
    return isSame(opened, fs.lstatSync(path));
  } catch (thrown) {
    const name = thrownErrno(thrown);
    if (name === 'ENOENT' || name === 'ENOTDIR') return false;
    throw thrown;
  }
}

function isSame(one: fs.Stats, other: fs.Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

function makeDirectory(path: string, mode: number): OsResult<void> {
  const missing: string[] = [];
  try {
    for (let at = path; !isDirectory(at); at = dirname(at)) missing.push(at);
    for (const directory of missing.reverse()) makeOne(directory, mode);
    return ok(undefined);
  } catch (thrown) {
    return failureFromThrown(thrown, 'files.makeDirectory', path);
  }
}

/** False if the path does not exist. If it is not a directory, creating the directory fails later. */
function isDirectory(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory() || path === '/';
  } catch (thrown) {
    if (thrownErrno(thrown) !== 'ENOENT') throw thrown;
    return false;
  }
}

function makeOne(path: string, mode: number): void {
  try {
    fs.mkdirSync(path, mode);
  } catch (thrown) {
    // Another process created it after the check: it then keeps that process's mode.
    if (thrownErrno(thrown) === 'EEXIST' && isDirectory(path)) return;
    throw thrown;
  }
  changeMode(path, mode);
}

function describe(stats: fs.Stats): FileInfo {
  return {
    kind: kindOf(stats),
    uid: stats.uid,
    gid: stats.gid,
    mode: stats.mode & MODE_BITS,
    byteLength: stats.size,
  };
}

function kindOf(stats: fs.Stats): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSymbolicLink()) return 'link';
  return 'other';
}
