/** TCP and host names: `node:net` and `node:dns` behind the port. UDP is in `udp.ts`. */
import { lookup } from 'node:dns';
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
import { SocketStream, socketDescriptor } from './connection.ts';
import { type Entrance, entering, soon } from './entrance.ts';
import { failure, thrownErrno } from './errors.ts';
import * as libc from './libc.ts';
import { addressOf, isValid, refuse, subjectOf, Waiting } from './network-call.ts';
import { bindUdp, connectUdp } from './udp.ts';

const SOL_SOCKET = 1;
const SO_LINGER = 13;
/** `struct linger`: on, with no time. */
const LINGER_NOT = new Uint8Array(Int32Array.of(1, 0).buffer);

export function createNetwork(log: Log, entrance: Entrance): Network {
  return {
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
    const connection = wrap(socket, entrance);
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
    const connection = wrap(socket, entrance);
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
  lookup(name, { all: true, verbatim: true }, entering(entrance, onAnswer));
  return pending;
}

/** Options of every TCP socket. */
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_IDLE_MS };

/** Wraps a connected, paused socket; undefined, and closed, if the peer has reset the connection already. */
function wrap(socket: Socket, entrance: Entrance): TcpConnection | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  const local = addressOf(localAddress, localPort);
  const remote = addressOf(remoteAddress, remotePort);
  if (local !== undefined && remote !== undefined) {
    if (entrance.isBackground) socket.unref();
    return new TcpStream(socket, entrance, local, remote);
  }
  socket.on('error', () => undefined);
  socket.destroy();
  return undefined;
}

class TcpStream extends SocketStream implements TcpConnection {
  readonly local: TcpAddress;
  readonly remote: TcpAddress;

  constructor(socket: Socket, entrance: Entrance, local: TcpAddress, remote: TcpAddress) {
    super(socket, entrance);
    this.local = local;
    this.remote = remote;
  }

  /**
   * Only our direction: if both were closed while bytes of the peer come, the kernel would reset the connection, and
   * the peer could lose our last bytes.
   */
  protected override endWriting(socket: Socket): void {
    socket.end();
  }

  /** With a reset: the peer does not take the bytes so far for all. */
  protected override abort(socket: Socket): void {
    const fd = socketDescriptor(socket);
    if (fd !== undefined && libc.nativeTrouble() === undefined) {
      libc.setsockopt()(fd, SOL_SOCKET, SO_LINGER, LINGER_NOT, LINGER_NOT.length);
    }
    socket.destroy();
  }
}
