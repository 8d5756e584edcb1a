/** Simulated files: the `Files` family of one process over the machine's tree. */

import { fail, ok } from '../../../src/base/result.ts';
import type { FileInfo, Files, HeldDirectory, OpenFile } from '../../../src/port/files.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Found } from '../core/subject.ts';
import type { SimProcess } from '../process/process.ts';
import type { Disk } from './disk.ts';
import { HeldDirectories } from './held-directories.ts';
import { SimOpenFile } from './open-file.ts';
import {
  byteLengthOf,
  type DirectoryInode,
  type Inode,
  kindOf,
  mayGiveAway,
  type Place,
  permits,
  READ,
  SEARCH,
  sortedNames,
  WRITE,
} from './tree.ts';

const MODE_BITS = 0o7777;
const DEFAULT_MODE = 0o600;

/** The files family as `process` sees it. */
export function filesOf(disk: Disk, scheduler: HostScheduler, process: SimProcess): Files {
  const calls = new FileCalls(disk, scheduler, process);
  const enter = <T>(call: string, path: string, act: () => Found<T>): OsResult<T> =>
    process.attempt(call, path, () => {
      disk.staleChecks.recordUse(process, call, path);
      const fault = disk.fault?.(call, path, process.pid);
      return fault === undefined ? act() : fail(fault);
    });
  return {
    open: (path, how, mode) => enter('files.open', path, () => calls.open(path, how, mode)),
    makeDirectory: (path, mode) =>
      enter('files.makeDirectory', path, () => calls.makeDirectory(path, mode)),
    holdDirectory: (path, mode) =>
      enter('files.holdDirectory', path, () => calls.holdDirectory(path, mode)),
    list: (path) => enter('files.list', path, () => calls.list(path)),
    info: (path) => enter('files.info', path, () => calls.info(path)),
    rename: (from, to) => enter('files.rename', from, () => calls.rename(from, to)),
    remove: (path) => enter('files.remove', path, () => calls.remove(path)),
    setMode: (path, mode) => enter('files.setMode', path, () => calls.setMode(path, mode)),
    setOwner: (path, uid, gid) =>
      enter('files.setOwner', path, () => calls.setOwner(path, uid, gid)),
    syncDirectory: (path) => enter('files.syncDirectory', path, () => calls.syncDirectory(path)),
  };
}

class FileCalls {
  readonly #disk: Disk;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  readonly #held: HeldDirectories;

  constructor(disk: Disk, scheduler: HostScheduler, process: SimProcess) {
    this.#held = new HeldDirectories(disk.tree, process);
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#process = process;
  }

