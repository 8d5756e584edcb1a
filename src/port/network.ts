/**
 * The World's network: TCP connections and UDP datagrams between hosts, and the addresses of host names. Outcomes come
 * later, never from inside the call that asks for them. The caller sets time limits with the clock, and bounds queued
 * bytes.
 */

import type { Credentials } from './identity.ts';
import type { KernelPages } from './kernel-tracer.ts';
import type { OsError, OsResult } from './os-error.ts';
import type { ByteStream } from './unix-sockets.ts';

/** A numeric IPv4 or IPv6 address, without brackets or zone, and a port from 0 to 65535, of TCP or of UDP. */
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

/** Most bytes of a datagram over IPv4; over IPv6 a few more fit. A longer one is an error: EMSGSIZE. */
export const UDP_PAYLOAD_BYTES_MAX = 65_507;

/** Gets what arrives at a {@link UdpSocket} after the outcome of its creation, never after its `close`. */
export interface UdpListener {
  /** The array is the listener's. */
  onDatagram(bytes: Uint8Array, from: TcpAddress): void;
  /** A datagram did not go out, or the peer's host refused an earlier one: EMSGSIZE, ECONNREFUSED, EHOSTUNREACH. */
  onError(error: OsError): void;
}

/**
 * A UDP socket. Datagrams get lost, come twice and come in another order, and the sender does not learn it. The kernel
 * keeps a bounded number of those that the process has not taken, and loses the others.
 */
export interface UdpSocket {
  readonly local: TcpAddress;
  /** Sends one datagram; errors come later. The caller leaves the array unchanged. After `close` it does nothing. */
  send(bytes: Uint8Array, to: TcpAddress): void;
  close(): void;
}

/** It gets datagrams of one address alone, and learns when no socket is there (ECONNREFUSED). */
export interface ConnectedUdpSocket {
  readonly local: TcpAddress;
  readonly remote: TcpAddress;
  send(bytes: Uint8Array): void;
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
 * A socket file over which this process passes connections to another one (SCM_RIGHTS, R3.4). Only these two use it. No
 * call waits: each side tells the other one elsewhere when it is its turn.
 */
export interface Passage {
  /**
   * Passes the connections, none of which was started, to the process that has reached the passage, and closes them
   * here: all of them or none. EAGAIN: no process has reached it; EPERM: one other than `to` did, and is cut off;
   * EPIPE: the process has left it again; ECONNRESET: one of the connections has ended; EMFILE.
   */
  pass(to: Credentials, connections: readonly TcpConnection[]): OsResult<void>;
  /** The same for pages of the kernel (R1.24), at most {@link PASSED_PAGES_MAX}; no wait is pending on them. */
  passPages(to: Credentials, pages: readonly KernelPages[]): OsResult<void>;
  /** Removes the socket file. What was passed can still be taken. */
  close(): void;
}

/** The other end of a {@link Passage}. */
export interface ReachedPassage {
  /**
   * Takes what was passed, once, whether it succeeds or not. EAGAIN: nothing was; ECONNRESET: the passage was closed,
   * or one of the connections has ended; EMFILE; EIO: it is not what {@link Passage.pass} sends.
   */
  take(): OsResult<readonly TcpConnection[]>;
  /** The same for what {@link Passage.passPages} sent. */
  takePages(): OsResult<readonly KernelPages[]>;
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
  /** A socket for datagrams at this address; fails as {@link listen} does. TCP and UDP have ports of their own. */
  bindUdp(
    address: TcpAddress,
    listener: UdpListener,
    onOutcome: (outcome: OsResult<UdpSocket>) => void,
  ): Pending;
  /** A socket that exchanges datagrams with one address. ENETUNREACH: no own address of this family reaches it. */
  connectUdp(
    address: TcpAddress,
    listener: UdpListener,
    onOutcome: (outcome: OsResult<ConnectedUdpSocket>) => void,
  ): Pending;
  /**
   * The addresses of a host name, in the order in which to try them; a numeric address is its own. At least one.
   * ENOTFOUND: no such name; EAI_AGAIN: the resolver did not answer.
   */
  resolve(name: string, onOutcome: (outcome: OsResult<readonly string[]>) => void): Pending;
}
