/**
 * Unix stream sockets: `node:net` for bytes, `unix-calls.ts` for what Node cannot do.
 *
 * Passing sockets. A gift is a separate connection from a socket that the giver binds to an abstract name which
 * contains the token. The name exists before the connection, so the listener distinguishes a gift from an ordinary
 * connection without reading from it, and keeps it under its token. The giver does not send an end of a socket pair as
 * a descriptor (SCM_RIGHTS), because giver and taker would share that end's file description: a giver that clears
 * O_NONBLOCK would block a taker that reads or writes. The taker alone has the file description of accept(2).
 */
import { lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { ok } from '../base/result.ts';
import { type Credentials } from '../port/identity.ts';
import { type Log } from '../port/log.ts';
import { type OsResult } from '../port/os-error.ts';
import { type Random } from '../port/random.ts';
import {
  type Connection,
  GIFT_WAIT_MS,
  GIFTS_MAX,
  GIFTS_PER_USER_MAX,
  type UnixListener,
  type UnixSockets,
} from '../port/unix-sockets.ts';
import { pausedSocket, socketDescriptor, wrapConnection } from './connection.ts';
import { failure, osError, thrownErrno } from './errors.ts';
import {
  acceptWaiting,
  addressTrouble,
  connectNamed,
  listenAt,
  peerAbstractName,
  peerCredentials,
} from './unix-calls.ts';

const BACKLOG = 511;
/** Descriptors reserved for the daemon's own files: no connection gets them. */
const DESCRIPTORS_RESERVED = 16;
/** Shortest interval between two log lines about a lack of descriptors. */
const SHORTAGE_LINE_MS = 10_000;
const GIFT_NAME_PREFIX = 'lttng-ts-gift-';
const GIFT_TOKEN_BYTES = 16;

/** A connection that waits under its token, unread. */
interface Gift {
  readonly socket: Socket;
  readonly from: Credentials;
  readonly expiry: NodeJS.Timeout;
}

type ListenOptions = Parameters<UnixSockets['listen']>[1];

/**
 * `background`: makes every connection and listener a background one. `given`: descriptors that listen at these paths
 * already; the first `listen` there uses them unchanged, and does not remove their socket files.
 */
export function createUnixSockets(
  log: Log,
  random: Random,
  defaults: { readonly background: boolean },
  given: ReadonlyMap<string, number> = new Map(),
): UnixSockets {
  const unused = new Map(given);
  return {
    listen: (path, options, onConnection) => {
      const fd = unused.get(path);
      unused.delete(path);
      const all = { ...defaults, ...options };
      const listening = fd === undefined ? listenAt(path, all, BACKLOG) : ok({ fd });
      return listening.ok ? ok(serve(log, path, listening.value, all, onConnection)) : listening;
    },
    connect: (path, options, onOutcome) => connect(path, { ...defaults, ...options }, onOutcome),
    give: (path, toUid, options) => {
      const token = Buffer.from(random.bytes('gift-token', GIFT_TOKEN_BYTES)).toString('hex');
      const connected = connectNamed(path, `${GIFT_NAME_PREFIX}${token}`, toUid);
      if (!connected.ok) return connected;
      const own = wrapConnection(pausedSocket(connected.value), { ...defaults, ...options });
      return own.ok ? ok({ own: own.value, token }) : own;
    },
  };
}

/** `inode`: of the socket file, if this process created it. */
function serve(
  log: Log,
  path: string,
  { fd: listenerFd, inode }: { readonly fd: number; readonly inode?: number },
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): UnixListener {
  const gifts = new Map<string, Gift>();
  const highestFd = descriptorsMax() - DESCRIPTORS_RESERVED;
  let open = true;
  let isShortageLogged = false;

  /** Refuses a connection. Without a reserve of descriptors Node would drop connections without a log line. */
  const refuseConnection = (socket: Socket): void => {
    socket.destroy();
    if (isShortageLogged) return;
    isShortageLogged = true;
    log('socket.descriptorsExhausted', { path });
    setTimeout(() => {
      isShortageLogged = false;
    }, SHORTAGE_LINE_MS).unref();
  };
  const receive = (socket: Socket): void => {
    const fd = socketDescriptor(socket) ?? -1;
    if (!open) {
      socket.destroy();
      return;
    }
    if (fd > highestFd) {
      refuseConnection(socket);
      return;
    }
    if (fileGift(log, path, gifts, socket)) return;
    const wrapped = wrapConnection(socket, options);
    if (wrapped.ok) onConnection(wrapped.value);
    else log('socket.acceptFailed', { path, reason: wrapped.error.code });
  };
  const server = createServer({ pauseOnConnect: true }, receive);
  server.on('error', (error) => log('socket.listenFailed', { path, reason: error.message }));
  server.listen({ fd: listenerFd, backlog: BACKLOG });
  if (options.background === true) server.unref();

  /** Accepts all waiting connections now, so that a gift can be taken as soon as it is passed. */
  const acceptAll = (): void => {
    for (let count = 0; count < BACKLOG; count += 1) {
      const fd = acceptWaiting(listenerFd);
      if (fd === undefined) return;
      const socket = pausedSocket(fd);
      if (!fileGift(log, path, gifts, socket)) setImmediate(receive, socket);
    }
  };
  return {
    take: (token, from) => {
      if (open) acceptAll();
      return take(gifts, token, from, options);
    },
    close: () => {
      if (!open) return;
      open = false;
      for (const token of gifts.keys()) dropGift(gifts, token);
      server.close();
      if (inode !== undefined) removeSocketFile(log, path, inode);
    },
  };
}

/** RLIMIT_NOFILE of this process. The kernel allocates the lowest number first, so a number shows how many are left. */
function descriptorsMax(): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return limit === null ? Number.POSITIVE_INFINITY : Number(limit[1]);
}

