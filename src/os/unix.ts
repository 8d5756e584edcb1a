/**
 * Unix stream sockets: `node:net` for bytes, `unix-calls.ts` for what Node cannot do.
 *
 * Passing sockets. A passed socket is a separate connection from a socket that the sender binds to an abstract name
 * which contains the token. The name exists before the connection, so the listener distinguishes a passed socket from
 * an ordinary connection without reading from it, and keeps it under its token. The sender does not send an end of a
 * socket pair as a descriptor (SCM_RIGHTS), because sender and taker would share that end's file description: a
 * sender that clears O_NONBLOCK would block a taker that reads or writes. The taker alone has the file description of
 * accept(2).
 */
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import { ok } from '../base/result.ts';
import { type Credentials } from '../port/identity.ts';
import { type Log } from '../port/log.ts';
import { type OsResult } from '../port/os-error.ts';
import { type Random } from '../port/random.ts';
import {
  type Connection,
  PASSED_SOCKET_WAIT_MS,
  PASSED_SOCKETS_MAX,
  PASSED_SOCKETS_PER_USER_MAX,
  type UnixListener,
  type UnixSockets,
} from '../port/unix-sockets.ts';
import { BACKLOG, logErrors, refusingAtLimit } from './accepting.ts';
import { connectNow } from './connect.ts';
import { pausedSocket, socketDescriptor, wrapConnection } from './connection.ts';
import { type Entrance, entering, soon } from './entrance.ts';
import { failure } from './errors.ts';
import {
  acceptWaiting,
  listenAt,
  peerAbstractName,
  peerCredentials,
  removeSocketFile,
} from './unix-calls.ts';

const PASSED_SOCKET_NAME_PREFIX = 'lttng-ts-socket-';
const PASSED_SOCKET_TOKEN_BYTES = 16;

/** A connection that waits under its token, unread. */
interface PassedSocket {
  readonly socket: Socket;
  readonly from: Credentials;
  readonly expiry: NodeJS.Timeout;
}

type ListenOptions = Parameters<UnixSockets['listen']>[1];

/**
 * `given`: descriptors that listen at these paths already; the first `listen` there uses them unchanged, and does not
 * remove their socket files.
 */
export function createUnixSockets(
  log: Log,
  random: Random,
  entrance: Entrance,
  given: ReadonlyMap<string, number> = new Map(),
): UnixSockets {
  const unused = new Map(given);
  return {
    listen: (path, options, onConnection) => {
      const fd = unused.get(path);
      unused.delete(path);
      const listening = fd === undefined ? listenAt(path, options, BACKLOG) : ok({ fd });
      if (!listening.ok) return listening;
      return ok(serve(log, path, listening.value, entrance, options, onConnection));
    },
    connect: (path, options, onOutcome) => connect(entrance, path, options, onOutcome),
    passSocket: (path, options) => {
      const token = Buffer.from(
        random.bytes('passed-socket-token', PASSED_SOCKET_TOKEN_BYTES),
      ).toString('hex');
      const connected = connectNow('unix.passSocket', path, `${PASSED_SOCKET_NAME_PREFIX}${token}`);
      if (!connected.ok) return connected;
      return ok({ own: wrapConnection(connected.value, entrance, options), token });
    },
  };
}

