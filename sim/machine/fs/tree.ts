/**
 * The simulated file system tree: inodes, path walking, permission checks, and the state after a crash of the
 * machine. Modelled on path_resolution(7). Owners and modes are durable at once; contents and directory entries
 * only after a sync.
 */

import { fail, ok } from '../../../src/base/result.ts';
import { utf8ByteLength } from '../../../src/base/utf8.ts';
import type { FileKind } from '../../../src/port/files.ts';
import type { Found, Subject } from '../core/subject.ts';
import { Content } from './content.ts';

/** Limits of Linux: bytes in a path with its final zero, in a name, and links followed in one walk. */
const PATH_BYTES_MAX = 4095;
const NAME_BYTES_MAX = 255;
export const LINKS_MAX = 40;

const STICKY = 0o1000;
const SET_GROUP_ID = 0o2000;
export const READ = 4;
export const WRITE = 2;
export const SEARCH = 1;
/** The same bit, for inodes other than directories. */
export const EXECUTE = 1;

interface InodeBase {
  readonly id: number;
  uid: number;
  gid: number;
  mode: number;
}

export interface FileInode extends InodeBase {
  readonly kind: 'file';
  readonly content: Content;
}

export interface DirectoryInode extends InodeBase {
  readonly kind: 'directory';
  entries: Map<string, Inode>;
  /** The entries as of the last sync. */
  durable: Map<string, Inode>;
  parent: DirectoryInode | undefined;
}

export interface LinkInode extends InodeBase {
  readonly kind: 'link';
  readonly target: string;
}

/** The object behind a socket or a pipe. The family of calls that created it knows its class. */
export type Endpoint = object;

export interface SocketInode extends InodeBase {
  readonly kind: 'socket';
  /** Undefined once no process listens: a stale socket file. */
  endpoint: Endpoint | undefined;
}

export interface PipeInode extends InodeBase {
  readonly kind: 'pipe';
  readonly endpoint: Endpoint;
}

export type Inode = FileInode | DirectoryInode | LinkInode | SocketInode | PipeInode;

/** The result of walking a path: `inode` is undefined when only the last component is missing. */
export interface Place {
  readonly parent: DirectoryInode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

/** Whether `subject` has all of `access` (READ, WRITE, SEARCH bits) on `inode`. Root has all rights. */
export function permits(inode: InodeBase, subject: Subject, access: number): boolean {
  if (subject.uid === 0) return true;
  const shift = inode.uid === subject.uid ? 6 : isInGroup(subject, inode.gid) ? 3 : 0;
  return ((inode.mode >>> shift) & access) === access;
}

export function isInGroup(subject: Subject, groupId: number): boolean {
  return subject.gid === groupId || subject.groupIds.includes(groupId);
}

/** Paths whose parsed routes the tree caches. */
export const ROUTES_MAX = 1000;

/** A parsed path. */
interface Route {
  readonly names: readonly string[];
  readonly mustBeDirectory: boolean;
}

export class Tree {
  readonly root: DirectoryInode;
  /** A cache of parsed paths: most paths are walked many times. */
  readonly #routes = new Map<string, Found<Route>>();
  #nextId = 1;

  constructor() {
    this.root = this.#directory(0, 0, 0o755);
  }

  nextId(): number {
    return this.#nextId++;
  }

  /** Creates a directory inode below `parent`, not yet durable. */
  addDirectory(parent: DirectoryInode, name: string, owner: Subject, mode: number): DirectoryInode {
    const directory = this.#directory(owner.uid, groupForNew(parent, owner), mode);
    directory.parent = parent;
    parent.entries.set(name, directory);
    return directory;
  }

  addFile(parent: DirectoryInode, name: string, owner: Subject, mode: number): FileInode {
    const { uid } = owner;
    const gid = groupForNew(parent, owner);
    const [id, content] = [this.nextId(), new Content()];
    const file: FileInode = { kind: 'file', id, uid, gid, mode, content };
    parent.entries.set(name, file);
    return file;
  }

