/**
 * The system calls on Unix sockets that Node does not offer: synchronous bind, listen, accept and
 * connect, peer credentials, and sockets with names. Plain functions over descriptor numbers for `unix.ts`.
 */
import * as fs from 'node:fs';
import { ok } from '../base/result.ts';
import type { Credentials } from '../port/identity.ts';
import type { Log } from '../port/log.ts';
import type { OsResult } from '../port/os-error.ts';
import { socketDescriptors } from './descriptor.ts';
import { errnoName, failure, failureFromThrown, thrownErrno } from './errors.ts';
import { changeMode, isId } from './inode.ts';
import * as libc from './libc.ts';
import { addressTrouble, fitsSocketAddress } from './socket-address.ts';

const AF_UNIX = 1;
export const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const STREAM_SOCKET = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
const DATAGRAM_SOCKET = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
export const SOL_SOCKET = 1;
export const SO_TYPE = 3;
export const SO_ACCEPTCONN = 30;
const SO_PEERCRED = 17;
export const MSG_NOSIGNAL = 0x4000;

const SOCKET_ADDRESS_BYTES = 110;
const PATH_OFFSET = 2;

/** A listening descriptor, and the inode number of its socket file. */
interface Listening {
  readonly fd: number;
  readonly inode: number;
}

/** The failure of the native call before it. */
export function lastFailure(call: string, subject: string): ReturnType<typeof failure> {
  return failure(errnoName(libc.errno()), call, subject);
}

/** Removes the socket file of a listener, unless it is another one's by now. */
export function removeSocketFile(log: Log, path: string, inode: number): void {
  try {
    // A successor may have replaced the file: this process must not remove that one.
    if (fs.lstatSync(path).ino === inode) fs.unlinkSync(path);
  } catch (thrown) {
    const name = thrownErrno(thrown);
    if (name === undefined) throw thrown;
    if (name !== 'ENOENT') log('socket.removeFailed', { path, reason: name });
  }
}

/** A descriptor that is connected to the listener at `path`. */
export function connectAt(path: string, call: string): OsResult<number> {
  const trouble = addressTrouble(path);
  if (trouble !== undefined) return failure(trouble, call, path);
  return connected(STREAM_SOCKET, pathAddress(path), call, path);
}

/** A descriptor of this type that is connected to the socket at this address. */
function connected(type: number, address: Buffer, call: string, subject: string): OsResult<number> {
  const fd = libc.socket()(AF_UNIX, type, 0);
  if (fd < 0) return lastFailure(call, subject);
  const isConnected = libc.connect()(fd, address, address.length) === 0;
  return isConnected ? ok(fd) : closing(fd, lastFailure(call, subject));
}

/**
 * A listening descriptor at `path`, with exactly `mode`, owner and group, and the inode number of the socket file.
 * Until both are set only root can reach the socket, and no process before it listens.
 */
export function listenAt(
  path: string,
  options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
  backlog: number,
  call = 'unix.listen',
): OsResult<Listening> {
  const { uid = 0, gid = 0 } = options;
  const areIds = isId(uid) && isId(gid);
  if (path === '' || path.includes('\0') || !areIds) return failure('EINVAL', call, path);
  if (!fitsSocketAddress(path)) return failure('ENAMETOOLONG', call, path);
  const fd = libc.socket()(AF_UNIX, STREAM_SOCKET, 0);
  if (fd < 0) return lastFailure(call, path);
  let bound = false;
  try {
    // The file that bind creates inherits the mode of the unbound socket.
    fs.fchmodSync(fd, 0);
    const address = pathAddress(path);
    if (libc.bindSocket()(fd, address, address.length) < 0)
      return closing(fd, lastFailure(call, path));
    bound = true;
    const made = fs.lstatSync(path);
    if (options.uid !== undefined || options.gid !== undefined)
      fs.lchownSync(path, options.uid ?? made.uid, options.gid ?? made.gid);
    changeMode(path, options.mode);
    if (libc.listen()(fd, backlog) === 0) return ok({ fd, inode: made.ino });
    const failed = lastFailure(call, path);
    fs.unlinkSync(path);
    return closing(fd, failed);
  } catch (thrown) {
    if (bound) fs.rmSync(path, { force: true });
    return closing(fd, failureFromThrown(thrown, call, path));
  }
}

