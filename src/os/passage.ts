/**
 * Passing TCP connections, or pages of the kernel, to another process: a Unix socket that only the two use. The file
 * descriptions are shared only until the passing process has closed its descriptors, which it does in the same call;
 * unlike the sockets that a traced program passes (`unix.ts`), these come from a process that has more rights than the
 * taker.
 */
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { Credentials } from '../port/identity.ts';
import { type KernelPages, PASSED_PAGES_MAX } from '../port/kernel-tracer.ts';
import type { Log } from '../port/log.ts';
import {
  PASSED_CONNECTIONS_MAX,
  type Passage,
  type ReachedPassage,
  type TcpConnection,
} from '../port/network.ts';
import type { OsResult } from '../port/os-error.ts';
import { pausedSocket } from './connection.ts';
import { socketDescriptors } from './descriptor.ts';
import {
  CONNECTIONS,
  receiveDescriptors,
  sendDescriptors,
  TRACEFS_FILES,
} from './descriptor-passing.ts';
import type { Entrance } from './entrance.ts';
import { failure } from './errors.ts';
import { TracePages, takenPages } from './kernel-pages.ts';
import type { PagesPoll } from './pages-poll.ts';
import { TcpStream, wrapTcp } from './tcp-connection.ts';
import {
  acceptWaiting,
  closing,
  connectAt,
  lastFailure,
  listenAt,
  peerCredentials,
  removeSocketFile,
} from './unix-calls.ts';

const MODE = 0o600;
/** The kernel lets one connection more than the backlog wait: that of one process. */
const BACKLOG = 0;

export function openPassage(log: Log, path: string, uid: number): OsResult<Passage> {
  const listening = listenAt(path, { mode: MODE, uid }, BACKLOG, 'network.openPassage');
  if (!listening.ok) return listening;
  const { fd, inode } = listening.value;
  let isOpen = true;
  const whenOpen = (call: string, act: () => OsResult<void>): OsResult<void> =>
    isOpen ? act() : failure('EBADF', call, path);
  return ok({
    pass: (to, connections) =>
      whenOpen('network.pass', () => passConnections(fd, path, to, connections)),
    passPages: (to, pages) => whenOpen('network.passPages', () => passPages(fd, path, to, pages)),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      removeSocketFile(log, path, inode);
      socketDescriptors.close(fd);
    },
  });
}

function passConnections(
  listener: number,
  path: string,
  to: Credentials,
  connections: readonly TcpConnection[],
): OsResult<void> {
  const call = 'network.pass';
  const { length } = connections;
  assert(length > 0 && length <= PASSED_CONNECTIONS_MAX, 'so many connections are passed at once');
  const streams = connections.map((connection) => {
    assert(connection instanceof TcpStream, 'the connection is of this World');
    return connection;
  });
  const descriptors = streams.map((stream) => stream.passable());
  const open = descriptors.filter((descriptor) => descriptor !== undefined);
  if (open.length < streams.length) return failure('ECONNRESET', call, path);
  const sent = pass(listener, path, to, open, call);
  if (sent.ok) for (const stream of streams) stream.forsake();
  return sent;
}

function passPages(
  listener: number,
  path: string,
  to: Credentials,
  pages: readonly KernelPages[],
): OsResult<void> {
  const call = 'network.passPages';
  const { length } = pages;
  assert(length > 0 && length <= PASSED_PAGES_MAX, 'so many pages are passed at once');
  const own = pages.map((each) => {
    assert(each instanceof TracePages, 'the pages are of this World');
    return each;
  });
  const open = own.map((each) => each.passable).filter((each) => each !== undefined);
  if (open.length < own.length) return failure('EBADF', call, path);
  const sent = pass(listener, path, to, open.flat(), call);
  if (sent.ok) for (const each of own) each.close();
  return sent;
}

function pass(
  listener: number,
  path: string,
  to: Credentials,
  descriptors: readonly number[],
  call: string,
): OsResult<void> {
  const reached = acceptWaiting(listener);
  if (reached < 0) return lastFailure(call, path);
  const peer = peerCredentials(reached);
  if (!peer.ok || peer.value.pid !== to.pid || peer.value.uid !== to.uid)
    return closing(reached, failure('EPERM', call, path));
  return closing(reached, sendDescriptors(reached, descriptors, call, path));
}

export function reachPassage(
  entrance: Entrance,
  poll: PagesPoll,
  path: string,
): OsResult<ReachedPassage> {
  const connected = connectAt(path, 'network.reachPassage');
  if (!connected.ok) return connected;
  let fd: number | undefined = connected.value;
  const close = (): void => {
    if (fd !== undefined) socketDescriptors.close(fd);
    fd = undefined;
  };
  const taking = <T>(call: string, take: (fd: number) => OsResult<T>): OsResult<T> => {
    if (fd === undefined) return failure('EBADF', call, path);
    const taken = take(fd);
    if (taken.ok || taken.error.code !== 'EAGAIN') close();
    return taken;
  };
  return ok({
    take: () => taking('network.take', (from) => takeConnections(from, path, entrance)),
    takePages: () => taking('network.takePages', (from) => takePages(from, path, poll)),
    close,
  });
}

function takeConnections(
  fd: number,
  path: string,
  entrance: Entrance,
): OsResult<readonly TcpConnection[]> {
  const call = 'network.take';
  const received = receiveDescriptors(fd, CONNECTIONS, call, path);
  if (!received.ok) return received;
  const streams = received.value.map((each) => wrapTcp(pausedSocket(each), entrance));
  const open = streams.filter((stream) => stream !== undefined);
  if (open.length === streams.length) return ok(open);
  for (const stream of open) stream.drop();
  return failure('ECONNRESET', call, path);
}

function takePages(fd: number, path: string, poll: PagesPoll): OsResult<readonly KernelPages[]> {
  const call = 'network.takePages';
  const received = receiveDescriptors(fd, TRACEFS_FILES, call, path);
  return received.ok ? takenPages(poll, received.value, call, path) : received;
}
