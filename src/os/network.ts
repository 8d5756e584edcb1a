/** TCP and host names: `node:net` and `node:dns` behind the port. UDP is in `udp.ts`. */
import { connect, createServer, isIPv6, type Socket } from 'node:net';
import { ok } from '../base/result.ts';
import type { Log } from '../port/log.ts';
import {
  KEEP_ALIVE_IDLE_MS,
  type Network,
  type Pending,
  type TcpAddress,
  type TcpConnection,
  type TcpListener,
} from '../port/network.ts';
import type { OsResult } from '../port/os-error.ts';
import { BACKLOG, logErrors, refusingAtLimit } from './accepting.ts';
import { pausedSocket, SharedReads, socketDescriptor } from './connection.ts';
import { type Entrance, entering, soon } from './entrance.ts';
import { failure, thrownErrno } from './errors.ts';
import * as libc from './libc.ts';
import { isValid, refuse, subjectOf, Waiting } from './network-call.ts';
import type { PagesPoll } from './pages-poll.ts';
import { openPassage, reachPassage } from './passage.ts';
import { wrapTcp } from './tcp-connection.ts';
import { bindUdp, connectUdp } from './udp.ts';

/** Duplicates a descriptor that no child inherits. */
const F_DUPFD_CLOEXEC = 1030;

export function createNetwork(log: Log, entrance: Entrance, poll: PagesPoll): Network {
  return {
    openPassage: (path, uid) => openPassage(log, path, uid),
    reachPassage: (path) => reachPassage(entrance, poll, path),
    listen: (address, onConnection, onOutcome) =>
      listen(log, entrance, address, onConnection, onOutcome),
    connect: (address, onOutcome) => connectTo(entrance, address, onOutcome),
    bindUdp: (address, listener, onOutcome) => bindUdp(entrance, address, listener, onOutcome),
    connectUdp: (address, listener, onOutcome) =>
      connectUdp(entrance, address, listener, onOutcome),
    resolve: (name, onOutcome) => resolve(entrance, name, onOutcome),
  };
}

function listen(
  log: Log,
  entrance: Entrance,
  address: TcpAddress,
  onConnection: (connection: TcpConnection) => void,
  onOutcome: (outcome: OsResult<TcpListener>) => void,
): Pending {
  const call = 'network.listen';
  if (!isValid(address)) return refuse(entrance, call, address, onOutcome);
  const { host, port } = address;
  const pending = new Waiting(onOutcome);
  const isRefused = refusingAtLimit(log, entrance, { host, port });
  const receive = (socket: Socket): void => {
    if (isRefused(socket)) return;
    const reads = new SharedReads(entrance);
    const own = withReads(socket, reads);
    const connection =
      own === undefined ? wrapTcp(socket, entrance) : wrapTcp(own, entrance, reads);
    if (connection !== undefined) onConnection(connection);
  };
  const server = createServer({ ...SOCKET, pauseOnConnect: true }, entering(entrance, receive));
  const onError = (error: Error): void => {
    pending.end(failure(thrownErrno(error) ?? error.message, call, subjectOf(address)));
  };
  const refused = entering(entrance, onError);
  server.once('error', refused);
  const onListening = (): void => {
    server.off('error', refused);
    const bound = server.address();
    if (pending.isOver || bound === null || typeof bound === 'string') {
      server.close();
      return;
    }
    logErrors(server, log, entrance, { host, port: bound.port });
    const listener = { address: { host, port: bound.port }, close: () => void server.close() };
    pending.end(ok(listener));
  };
  server.once('listening', entering(entrance, onListening));
  server.listen({ host, port, backlog: BACKLOG, ipv6Only: isIPv6(host) });
  if (entrance.isBackground) server.unref();
  return pending;
}

function connectTo(
  entrance: Entrance,
  address: TcpAddress,
  onOutcome: (outcome: OsResult<TcpConnection>) => void,
): Pending {
  const call = 'network.connect';
  if (!isValid(address)) return refuse(entrance, call, address, onOutcome);
  const { host, port } = address;
  const socket = connect({ ...SOCKET, host, port });
  socket.pause();
  if (entrance.isBackground) socket.unref();
  const pending = new Waiting(onOutcome, () => socket.destroy());
  const fail = (name: string): void => pending.end(failure(name, call, subjectOf(address)));
  const onError = (error: Error): void => fail(thrownErrno(error) ?? error.message);
  const onConnect = (): void => {
    const connection = wrapTcp(socket, entrance);
    if (connection === undefined) fail('ECONNRESET');
    else pending.end(ok(connection));
  };
  socket.once('error', entering(entrance, onError));
  socket.once('connect', entering(entrance, onConnect));
  return pending;
}

function resolve(
  entrance: Entrance,
  name: string,
  onOutcome: (outcome: OsResult<readonly string[]>) => void,
): Pending {
  const pending = new Waiting(onOutcome);
  const fail = (code: string): void => pending.end(failure(code, 'network.resolve', name));
  if (name === '' || name.includes('\0')) {
    soon(entrance, () => fail('ENOTFOUND'));
    return pending;
  }
  const onAnswer = (
    error: NodeJS.ErrnoException | null,
    found: readonly { readonly address: string }[],
  ): void => {
    if (error !== null) fail(thrownErrno(error) ?? error.message);
    else if (found.length === 0) fail('ENOTFOUND');
    else pending.end(ok(found.map(({ address }) => address)));
  };
  // Loaded by the first look-up.
  const { lookup } = process.getBuiltinModule('node:dns');
  lookup(name, { all: true, verbatim: true }, entering(entrance, onAnswer));
  return pending;
}

/** Options of every TCP socket. */
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_IDLE_MS };

/** The same connection in a socket that reads as we say: Node's server has no such option. Undefined: it cannot be. */
function withReads(socket: Socket, reads: SharedReads): Socket | undefined {
  const fd = socketDescriptor(socket);
  if (fd === undefined || libc.nativeTrouble() !== undefined) return undefined;
  const own = libc.fcntl()(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return undefined;
  socket.destroy();
  return pausedSocket(own, reads.onread);
}