/** The path of a listening Unix stream socket; undefined if the descriptor is not such a socket. */
export function listeningPath(fd: number): string | undefined {
  if (socketOption(fd, SO_TYPE) !== SOCK_STREAM || socketOption(fd, SO_ACCEPTCONN) !== 1) {
    return undefined;
  }
  const address = Buffer.alloc(SOCKET_ADDRESS_BYTES);
  const length = new Uint32Array([address.length]);
  if (libc.getsockname()(fd, address, length) < 0) return undefined;
  if (address.readUInt16LE(0) !== AF_UNIX) return undefined;
  const path = address.toString('utf8', PATH_OFFSET, Math.min(length[0] ?? 0, address.length));
  return path.startsWith('/') ? path.replace(/\0.*$/s, '') : undefined;
}

/** An integer option of a socket; undefined if the descriptor has no such option. */
export function socketOption(fd: number, option: number): number | undefined {
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  const answer = libc.getsockopt()(fd, SOL_SOCKET, option, new Uint8Array(value.buffer), length);
  return answer < 0 ? undefined : value[0];
}

/** Sends one datagram to the socket at `name`: a path, or `@` and an abstract name. */
export function sendDatagram(name: string, text: string): OsResult<void> {
  const call = 'unix.datagram';
  const isAbstract = name.startsWith('@');
  const trouble = addressTrouble(name);
  if (trouble !== undefined) return failure(trouble, call, name);
  const address = isAbstract ? abstractAddress(name.slice(1)) : pathAddress(name);
  const reached = connected(DATAGRAM_SOCKET, address, call, name);
  if (!reached.ok) return reached;
  const bytes = Buffer.from(text);
  const isSent = libc.send()(reached.value, bytes, bytes.length, MSG_NOSIGNAL) === bytes.length;
  return closing(reached.value, isSent ? ok(undefined) : lastFailure(call, name));
}

/** The next waiting connection of a listening descriptor; below 0: see errno, EAGAIN if there is none. */
export function acceptWaiting(listenerFd: number): number {
  return libc.accept4()(listenerFd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/** Credentials of the process at the other end, as they were when it connected or listened. */
export function peerCredentials(fd: number): OsResult<Credentials> {
  const trouble = libc.nativeTrouble();
  if (trouble !== undefined) return failure('ENOSYS', 'unix.peer', String(fd), trouble);
  const credentials = new Uint32Array(3);
  const length = new Uint32Array([credentials.byteLength]);
  const bytes = new Uint8Array(credentials.buffer);
  if (libc.getsockopt()(fd, SOL_SOCKET, SO_PEERCRED, bytes, length) < 0) {
    return lastFailure('unix.peer', String(fd));
  }
  return ok({ pid: credentials[0] ?? 0, uid: credentials[1] ?? 0, gid: credentials[2] ?? 0 });
}

/** The peer's abstract name, without its leading NUL; undefined if it has none. */
export function peerAbstractName(fd: number): string | undefined {
  const address = Buffer.alloc(SOCKET_ADDRESS_BYTES);
  const length = new Uint32Array([address.length]);
  if (libc.getpeername()(fd, address, length) < 0) return undefined;
  const end = Math.min(length[0] ?? 0, address.length);
  if (end <= PATH_OFFSET + 1 || address[PATH_OFFSET] !== 0) return undefined;
  // Some versions of Node bind the whole address, with zeros after the name.
  return address.toString('latin1', PATH_OFFSET + 1, end).replace(/\0+$/, '');
}

function pathAddress(path: string): Buffer {
  return Buffer.concat([family(), Buffer.from(path), Buffer.alloc(1)]);
}

function abstractAddress(name: string): Buffer {
  return Buffer.concat([family(), Buffer.alloc(1), Buffer.from(name, 'latin1')]);
}

function family(): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(AF_UNIX);
  return bytes;
}

/** Closes the descriptor. */
export function closing<T>(fd: number, outcome: T): T {
  socketDescriptors.close(fd);
  return outcome;
}
