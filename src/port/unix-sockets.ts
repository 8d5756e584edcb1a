/**
 * The World's Unix stream sockets: connections whose peer the kernel identifies, and passing one end of a socket to
 * the process that listens at a path. The caller bounds queued bytes; this file bounds the passed sockets that a
 * listener keeps.
 */

import type { Credentials } from './identity.ts';
import type { OsResult } from './os-error.ts';

/** Why a connection ended. `reset`: the peer ended with data unread, or the kernel reported an error. */
export type CloseReason = 'ended' | 'reset' | 'refused' | 'local';

export interface ConnectionListener {
  /** Bytes in order, split anywhere. The array is valid during the call only: the listener copies what it keeps. */
  onData(bytes: Uint8Array): void;
  /** The last call for this connection, exactly once, also after our own `close()` (`local`). */
  onClose(reason: CloseReason): void;
}

/** One end of a connected stream socket. */
export interface ByteStream {
  /** Starts delivery; the caller calls it once. Until then the kernel keeps the bytes. */
  start(listener: ConnectionListener): void;
  /**
   * Queues the bytes of the parts in order. `pendingBytes` counts the unsent ones. After the connection's end it does
   * nothing.
   */
  send(...parts: readonly Uint8Array[]): void;
  /** Bytes accepted by `send` that the kernel has not taken yet; the caller bounds them. */
  readonly pendingBytes: number;
  /**
   * Sends the queued bytes, waits at most {@link CLOSE_LINGER_MS} for the peer to read them, then ends both directions.
   */
  close(): void;
  /** Ends both directions now and discards the queued bytes. Also allowed after {@link close}. */
  drop(): void;
}

/** One end of a connected Unix stream socket. */
export interface Connection extends ByteStream {
  /**
   * Peer credentials from the kernel (SO_PEERCRED): those of the process that connected or listened. ENOSYS: this
   * process cannot ask for them, because it may not load native code.
   */
  peer(): OsResult<Credentials>;
}

/** How long a closed connection waits for a peer that does not read: without a bound it could wait for ever. */
export const CLOSE_LINGER_MS = 5_000;

/** A socket that accepts connections. */
export interface UnixListener {
  /**
   * Takes the connection that a peer passed under `token` with {@link UnixSockets.passSocket}.
   * ENOENT: no such passed socket (any more); EPERM: a process other than `from` passed it.
   */
  claimSocket(token: string, from: Credentials): OsResult<Connection>;
  /** Stops accepting and removes the socket file. Accepted connections stay open. */
  close(): void;
}

/** Sockets by path. Calls of a {@link ConnectionListener} come later, never from inside a call of these. */
export interface UnixSockets {
  /**
   * Listens at `path` with exactly `mode` and, when given, group `gid`. EADDRINUSE when the path exists in
   * any form: the caller decides whether to remove a stale socket. ENAMETOOLONG past 107 bytes. If a service
   * manager has passed a listener for `path` to this process, it is used unchanged.
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
   * Opens a socket of our own and passes its other end to the process that listens at `path` (R1.15). The listener
   * keeps it under the returned token for at most {@link PASSED_SOCKET_WAIT_MS}; it becomes a connection when the
   * listener takes it. It fails as {@link connect} does.
   */
  passSocket(
    path: string,
    options: { readonly background?: boolean },
  ): OsResult<{ readonly own: Connection; readonly token: string }>;
}

/** How long a listener keeps a passed socket that is not taken. */
export const PASSED_SOCKET_WAIT_MS = 10_000;

/** How many passed sockets a listener keeps, from all users and from one user; it refuses the next one. */
export const PASSED_SOCKETS_MAX = 1024;
export const PASSED_SOCKETS_PER_USER_MAX = 256;