  /** Walks to `path`. Follows a link in the last component when `follow` is set. */
  walk(subject: Subject, path: string, follow = false): Found<Place> {
    const route = this.#routes.get(path) ?? routeOf(path);
    if (this.#routes.size < ROUTES_MAX) this.#routes.set(path, route);
    if (!route.ok) return route;
    const { mustBeDirectory } = route.value;
    let { names } = route.value;
    let place: Place = { parent: this.root, name: '', inode: this.root };
    let links = 0;
    for (let at = 0; at < names.length; ) {
      const stepped = this.step(subject, place.inode, names[at++] ?? '');
      if (!stepped.ok) return stepped;
      const inode = stepped.value.inode;
      if (inode?.kind === 'link' && (at < names.length || follow || mustBeDirectory)) {
        if (++links > LINKS_MAX) return fail('ELOOP');
        const isAbsolute = inode.target.startsWith('/');
        const base = isAbsolute ? this.root : stepped.value.parent;
        place = { parent: base, name: '', inode: base };
        names = [...componentsOf(inode.target), ...names.slice(at)];
        at = 0;
        continue;
      }
      place = stepped.value;
    }
    const isOther = place.inode !== undefined && place.inode.kind !== 'directory';
    return mustBeDirectory && isOther ? fail('ENOTDIR') : ok(place);
  }

  /** Walks from a directory that a process has open. Follows no link: ENOTDIR. */
  walkWithin(
    subject: Subject,
    start: DirectoryInode,
    names: readonly string[],
    isDirectory: boolean,
  ): Found<Place> {
    if (names.includes('..')) return fail('EINVAL');
    let place: Place = { parent: start, name: '', inode: start };
    for (const name of names) {
      const stepped = this.step(subject, place.inode, name);
      if (!stepped.ok) return stepped;
      place = stepped.value;
    }
    return isDirectory && place.inode?.kind === 'link' ? fail('ENOTDIR') : ok(place);
  }

  /** As {@link walk}, for a path that must exist. */
  find(subject: Subject, path: string, follow = false): Found<Inode> {
    const place = this.walk(subject, path, follow);
    if (!place.ok) return place;
    return place.value.inode === undefined ? fail('ENOENT') : ok(place.value.inode);
  }

  /** The place for a new entry at `path`: it must not exist, and its directory must be writable. */
  placeForNew(subject: Subject, path: string): Found<Place> {
    const place = this.walk(subject, path);
    if (!place.ok) return place;
    if (place.value.inode !== undefined) return fail('EEXIST');
    if (!permits(place.value.parent, subject, WRITE | SEARCH)) return fail('EACCES');
    return place;
  }

  /** Whether `subject` may remove the entry at `place` from its directory. */
  mayUnlink(subject: Subject, place: Place): Found<void> {
    const { parent, inode } = place;
    if (!permits(parent, subject, WRITE | SEARCH)) return fail('EACCES');
    const isSticky = (parent.mode & STICKY) !== 0;
    const isOwner = parent.uid === subject.uid || inode?.uid === subject.uid;
    return isSticky && !isOwner && subject.uid !== 0 ? fail('EPERM') : ok(undefined);
  }

  /** Every path below `top`, relative to it, with its inode, sorted by path. */
  list(top: DirectoryInode = this.root): [string, Inode][] {
    const found: [string, Inode][] = [];
    const visit = (directory: DirectoryInode, prefix: string): void => {
      for (const name of sortedNames(directory)) {
        const inode = directory.entries.get(name) as Inode;
        found.push([`${prefix}/${name}`, inode]);
        if (inode.kind === 'directory') visit(inode, `${prefix}/${name}`);
      }
    };
    visit(top, '');
    return found;
  }

  /** Whether a path leads to the inode. */
  has(inode: Inode): boolean {
    return this.list().some(([, other]) => other === inode);
  }

  /** Makes the current state of the whole tree durable. */
  syncAll(): void {
    this.root.durable = new Map(this.root.entries);
    for (const [, inode] of this.list()) {
      if (inode.kind === 'directory') inode.durable = new Map(inode.entries);
      if (inode.kind === 'file') inode.content.sync();
    }
  }

  /**
   * Returns directories and files to their last sync, as a power failure does. A file also keeps the first
   * `keep(unsynced)` of its `unsynced` bytes appended since.
   */
  crash(keep: (unsynced: number) => number): void {
    const seen = new Set<Inode>();
    const visit = (inode: Inode): void => {
      if (seen.has(inode)) return;
      seen.add(inode);
      if (inode.kind === 'file') {
        const unsynced = inode.content.byteLength - inode.content.durableByteLength;
        inode.content.crash(unsynced > 0 ? keep(unsynced) : 0);
      }
      if (inode.kind !== 'directory') return;
      inode.entries = new Map(inode.durable);
      for (const name of sortedNames(inode)) {
        const child = inode.entries.get(name) as Inode;
        if (child.kind === 'directory') child.parent = inode;
        visit(child);
      }
    };
    visit(this.root);
  }

  /** Bytes in all files that can be reached. */
  usedBytes(): number {
    let bytes = 0;
    for (const [, inode] of this.list())
      if (inode.kind === 'file') bytes += inode.content.byteLength;
    return bytes;
  }

  #directory(uid: number, gid: number, mode: number): DirectoryInode {
    const id = this.nextId();
    const [entries, durable] = [new Map<string, Inode>(), new Map<string, Inode>()];
    return { kind: 'directory', id, uid, gid, mode, entries, durable, parent: undefined };
  }