/** `inode`: of the socket file, if this process created it. */
function serve(
  log: Log,
  path: string,
  { fd: listenerFd, inode }: { readonly fd: number; readonly inode?: number },
  entrance: Entrance,
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): UnixListener {
  const passedSockets = new Map<string, PassedSocket>();
  const isRefused = refusingAtLimit(log, entrance, { path });
  let open = true;

  const receive = entering(entrance, (socket: Socket): void => {
    if (!open) {
      socket.destroy();
      return;
    }
    if (isRefused(socket)) return;
    if (keepPassedSocket(log, entrance, path, passedSockets, socket)) return;
    onConnection(wrapConnection(socket, entrance, options));
  });
  const server = createServer({ pauseOnConnect: true }, receive);
  logErrors(server, log, entrance, { path });
  server.listen({ fd: listenerFd, backlog: BACKLOG });
  if (options.background ?? entrance.isBackground) server.unref();

  /** Accepts all waiting connections now, so that a passed socket can be taken as soon as it is passed. */
  const acceptAll = (): void => {
    for (let count = 0; count < BACKLOG; count += 1) {
      const fd = acceptWaiting(listenerFd);
      if (fd < 0) return;
      const socket = pausedSocket(fd);
      if (!keepPassedSocket(log, entrance, path, passedSockets, socket))
        setImmediate(receive, socket);
    }
  };
  return {
    claimSocket: (token, from) => {
      if (open) acceptAll();
      return take(passedSockets, token, from, entrance, options);
    },
    close: () => {
      if (!open) return;
      open = false;
      for (const token of passedSockets.keys()) dropPassedSocket(passedSockets, token);
      server.close();
      if (inode !== undefined) removeSocketFile(log, path, inode);
    },
  };
}

/** Keeps or refuses `socket` if it is a passed socket; false if it is an ordinary connection. */
function keepPassedSocket(
  log: Log,
  entrance: Entrance,
  path: string,
  passedSockets: Map<string, PassedSocket>,
  socket: Socket,
): boolean {
  const fd = socketDescriptor(socket) ?? -1;
  const name = peerAbstractName(fd);
  if (name === undefined || !name.startsWith(PASSED_SOCKET_NAME_PREFIX)) return false;
  const token = name.slice(PASSED_SOCKET_NAME_PREFIX.length);
  const from = peerCredentials(fd);
  // The first connection under a name comes from its owner: no other socket can be bound to the name at that time.
  if (!from.ok || passedSockets.has(token) || isFull(passedSockets, from.value.uid)) {
    const who = from.ok ? { pid: from.value.pid, uid: from.value.uid } : {};
    log('socket.passedRefused', { path, 'passed-sockets-kept': passedSockets.size, ...who });
    socket.destroy();
    return true;
  }
  const drop = entering(entrance, () => dropPassedSocket(passedSockets, token));
  const expiry = setTimeout(drop, PASSED_SOCKET_WAIT_MS);
  expiry.unref();
  socket.unref();
  passedSockets.set(token, { socket, from: from.value, expiry });
  return true;
}

function isFull(passedSockets: Map<string, PassedSocket>, uid: number): boolean {
  if (passedSockets.size >= PASSED_SOCKETS_MAX) return true;
  if (passedSockets.size < PASSED_SOCKETS_PER_USER_MAX) return false;
  const ofUser = [...passedSockets.values()].filter(({ from }) => from.uid === uid);
  return ofUser.length >= PASSED_SOCKETS_PER_USER_MAX;
}

function dropPassedSocket(passedSockets: Map<string, PassedSocket>, token: string): void {
  passedSockets.get(token)?.socket.destroy();
  forgetPassedSocket(passedSockets, token);
}

function forgetPassedSocket(passedSockets: Map<string, PassedSocket>, token: string): void {
  clearTimeout(passedSockets.get(token)?.expiry);
  passedSockets.delete(token);
}

function take(
  passedSockets: Map<string, PassedSocket>,
  token: string,
  from: Credentials,
  entrance: Entrance,
  options: ListenOptions,
): OsResult<Connection> {
  const passedSocket = passedSockets.get(token);
  if (passedSocket === undefined) return failure('ENOENT', 'unix.claimSocket', token);
  if (passedSocket.from.pid !== from.pid || passedSocket.from.uid !== from.uid) {
    return failure('EPERM', 'unix.claimSocket', token);
  }
  forgetPassedSocket(passedSockets, token);
  return ok(wrapConnection(passedSocket.socket.ref(), entrance, options));
}

/** The outcome is known at once, and reported later. */
function connect(
  entrance: Entrance,
  path: string,
  options: { readonly background?: boolean },
  onOutcome: (outcome: OsResult<Connection>) => void,
): void {
  const connected = connectNow('unix.connect', path);
  const outcome = connected.ok ? ok(wrapConnection(connected.value, entrance, options)) : connected;
  soon(entrance, () => onOutcome(outcome), options.background);
}
