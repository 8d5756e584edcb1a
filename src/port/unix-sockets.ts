/**
 * The World's Unix stream sockets: connections whose peer the kernel vouches for, and passing one end of a socket to
 * the process that listens somewhere. The caller bounds the bytes that wait; what a listener keeps is bounded here.
 */

import type { Credentials } from './identity.ts';
import type { OsResult } from './os-error.ts';

/** Why a connection ended. `reset`: the peer vanished with data unread, or the kernel reported an error. */
export type CloseReason = 'ended' | 'reset' | 'refused' | 'local';

export interface ConnectionListener {
  /** Bytes in order; boundaries mean nothing. The array is valid during the call only: copy what must stay. */
  onData(bytes: Uint8Array): void;
  /** The last call for this connection, exactly once, also after our own `close()` (`local`). */
  onClose(reason: CloseReason): void;
}

/** One end of a connected Unix stream socket. */
export interface Connection {
  /** Starts delivery. Until then the kernel holds the bytes. Must be called once. */
  start(listener: ConnectionListener): void;
  /** Peer credentials from the kernel (SO_PEERCRED): those of the process that connected or listened. */
  readonly peer: Credentials;
  /** Queues bytes; order kept. Unsent bytes are visible in `pendingBytes`. After the end it does nothing. */
  send(bytes: Uint8Array): void;
  /** Bytes accepted by `send` that the kernel has not taken yet: the caller bounds it. */
  readonly pendingBytes: number;
  /**
   * Sends what is queued, waiting at most {@link CLOSE_LINGER_MS} for the peer to take it, then ends both directions.
   */
  close(): void;
  /** Ends both directions now; what is still queued is thrown away. Also after {@link close}. */
  drop(): void;
}

/** How long a connection that we closed stays open for a peer that does not read: otherwise it could stay for ever. */
export const CLOSE_LINGER_MS = 5_000;

/** A socket that accepts connections. */
export interface UnixListener {
  /**
   * Takes the connection that a peer put under `token` with {@link UnixSockets.give}.
   * ENOENT: nothing (or no longer) there; EPERM: it was given by another process than `from`.
   */
  take(token: string, from: Credentials): OsResult<Connection>;
  /** Stops accepting and removes the socket file. Accepted connections live on. */
  close(): void;
}

/** Sockets by path. Bytes and ends reach a {@link ConnectionListener} later, never from inside a call. */
export interface UnixSockets {
  /**
   * Listens at `path` with exactly `mode` and, when given, group `gid`. EADDRINUSE when the path exists in
   * any form: removing a stale socket is the caller's decision. ENAMETOOLONG past 107 bytes. Where a service
   * manager has given the process a listener for `path`, that one is taken as it is.
   */
  listen(
    path: string,
    options: { readonly mode: number; readonly gid?: number; readonly background?: boolean },
    onConnection: (connection: Connection) => void,
  ): OsResult<UnixListener>;
  /**
   * Connects to `path`. `onOutcome` is called later, exactly once: a connection, ENOENT, ECONNREFUSED
   * (no listener), EACCES, EAGAIN (backlog full). `background` connections do not keep the process alive.
   */
  connect(
    path: string,
    options: { readonly background?: boolean },
    onOutcome: (outcome: OsResult<Connection>) => void,
  ): void;
  /**
   * Opens a socket of our own and hands its other end to the process of user `toUid` that listens at `path` (R1.15):
   * filed there under the returned token for at most {@link GIFT_WAIT_MS}, and no connection to anybody until it is
   * taken. EPERM: somebody else listens there. Otherwise it fails as {@link connect} does.
   */
  give(
    path: string,
    toUid: number,
    options: { readonly background?: boolean },
  ): OsResult<{ readonly own: Connection; readonly token: string }>;
}

/** How long a listener keeps a gift that nobody takes. */
export const GIFT_WAIT_MS = 10_000;

/** How many gifts a listener keeps, of all users and of one; the next one is refused. */
export const GIFTS_MAX = 1024;
export const GIFTS_PER_USER_MAX = 256;