  /** One component of a walk. */
  step(subject: Subject, from: Inode | undefined, name: string): Found<Place> {
    if (from === undefined) return fail('ENOENT');
    if (from.kind !== 'directory') return fail('ENOTDIR');
    if (!permits(from, subject, SEARCH)) return fail('EACCES');
    if (isLonger(name, NAME_BYTES_MAX)) return fail('ENAMETOOLONG');
    if (name !== '..') return ok({ parent: from, name, inode: from.entries.get(name) });
    const up = from.parent ?? this.root;
    return ok({ parent: up, name: '..', inode: up });
  }
}

export function sortedNames(directory: DirectoryInode): string[] {
  return [...directory.entries.keys()].sort((one, other) =>
    one < other ? -1 : one > other ? 1 : 0,
  );
}

export function byteLengthOf(inode: Inode): number {
  return inode.kind === 'file' ? inode.content.byteLength : 0;
}

/** Group of a new inode below `parent`: that of a set-group-id directory, otherwise the creator's. */
export function groupForNew(parent: DirectoryInode, owner: Subject): number {
  return (parent.mode & SET_GROUP_ID) === 0 ? owner.gid : parent.gid;
}

/** The kinds of the port and of the tree have the same names. */
export function kindOf(inode: Inode): FileKind {
  return inode.kind;
}

function routeOf(path: string): Found<Route> {
  if (path === '') return fail('ENOENT');
  if (!path.startsWith('/') || path.includes('\0')) return fail('EINVAL');
  if (isLonger(path, PATH_BYTES_MAX)) return fail('ENAMETOOLONG');
  const mustBeDirectory = path.endsWith('/') || path.endsWith('/.');
  return ok({ names: componentsOf(path), mustBeDirectory });
}

/** Whether the text takes more than `bytes` bytes of UTF-8; a UTF-16 unit takes three at most. */
function isLonger(text: string, bytes: number): boolean {
  return 3 * text.length > bytes && utf8ByteLength(text) > bytes;
}

/** The names in a path, first to last. */
export function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** chown(2): only root may change the owner; an owner may choose among its own groups. */
export function mayGiveAway(
  subject: Subject,
  owner: { readonly uid: number; readonly gid: number },
  uid: number,
  gid: number,
): Found<void> {
  if (!isId(uid) || !isId(gid)) return fail('EINVAL');
  if (subject.uid === 0) return ok(undefined);
  if (owner.uid !== subject.uid || uid !== subject.uid) return fail('EPERM');
  return gid === owner.gid || isInGroup(subject, gid) ? ok(undefined) : fail('EPERM');
}

/** Whether `value` can be the id of a user or a group; 0xffffffff means "unchanged" to the kernel. */
export function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 0xffff_ffff;
}
