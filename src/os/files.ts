/** Files through synchronous `node:fs` calls: the port returns results at once. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { firstBytes } from '../base/bytes.ts';
import { ok } from '../base/result.ts';
import type { FileInfo, FileKind, FileStanding, Files, OpenFile } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { errnoName, failure, failureFromThrown, thrownErrno } from './errors.ts';
import { HeldDirectories } from './held-directories.ts';
import { changeMode, isId } from './inode.ts';
import { errno, flock } from './libc.ts';
import { writeParts } from './write.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } =
  fs.constants;
const MODE_BITS = 0o7777;
/** LOCK_EX | LOCK_NB of flock(2). */
const LOCK_EXCLUSIVE_NOW = 6;
/** Mode of a file that `open` creates if the caller names no mode. */
const FILE_MODE_DEFAULT = 0o600;
/**
 * Most bytes of one write. For more the kernel takes larger pieces of memory, which on a virtual machine are often new
 * to it: then its copy takes up to six times as long.
 */
const APPEND_BYTES_MAX = 65_536;
/** How often `append` may lose the race between "does not exist" and "exists already". */
const OPEN_ATTEMPTS_MAX = 8;

export function createFiles(): Files {
  return new PathCalls().files;
}

class PathCalls {
  readonly #held = new HeldDirectories();

  readonly files: Files = {
    open: (path, how, mode = FILE_MODE_DEFAULT) =>
      this.#at('files.open', path, (at) => this.#wrap(path, openAt(at, how, mode))),
    makeDirectory: (path, mode) =>
      attempt('files.makeDirectory', path, () => this.#makeDirectory(path, mode)),
    holdDirectory: (path, mode) => this.#held.hold(path, mode),
    list: (path) => this.#inside('files.list', path, (at) => fs.readdirSync(at).sort()),
    info: (path) => this.#at('files.info', path, (at) => describe(fs.lstatSync(at))),
    rename: (from, to) =>
      attempt('files.rename', from, () =>
        this.#held.entry(from, (source) =>
          this.#held.entry(to, (target) => fs.renameSync(source, target)),
        ),
      ),
    remove: (path) =>
      attempt('files.remove', path, () =>
        this.#held.entry(path, (at) => {
          if (fs.lstatSync(at).isDirectory()) fs.rmdirSync(at);
          else fs.unlinkSync(at);
        }),
      ),
    setMode: (path, mode) => this.#at('files.setMode', path, (at) => changeMode(at, mode)),
    setOwner: (path, uid, gid) =>
      isId(uid) && isId(gid)
        ? this.#at('files.setOwner', path, (at) => fs.lchownSync(at, uid, gid))
        : failure('EINVAL', 'files.setOwner', path),
    syncDirectory: (path) =>
      this.#inside('files.syncDirectory', path, (at) => {
        const fd = fs.openSync(at, O_RDONLY | O_DIRECTORY);
        try {
          fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      }),
  };

  #at<T>(call: string, path: string, act: (at: string) => T): OsResult<T> {
    return attempt(call, path, () => this.#held.at(path, act));
  }

  #inside<T>(call: string, path: string, act: (at: string) => T): OsResult<T> {
    return attempt(call, path, () => this.#held.inside(path, act));
  }

  #makeDirectory(path: string, mode: number): void {
    this.#held.restore(path);
    const missing: string[] = [];
    for (let at = path; !this.#isDirectory(at); at = dirname(at)) missing.push(at);
    for (const directory of missing.reverse()) this.#makeOne(directory, mode);
  }

  /** False if the path does not exist. If it is not a directory, creating the directory fails later. */
  #isDirectory(path: string): boolean {
    try {
      const isHeld = this.#held.isHeld(path);
      const stats = this.#held.at(path, (at) => (isHeld ? fs.lstatSync(at) : fs.statSync(at)));
      return stats.isDirectory() || path === '/';
    } catch (thrown) {
      if (thrownErrno(thrown) !== 'ENOENT') throw thrown;
      return false;
    }
  }

  #makeOne(path: string, mode: number): void {
    try {
      this.#held.at(path, (at) => fs.mkdirSync(at, mode));
    } catch (thrown) {
      // Another process created it after the check: it then keeps that process's mode.
      if (thrownErrno(thrown) === 'EEXIST' && this.#isDirectory(path)) return;
      throw thrown;
    }
    this.#held.at(path, (at) => changeMode(at, mode));
  }

  #wrap(path: string, fd: number): OpenFile {
    return wrap(path, fd, () => this.#held.at(path, (at) => fs.lstatSync(at)));
  }
}

/** Runs `action`; a system error becomes a failed result. */
function attempt<T>(call: string, subject: string, action: () => T): OsResult<T> {
  try {
    return ok(action());
  } catch (thrown) {
    return failureFromThrown(thrown, call, subject);
  }
}

function openAt(path: string, how: 'read' | 'append' | 'create', mode: number): number {
  if (how === 'create') return createExclusively(path, mode);
  // Non-blocking, so that a pipe in the place of a file cannot block this process.
  return how === 'read'
    ? fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    : openForAppend(path, mode);
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

/** `there` returns what is at the path now. */
function wrap(path: string, fd: number, there: () => fs.Stats): OpenFile {
  let closed = false;
  const use = <T>(call: string, action: () => T): OsResult<T> =>
    closed ? failure('EBADF', call, path) : attempt(call, path, action);
  return {
    append: (parts) =>
      use('files.append', () => writeParts(fd, firstBytes(parts, APPEND_BYTES_MAX))),
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
      const isThere = attempt('files.lock', path, () => isSame(fs.fstatSync(fd), there()));
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
