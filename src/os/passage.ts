/**
 * Passing TCP connections to another process: a Unix socket that only the two use. The file descriptions are shared
 * only until the passing process has closed its descriptors, which it does in the same call; unlike the sockets that a
 * traced program passes (`unix.ts`), these come from a process that has more rights than the taker.
 */
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { Credentials } from '../port/identity.ts';
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
import { receiveDescriptors, sendDescriptors } from './descriptor-passing.ts';
import type { Entrance } from './entrance.ts';
import { failure } from './errors.ts';
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
  return ok({
    pass: (to, connections) =>
      isOpen ? pass(fd, path, to, connections) : failure('EBADF', 'network.pass', path),
    passPages: () => failure('ENOSYS', 'network.passPages', path),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      removeSocketFile(log, path, inode);
      socketDescriptors.close(fd);
    },
  });
}

function pass(
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
  const reached = acceptWaiting(listener);
  if (reached < 0) return lastFailure(call, path);
  const peer = peerCredentials(reached);
  if (!peer.ok || peer.value.pid !== to.pid || peer.value.uid !== to.uid)
    return closing(reached, failure('EPERM', call, path));
  const sent = sendDescriptors(reached, open, call, path);
  if (sent.ok) for (const stream of streams) stream.forsake();
  return closing(reached, sent);
}

export function reachPassage(entrance: Entrance, path: string): OsResult<ReachedPassage> {
  const connected = connectAt(path, 'network.reachPassage');
  if (!connected.ok) return connected;
  let fd: number | undefined = connected.value;
  const close = (): void => {
    if (fd !== undefined) socketDescriptors.close(fd);
    fd = undefined;
  };
  return ok({
    take: () => {
      if (fd === undefined) return failure('EBADF', 'network.take', path);
      const taken = take(fd, path, entrance);
      if (taken.ok || taken.error.code !== 'EAGAIN') close();
      return taken;
    },
    takePages: () => failure('ENOSYS', 'network.takePages', path),
    close,
  });
}

function take(fd: number, path: string, entrance: Entrance): OsResult<readonly TcpConnection[]> {
  const call = 'network.take';
  const received = receiveDescriptors(fd, call, path);
  if (!received.ok) return received;
  const streams = received.value.map((each) => wrapTcp(pausedSocket(each), entrance));
  const open = streams.filter((stream) => stream !== undefined);
  if (open.length === streams.length) return ok(open);
  for (const stream of open) stream.drop();
  return failure('ECONNRESET', call, path);
}