/** Keeps or refuses `socket` if it is a gift; false if it is an ordinary connection. */
function fileGift(log: Log, path: string, gifts: Map<string, Gift>, socket: Socket): boolean {
  const fd = socketDescriptor(socket) ?? -1;
  const name = peerAbstractName(fd);
  if (name === undefined || !name.startsWith(GIFT_NAME_PREFIX)) return false;
  const token = name.slice(GIFT_NAME_PREFIX.length);
  const from = peerCredentials(fd);
  // The first connection under a name comes from its owner: no other socket can be bound to the name at that time.
  if (!from.ok || gifts.has(token) || isFull(gifts, from.value.uid)) {
    const who = from.ok ? { pid: from.value.pid, uid: from.value.uid } : {};
    log('socket.passedRefused', { path, 'gifts-kept': gifts.size, ...who });
    socket.destroy();
    return true;
  }
  const expiry = setTimeout(() => dropGift(gifts, token), GIFT_WAIT_MS);
  expiry.unref();
  socket.unref();
  gifts.set(token, { socket, from: from.value, expiry });
  return true;
}

function isFull(gifts: Map<string, Gift>, uid: number): boolean {
  if (gifts.size >= GIFTS_MAX) return true;
  if (gifts.size < GIFTS_PER_USER_MAX) return false;
  const ofUser = [...gifts.values()].filter(({ from }) => from.uid === uid);
  return ofUser.length >= GIFTS_PER_USER_MAX;
}

function dropGift(gifts: Map<string, Gift>, token: string): void {
  gifts.get(token)?.socket.destroy();
  forgetGift(gifts, token);
}

function forgetGift(gifts: Map<string, Gift>, token: string): void {
  clearTimeout(gifts.get(token)?.expiry);
  gifts.delete(token);
}

function take(
  gifts: Map<string, Gift>,
  token: string,
  from: Credentials,
  options: ListenOptions,
): OsResult<Connection> {
  const gift = gifts.get(token);
  if (gift === undefined) return failure('ENOENT', 'unix.take', token);
  if (gift.from.pid !== from.pid || gift.from.uid !== from.uid) {
    return failure('EPERM', 'unix.take', token);
  }
  forgetGift(gifts, token);
  return wrapConnection(gift.socket.ref(), options);
}

function connect(
  path: string,
  options: { readonly background?: boolean },
  onOutcome: (outcome: OsResult<Connection>) => void,
): void {
  // Node's result for such paths depends on its version.
  const trouble = addressTrouble(path);
  if (trouble !== undefined) {
    const timer = setImmediate(() => onOutcome(failure(trouble, 'unix.connect', path)));
    if (options.background === true) timer.unref();
    return;
  }
  const socket = createConnection({ path });
  socket.pause();
  if (options.background === true) socket.unref();
  const refuse = (error: Error): void => {
    const name = thrownErrno(error) ?? 'EIO';
    onOutcome({ ok: false, error: osError(name, 'unix.connect', path) });
  };
  socket.once('error', refuse);
  socket.once('connect', () => {
    socket.off('error', refuse);
    onOutcome(wrapConnection(socket, options));
  });
}

function removeSocketFile(log: Log, path: string, inode: number): void {
  try {
    // A successor may have replaced the file: this process must not remove that one.
    if (lstatSync(path).ino === inode) unlinkSync(path);
  } catch (thrown) {
    const name = thrownErrno(thrown);
    if (name === undefined) throw thrown;
    if (name !== 'ENOENT') log('socket.removeFailed', { path, reason: name });
  }
}
