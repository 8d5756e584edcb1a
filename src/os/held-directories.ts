/**
 * Directories that this process holds open, so that other users cannot redirect what it does in them. Node has no
 * openat(2): `/proc/self/fd/N/NAME` is the entry NAME of the directory that descriptor N has open.
 */
import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { ok } from '../base/result.ts';
import type { HeldDirectory } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';
import { isTrustedLink } from '../port/replaceable.ts';
import { failureFromThrown, thrownErrno } from './errors.ts';

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const O_PATH = 0o10000000;
const AS_DIRECTORY = O_PATH | O_NOFOLLOW | O_DIRECTORY;
/** Links that are followed on the way to a directory, as in Linux. */
const LINKS_MAX = 40;

interface Held {
  readonly path: string;
  readonly mode: number | undefined;
  fd: number;
  users: number;
}

interface Opened {
  readonly fd: number;
  readonly isNew: boolean;
}

export class HeldDirectories {
  readonly #held = new Map<string, Held>();

  hold(path: string, mode: number | undefined): OsResult<HeldDirectory> {
    const key = path.replace(/(.)\/+$/, '$1');
    const known = this.#held.get(key);
    if (known !== undefined) return ok(this.#use(known, false));
    try {
      const { fd, isNew } = openDirectory(key, mode);
      const held = { path: key, mode, fd, users: 0 };
      this.#held.set(key, held);
      return ok(this.#use(held, isNew));
    } catch (thrown) {
      return failureFromThrown(thrown, 'files.holdDirectory', path);
    }
  }

  isHeld(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** Calls `act` with a path of the entry at `path`, in which no name but the last can be a link. */
  at<T>(path: string, act: (path: string) => T): T {
    const held = this.#find(path);
    if (held === undefined) return act(path);
    const names = componentsOf(path.slice(held.path.length));
    const name = names.pop();
    return walk(held.fd, names, (fd) =>
      act(name === undefined ? `${pathOf(fd)}/.` : `${pathOf(fd)}/${name}`),
    );
  }

  /** The same for a path whose entry is to change: that of a held directory is in its parent. */
  entry<T>(path: string, act: (path: string) => T): T {
    const [parent, name] = [dirname(path), basename(path)];
    if (!this.isHeld(parent)) return act(path);
    if (name === '..') throw systemError('EINVAL');
    return this.inside(parent, (directory) => act(`${directory}/${name}`));
  }

  /** The same for the directory at `path`, which is not a link. */
  inside<T>(path: string, act: (path: string) => T): T {
    const held = this.#find(path);
    if (held === undefined) return act(path);
    return walk(held.fd, componentsOf(path.slice(held.path.length)), (fd) => act(pathOf(fd)));
  }

  /** Opens the held directory that `path` is in again, if it was removed. */
  restore(path: string): void {
    const held = this.#find(path);
    if (held === undefined || fs.fstatSync(held.fd).nlink > 0) return;
    const { fd } = openDirectory(held.path, held.mode);
    fs.closeSync(held.fd);
    held.fd = fd;
  }

  #use(held: Held, isNew: boolean): HeldDirectory {
    held.users += 1;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.#release(held);
      isOpen = false;
    };
    return { isNew, close };
  }

  #release(held: Held): void {
    held.users -= 1;
    if (held.users > 0) return;
    this.#held.delete(held.path);
    fs.closeSync(held.fd);
  }

  #find(path: string): Held | undefined {
    let found: Held | undefined;
    for (const held of this.#held.values()) {
      const isIn = path === held.path || path.startsWith(`${held.path}/`);
      if (isIn && held.path.length > (found?.path.length ?? 0)) found = held;
    }
    return found;
  }
}

/** Calls `act` with a descriptor of the directory that the names lead to. ENOTDIR: one of them is a link. */
function walk<T>(from: number, names: readonly string[], act: (fd: number) => T): T {
  const [name, ...rest] = names;
  if (name === undefined) return act(from);
  const fd = fs.openSync(`${pathOf(from)}/${name}`, AS_DIRECTORY);
  try {
    return walk(fd, rest, act);
  } finally {
    fs.closeSync(fd);
  }
}

/** Opens the directory, and creates it if there is a `mode`. ELOOP: a link on the way is not to be trusted. */
function openDirectory(path: string, mode: number | undefined): Opened {
  let isNew = false;
  let at = fs.openSync('/', AS_DIRECTORY);
  let links = 0;
  try {
    for (let names = componentsOf(path, true); names.length > 0; ) {
      const [name = '', ...rest] = names;
      const { fd: entry, isNew: isNewEntry } = openEntry(at, name, mode);
      isNew = isNewEntry;
      const stats = fs.fstatSync(entry);
      if (!stats.isSymbolicLink()) {
        fs.closeSync(at);
        at = entry;
        names = rest;
        if (stats.isDirectory()) continue;
        throw systemError(rest.length === 0 && mode !== undefined ? 'EEXIST' : 'ENOTDIR');
      }
      fs.closeSync(entry);
      links += 1;
      if (links > LINKS_MAX || !isTrustedLink(fs.fstatSync(at), stats.uid, user())) {
        throw systemError('ELOOP');
      }
      const target = fs.readlinkSync(`${pathOf(at)}/${name}`);
      names = [...componentsOf(target, true), ...rest];
      if (!target.startsWith('/')) continue;
      fs.closeSync(at);
      at = fs.openSync('/', AS_DIRECTORY);
    }
    return { fd: at, isNew };
  } catch (thrown) {
    fs.closeSync(at);
    throw thrown;
  }
}

function openEntry(at: number, name: string, mode: number | undefined): Opened {
  const path = `${pathOf(at)}/${name}`;
  try {
    return { fd: fs.openSync(path, O_PATH | O_NOFOLLOW), isNew: false };
  } catch (thrown) {
    if (mode === undefined || thrownErrno(thrown) !== 'ENOENT') throw thrown;
  }
  let isNew = true;
  try {
    fs.mkdirSync(path, mode);
  } catch (thrown) {
    if (thrownErrno(thrown) !== 'EEXIST') throw thrown;
    isNew = false;
  }
  const fd = fs.openSync(path, O_PATH | O_NOFOLLOW);
  if (isNew && fs.fstatSync(fd).isDirectory()) fs.chmodSync(pathOf(fd), mode);
  return { fd, isNew };
}

function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function user(): { uid: number; gid: number } {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

function componentsOf(path: string, mayGoUp = false): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!mayGoUp && names.includes('..')) throw systemError('EINVAL');
  return names;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'openat' });
}
