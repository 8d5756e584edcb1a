/** Socket files of the simulated computer: a new one, and what listens behind one. */
import { fail, ok } from '../../../src/base/result.ts';
import { utf8ByteLength } from '../../../src/base/utf8.ts';
import type { Found } from '../core/subject.ts';
import type { Disk } from '../fs/disk.ts';
import {
  type Endpoint,
  groupForNew,
  mayGiveAway,
  type Place,
  permits,
  type SocketInode,
  WRITE,
} from '../fs/tree.ts';
import type { SimProcess } from '../process/process.ts';

/** Bytes of a socket's path without the final zero (sun_path). */
const SOCKET_PATH_BYTES_MAX = 107;

/** Where a socket file is. */
export interface SocketPlace {
  readonly path: string;
  readonly place: Place;
  readonly inode: SocketInode;
}

/** The bind(2) and listen(2) of the kernel: a file in its directory, behind which nothing listens yet. */
export function makeSocketFile(
  disk: Disk,
  process: SimProcess,
  path: string,
  options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
): Found<SocketPlace> {
  if (path === '' || path.includes('\0')) return fail('EINVAL');
  if (utf8ByteLength(path) > SOCKET_PATH_BYTES_MAX) return fail('ENAMETOOLONG');
  if (!process.hasRoomFor(1)) return fail('EMFILE');
  const { tree } = disk;
  const place = tree.placeForNew(process, path);
  if (!place.ok) return place.error === 'EEXIST' ? fail('EADDRINUSE') : place;
  const made = { uid: process.uid, gid: groupForNew(place.value.parent, process) };
  const { uid = made.uid, gid = made.gid } = options;
  const allowed = mayGiveAway(process, made, uid, gid);
  if (!allowed.ok) return allowed;
  const mode = options.mode & 0o7777;
  const id = tree.nextId();
  const inode: SocketInode = { kind: 'socket', id, uid, gid, mode, endpoint: undefined };
  place.value.parent.entries.set(place.value.name, inode);
  return ok({ path, place: place.value, inode });
}

/** Removes the file, unless another one is at its path. */
export function removeSocketFile({ place, inode }: SocketPlace): void {
  const { parent, name } = place;
  if (parent.entries.get(name) === inode) parent.entries.delete(name);
}

/** What listens at `path`, if the process can connect to it; undefined: nothing does. */
export function endpointAt(
  disk: Disk,
  process: SimProcess,
  path: string,
): Found<Endpoint | undefined> {
  if (utf8ByteLength(path) > SOCKET_PATH_BYTES_MAX) return fail('ENAMETOOLONG');
  const found = disk.tree.find(process, path, true);
  if (!found.ok) return found;
  const inode = found.value;
  if (!permits(inode, process, WRITE)) return fail('EACCES');
  return ok(inode.kind === 'socket' ? inode.endpoint : undefined);
}
