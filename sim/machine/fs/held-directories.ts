/** The directories that a simulated process holds open, and walks that start in them. */
import { parentOf } from '../../../src/base/path.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type { HeldDirectory } from '../../../src/port/files.ts';
import { isTrustedLink } from '../../../src/port/replaceable.ts';
import type { Found } from '../core/subject.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import {
  componentsOf,
  type DirectoryInode,
  type Inode,
  LINKS_MAX,
  type Place,
  permits,
  SEARCH,
  type Tree,
  WRITE,
} from './tree.ts';

interface Entry {
  readonly inode: Inode;
  readonly isNew: boolean;
}

interface Opened {
  readonly directory: DirectoryInode;
  readonly isNew: boolean;
}

class Held implements Resource {
  readonly descriptors = 1;
  readonly path: string;
  readonly mode: number | undefined;
  directory: DirectoryInode;
  users = 0;

  constructor(path: string, mode: number | undefined, directory: DirectoryInode) {
    this.path = path;
    this.mode = mode;
    this.directory = directory;
  }

  releaseAtEnd(): void {
    this.users = 0;
  }
}

export class HeldDirectories {
  readonly #tree: Tree;
  readonly #process: SimProcess;
  readonly #held = new Map<string, Held>();

  constructor(tree: Tree, process: SimProcess) {
    this.#tree = tree;
    this.#process = process;
  }

  hold(path: string, mode: number | undefined): Found<HeldDirectory> {
    const key = path.replace(/(.)\/+$/, '$1');
    const known = this.#held.get(key);
    if (known !== undefined) return ok(this.#use(known, false));
    if (!this.#process.hasRoomFor(1)) return fail('EMFILE');
    const opened = this.#open(key, mode);
    if (!opened.ok) return opened;
    const held = new Held(key, mode, opened.value.directory);
    this.#held.set(key, held);
    this.#process.hold(held);
    return ok(this.#use(held, opened.value.isNew));
  }

  #use(held: Held, isNew: boolean): HeldDirectory {
    held.users += 1;
    let isOpen = true;
    const close = (): void => {
      this.#process.enter('files.close', held.path);
      if (isOpen) this.#release(held);
      isOpen = false;
    };
    return { isNew, close };
  }

  /** As {@link Tree.walk}, but from the held directory that `path` is in. */
  walk(path: string, follow = false): Found<Place> {
    const held = this.find(path);
    if (held === undefined) return this.#tree.walk(this.#process, path, follow);
    return this.#walkFrom(held, path, follow);
  }

  /** The same for a path whose entry is to change: that of a held directory is in its parent. */
  walkToEntry(path: string): Found<Place> {
    const held = this.find(parentOf(path));
    return held === undefined ? this.#tree.walk(this.#process, path) : this.#walkFrom(held, path);
  }

  find(path: string): Held | undefined {
    let found: Held | undefined;
    for (const held of this.#held.values()) {
      const isIn = path === held.path || path.startsWith(`${held.path}/`);
      if (isIn && held.path.length > (found?.path.length ?? 0)) found = held;
    }
    return found;
  }

  /** Opens the held directory that `path` is in again, if it was removed. */
  restore(path: string): Found<void> {
    const held = this.find(path);
    if (held === undefined || this.#isLinked(held.directory)) return ok(undefined);
    const opened = this.#open(held.path, held.mode);
    if (!opened.ok) return opened;
    held.directory = opened.value.directory;
    return ok(undefined);
  }

  #walkFrom({ directory, path: from }: Held, path: string, isDirectory = false): Found<Place> {
    const names = componentsOf(path.slice(from.length));
    return this.#tree.walkWithin(this.#process, directory, names, isDirectory);
  }

  #isLinked(directory: DirectoryInode): boolean {
    if (directory === this.#tree.root) return true;
    return [...(directory.parent?.entries.values() ?? [])].includes(directory);
  }

  #release(held: Held): void {
    held.users -= 1;
    if (held.users > 0) return;
    this.#held.delete(held.path);
    this.#process.drop(held);
  }

  /** Opens the directory, and creates it if there is a `mode`. ELOOP: a link on the way is not to be trusted. */
  #open(path: string, mode: number | undefined): Found<Opened> {
    let isNew = false;
    let at = this.#tree.root;
    let links = 0;
    for (let names = componentsOf(path); names.length > 0; ) {
      const [name = '', ...rest] = names;
      const stepped = this.#entry(at, name, mode);
      if (!stepped.ok) return stepped;
      const { inode } = stepped.value;
      isNew = stepped.value.isNew;
      if (inode.kind === 'link') {
        if (++links > LINKS_MAX || !isTrustedLink(at, inode.uid, this.#process))
          return fail('ELOOP');
        if (inode.target.startsWith('/')) at = this.#tree.root;
        names = [...componentsOf(inode.target), ...rest];
        continue;
      }
      if (inode.kind !== 'directory') {
        return fail(rest.length === 0 && mode !== undefined ? 'EEXIST' : 'ENOTDIR');
      }
      at = inode;
      names = rest;
    }
    return ok({ directory: at, isNew });
  }

  #entry(at: DirectoryInode, name: string, mode: number | undefined): Found<Entry> {
    const stepped = this.#tree.step(this.#process, at, name);
    if (!stepped.ok) return stepped;
    const { inode } = stepped.value;
    if (inode !== undefined) return ok({ inode, isNew: false });
    if (mode === undefined) return fail('ENOENT');
    if (!permits(at, this.#process, WRITE | SEARCH)) return fail('EACCES');
    return ok({ inode: this.#tree.addDirectory(at, name, this.#process, mode), isNew: true });
  }
}
