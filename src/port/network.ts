/**
 * The World's network: TCP connections between hosts, and the addresses of host names. Outcomes come later, never from
 * inside the call that asks for them. The caller sets time limits with the clock, and bounds queued bytes.
 */

import type { Credentials } from './identity.ts';
import type { OsResult } from './os-error.ts';
import type { ByteStream } from './unix-sockets.ts';

/** A numeric IPv4 or IPv6 address, without brackets or zone, and a port from 0 to 65535. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** After so long without a byte the kernel asks whether the peer is still there; the connection ends if it is not. */
export const KEEP_ALIVE_IDLE_MS = 60_000;

/**
 * `close` waits until the peer has read all and ended, too, at most CLOSE_LINGER_MS. `drop` resets the connection.
 * A connection that is reset, or whose peer does not answer any more, ends with `reset`; if bytes were unread by then,
 * some of them may be lost, and it may end with `ended` (libuv takes a hang-up after a short read for the end).
 */
export interface TcpConnection extends ByteStream {
  readonly local: TcpAddress;
  readonly remote: TcpAddress;
  /** Delivers no more bytes until {@link resume}: the kernel's buffer fills, and then the peer cannot send more. */
  pause(): void;
  resume(): void;
}

export interface TcpListener {
  /** With the port that the kernel chose if port 0 was asked for. */
  readonly address: TcpAddress;
  /** Stops accepting. Accepted connections stay open. */
  close(): void;
}

/** What was asked for and is not there yet. */
export interface Pending {
  /** No outcome is reported any more, and what is made meanwhile is closed. After the outcome it does nothing. */
  cancel(): void;
}

/** Most connections that are passed at once. */
export const PASSED_CONNECTIONS_MAX = 4;

/**
 * A socket file over which this process passes connections to another one (SCM_RIGHTS, R3.4). Nobody but these two uses
 * it. No call waits: each side tells the other one elsewhere when it is its turn.
 */
export interface Passage {
  /**
   * Passes the connections, none of which was started, to the process that has reached the passage, and closes them
   * here: all of them or none. EAGAIN: no process has reached it; EPERM: one other than `to` did, and is cut off.
   */
  pass(to: Credentials, connections: readonly TcpConnection[]): OsResult<void>;
  /** Removes the socket file. What was passed can still be taken. */
  close(): void;
}

/** The other end of a {@link Passage}. */
export interface ReachedPassage {
  /** Takes what was passed, once. EAGAIN: nothing was; EIO: it is not what {@link Passage.pass} sends. */
  take(): OsResult<readonly TcpConnection[]>;
  close(): void;
}

export interface Network {
  /** Opens a passage at `path`, which processes of user `uid` and root can reach. Fails as `unix.listen` does. */
  openPassage(path: string, uid: number): OsResult<Passage>;
  /** ENOENT, ECONNREFUSED, EACCES; EAGAIN: another process has reached it. */
  reachPassage(path: string): OsResult<ReachedPassage>;
  /**
   * Listens; an IPv6 address accepts no IPv4 peers. EADDRINUSE; EADDRNOTAVAIL: not an address of this host; EACCES;
   * EINVAL: not an address at all.
   */
  listen(
    address: TcpAddress,
    onConnection: (connection: TcpConnection) => void,
    onOutcome: (outcome: OsResult<TcpListener>) => void,
  ): Pending;
  /** Connects, with keep-alive and without Nagle's delay. ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT. */
  connect(address: TcpAddress, onOutcome: (outcome: OsResult<TcpConnection>) => void): Pending;
  /**
   * The addresses of a host name, in the order in which to try them; a numeric address is its own. At least one.
   * ENOTFOUND: no such name; EAI_AGAIN: the resolver did not answer.
   */
  resolve(name: string, onOutcome: (outcome: OsResult<readonly string[]>) => void): Pending;
}
