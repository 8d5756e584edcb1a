/**
 * Connects Unix sockets without native code, which a traced program may not be allowed to load.
 *
 * connect(2) of a Unix socket is over at once, but Node reports its outcome in a later turn of the event loop. Node
 * makes the call inside `connect`, so this file examines the socket right after it: an empty write succeeds on a
 * connected socket and fails with ENOTCONN on another. The path then tells the reason of a failure.
 */
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import { socketDescriptor } from './connection.ts';
import { failure, thrownErrno } from './errors.ts';
import { addressTrouble } from './socket-address.ts';

/** The flag of listening sockets in /proc/net/unix (SO_ACCEPTCON). */
const LISTENING = 0x10000;
/** Of a stream socket: Node's constant for its handle of Unix sockets. */
const PIPE_SOCKET = 0;

const ownSockets = new WeakSet<object>();

/** Whether this is a socket of ours. Node publishes each new socket on a channel that a source may record. */
export function isOwnSocket(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ownSockets.has(value);
}

/** Node's handle of a Unix socket. It is not public, but has had these members in every release. */
interface Pipe {
  readonly fd: number;
  bind(name: string): number;
  open(fd: number): number;
}
type PipeClass = new (type: number) => Pipe;

/** A connected, paused socket; `abstractName` is the name that the listener sees. */
export function connectNow(call: string, path: string, abstractName?: string): OsResult<Socket> {
  const trouble = addressTrouble(path);
  if (trouble !== undefined) return failure(trouble, call, path);
  const socket = newSocket(abstractName);
  socket.pause();
  socket.connect({ path });
  knownClass ??= classOf(socket);
  const name = connectErrno(socket, path);
  if (name === undefined) return ok(socket);
  socket.destroy();
  return failure(name, call, path);
}

function newSocket(abstractName: string | undefined): Socket {
  // `manualStart` and `handle` are not in Node's types. Without the first Node would read before the socket connects.
  const options: object = { manualStart: true };
  if (abstractName === undefined) return quiet(new Socket(options));
  const handle = new (pipeClass())(PIPE_SOCKET);
  // Without the name the listener refuses the socket: no error here needs a report.
  handle.bind(`\0${abstractName}`);
  // libuv reads and writes a handle that got its descriptor by `bind` only after this.
  handle.open(handle.fd);
  return quiet(new Socket({ ...options, handle } as object));
}

/** Node reports in an event what this file finds out at once. */
function quiet(socket: Socket): Socket {
  ownSockets.add(socket);
  return socket.on('error', () => undefined);
}

let knownClass: PipeClass | undefined;

function pipeClass(): PipeClass {
  if (knownClass !== undefined) return knownClass;
  const socket = quiet(new Socket());
  socket.connect({ path: '\0' });
  knownClass = classOf(socket);
  socket.destroy();
  return knownClass;
}

function classOf(socket: Socket): PipeClass {
  const { _handle: handle } = socket as unknown as { _handle: { constructor: PipeClass } };
  return handle.constructor;
}

/** Why the socket is not connected; undefined if it is. */
function connectErrno(socket: Socket, path: string): string | undefined {
  const fd = socketDescriptor(socket);
  if (fd === undefined) return 'EMFILE';
  try {
    fs.writeSync(fd, new Uint8Array(0));
    return undefined;
  } catch (thrown) {
    const name = thrownErrno(thrown);
    if (name === undefined) throw thrown;
    return name === 'ENOTCONN' ? refusalOf(path) : name;
  }
}

/** Why the kernel refuses a connection to `path`; see connect(2). */
function refusalOf(path: string): string {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return fs.statSync(path).isSocket() && isListening(path) ? 'EAGAIN' : 'ECONNREFUSED';
  } catch (thrown) {
    const name = thrownErrno(thrown);
    if (name === undefined) throw thrown;
    return name;
  }
}

/** Whether a socket listens at `path`: then only its full backlog refuses a connection. */
function isListening(path: string): boolean {
  const lines = fs.readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.some((line) => {
    const [, , , flags = '0', , , , ...rest] = line.trim().split(' ');
    return (Number.parseInt(flags, 16) & LISTENING) !== 0 && rest.join(' ') === path;
  });
}