  open(path: string, how: 'read' | 'append' | 'create', mode = DEFAULT_MODE): Found<OpenFile> {
    const place = this.#held.walk(path);
    if (!place.ok) return place;
    if (!this.#process.hasRoomFor(1)) return fail('EMFILE');
    const { inode, parent, name } = place.value;
    if (inode === undefined) {
      if (how === 'read') return fail('ENOENT');
      if (!permits(parent, this.#process, WRITE | SEARCH)) return fail('EACCES');
      const made = this.#disk.tree.addFile(parent, name, this.#process, mode & MODE_BITS);
      return ok(this.#opened(made, true, path));
    }
    if (how === 'create') return fail('EEXIST');
    if (inode.kind === 'link') return fail('ELOOP');
    if (inode.kind === 'directory' && how === 'append') return fail('EISDIR');
    if (!permits(inode, this.#process, how === 'read' ? READ : READ | WRITE)) return fail('EACCES');
    if (inode.kind === 'socket') return fail('ENXIO');
    return ok(this.#opened(inode, how !== 'read', path));
  }

  #opened(inode: Inode, canWrite: boolean, path: string): OpenFile {
    const opened = { inode, canWrite, path, there: () => this.#find(path) };
    return new SimOpenFile(this.#disk, this.#scheduler, this.#process, opened);
  }

  makeDirectory(path: string, mode: number): Found<void> {
    const restored = this.#held.restore(path);
    if (!restored.ok) return restored;
    // The parents of a held directory are not looked at.
    let current = this.#held.find(path)?.path ?? '';
    for (const name of path
      .slice(current.length)
      .split('/')
      .filter((part) => part !== '')) {
      current += `/${name}`;
      this.#disk.staleChecks.recordUse(this.#process, 'files.makeDirectory', current);
      const made = this.#makeOne(current, mode & MODE_BITS);
      if (!made.ok) return made;
    }
    const last = this.#find(path, true);
    if (!last.ok) return last.error === 'ENOENT' ? fail('EEXIST') : last;
    return last.value.kind === 'directory' ? ok(undefined) : fail('EEXIST');
  }

  holdDirectory(path: string, mode: number | undefined): Found<HeldDirectory> {
    return this.#held.hold(path, mode === undefined ? undefined : mode & MODE_BITS);
  }

  list(path: string): Found<string[]> {
    const directory = this.#directory(path);
    if (!directory.ok) return directory;
    const names = sortedNames(directory.value);
    for (const name of names) {
      this.#disk.staleChecks.recordCheck(this.#process, 'files.list', `${path}/${name}`);
    }
    return ok(names);
  }

  info(path: string): Found<FileInfo> {
    this.#disk.staleChecks.recordCheck(this.#process, 'files.info', path);
    const found = this.#find(path);
    if (!found.ok) return found;
    const { uid, gid, mode } = found.value;
    return ok({ kind: kindOf(found.value), uid, gid, mode, byteLength: byteLengthOf(found.value) });
  }

  rename(from: string, to: string): Found<void> {
    const { staleChecks } = this.#disk;
    staleChecks.recordUse(this.#process, 'files.rename', to);
    const source = this.#held.walkToEntry(from);
    if (!source.ok) return source;
    const target = this.#held.walkToEntry(to);
    if (!target.ok) return target;
    const moved = source.value.inode;
    if (moved === undefined) return fail('ENOENT');
    const allowed = this.#mayRename(source.value, moved, target.value);
    if (!allowed.ok || moved === target.value.inode) return allowed;
    source.value.parent.entries.delete(source.value.name);
    target.value.parent.entries.set(target.value.name, moved);
    if (moved.kind === 'directory') moved.parent = target.value.parent;
    return ok(undefined);
  }

  remove(path: string): Found<void> {
    const place = this.#held.walkToEntry(path);
    if (!place.ok) return place;
    const { inode, parent, name } = place.value;
    if (inode === undefined) return fail('ENOENT');
    if (name === '') return fail('EIO');
    if (name === '..') return fail('ENOTEMPTY');
    const allowed = this.#disk.tree.mayUnlink(this.#process, place.value);
    if (!allowed.ok) return allowed;
    if (inode.kind === 'directory' && inode.entries.size > 0) return fail('ENOTEMPTY');
    parent.entries.delete(name);
    return ok(undefined);
  }

  setMode(path: string, mode: number): Found<void> {
    const found = this.#find(path);
    if (!found.ok) return found;
    const inode = found.value;
    // Links have no mode on Linux: it returns ENOTSUP, which is outside the port's list.
    if (inode.kind === 'link') return fail('EIO');
    if (this.#process.uid !== 0 && this.#process.uid !== inode.uid) return fail('EPERM');
    inode.mode = mode & MODE_BITS;
    return ok(undefined);
  }

  setOwner(path: string, uid: number, gid: number): Found<void> {
    const found = this.#find(path);
    if (!found.ok) return found;
    const inode = found.value;
    const allowed = mayGiveAway(this.#process, inode, uid, gid);
    if (!allowed.ok) return allowed;
    inode.uid = uid;
    inode.gid = gid;
    return ok(undefined);
  }

  syncDirectory(path: string): Found<void> {
    const directory = this.#directory(path);
    if (!directory.ok) return directory;
    directory.value.durable = new Map(directory.value.entries);
    return ok(undefined);
  }

  /** As {@link Tree.find}, but from the held directory that `path` is in. */
  #find(path: string, follow = false): Found<Inode> {
    const place = this.#held.walk(path, follow);
    if (!place.ok) return place;
    return place.value.inode === undefined ? fail('ENOENT') : ok(place.value.inode);
  }

  /** The directory at `path`, opened for reading; follows links. */
  #directory(path: string): Found<DirectoryInode> {
    const found = this.#find(path, true);
    if (!found.ok) return found;
    if (found.value.kind !== 'directory') return fail('ENOTDIR');
    return permits(found.value, this.#process, READ) ? ok(found.value) : fail('EACCES');
  }

  /** Creates one directory unless the path exists. */
  #makeOne(path: string, mode: number): Found<void> {
    const { tree } = this.#disk;
    const place = this.#held.walk(path);
    if (!place.ok) return place;
    if (place.value.inode !== undefined) return ok(undefined);
    if (!permits(place.value.parent, this.#process, WRITE | SEARCH)) return fail('EACCES');
    tree.addDirectory(place.value.parent, place.value.name, this.#process, mode);
    return ok(undefined);
  }

  /** The checks of rename(2), in the kernel's order. */
  #mayRename(source: Place, moved: Inode, target: Place): Found<void> {
    const { tree } = this.#disk;
    const there = target.inode;
    const isDirectory = moved.kind === 'directory';
    if (isSpecial(source.name) || isSpecial(target.name)) return fail('EIO');
    if (isDirectory && isWithin(target.parent, moved)) return fail('EINVAL');
    if (there?.kind === 'directory' && isWithin(source.parent, there)) return fail('ENOTEMPTY');
    if (there === moved) return ok(undefined);
    const mayLeave = tree.mayUnlink(this.#process, source);
    if (!mayLeave.ok) return mayLeave;
    if (!permits(target.parent, this.#process, WRITE | SEARCH)) return fail('EACCES');
    const mayReplace = there === undefined ? ok(undefined) : tree.mayUnlink(this.#process, target);
    if (!mayReplace.ok) return mayReplace;
    if (isDirectory && there !== undefined && there.kind !== 'directory') return fail('ENOTDIR');
    if (!isDirectory && there?.kind === 'directory') return fail('EISDIR');
    const changesParent = isDirectory && source.parent !== target.parent;
    if (changesParent && !permits(moved, this.#process, WRITE)) return fail('EACCES');
    const isFull = there?.kind === 'directory' && there.entries.size > 0;
    return isFull ? fail('ENOTEMPTY') : ok(undefined);
  }
}

function isWithin(directory: DirectoryInode, ancestor: DirectoryInode): boolean {
  for (let at: DirectoryInode | undefined = directory; at !== undefined; at = at.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

/** `/` and `..` are busy, whatever the rights: EBUSY is outside the port's list. */
function isSpecial(name: string): boolean {
  return name === '' || name === '..';
}
