/**
 * A port `ByteStream` over a Node socket, and a `Connection` over a Unix socket. Node reads; this file writes to the
 * descriptor itself, and retries after a delay when the kernel's buffer is full. Node's own writes do not fit the port:
 * a pending write keeps the process alive, even on a `background` connection whose peer hangs; and after a failed write
 * Node discards the bytes that the peer sent before it ended, which the port promises to deliver.
 */
import { readSync } from 'node:fs';
import { type OnReadOpts, Socket } from 'node:net';
// Imported, not the globals: tests of a traced application may replace the globals by a fake clock.
import { clearTimeout, setTimeout } from 'node:timers';
import { assert } from '../base/assert.ts';
import { firstBytes } from '../base/bytes.ts';
import { ok } from '../base/result.ts';
import { type Credentials } from '../port/identity.ts';
import { type OsResult } from '../port/os-error.ts';
import {
  type ByteStream,
  CLOSE_LINGER_MS,
  type CloseReason,
  type Connection,
  type ConnectionListener,
} from '../port/unix-sockets.ts';
import { type Entrance, entering, soon } from './entrance.ts';
import { thrownErrno } from './errors.ts';
import { Outbox } from './outbox.ts';
import { peerCredentials } from './unix-calls.ts';
import { writeParts } from './write.ts';

/** Delays before a retry on a full buffer: they double from the first to the last, and restart after each success. */
const RETRY_MS_FIRST = 1;
const RETRY_MS_LAST = 64;
/**
 * Most bytes that are written before Node notices that the socket is connected. It notices when the kernel's buffer has
 * room, and keeps the process alive until then, even on a background connection: so the buffer must not be full.
 */
const CONNECTING_BYTES_MAX = 16_384;
/** Most bytes of one read while the thread blocks. */
const READ_BYTES = 65_536;

/**
 * Most bytes of one read by Node where it reads into our array. Node's own reads take at most 64 KiB, into an array of
 * that size for each of them, which costs more than the read itself.
 */
const SHARED_READ_BYTES = 262_144;
/** All sockets of the thread read into it in turn: what they read is valid only until the next read. */
let shared: Uint8Array | undefined;

/** How a socket reads without an array of its own: `onread` is an option of the socket. */
export class SharedReads {
  /** Takes what was read. */
  take: ((bytes: Uint8Array) => void) | undefined;
  readonly onread: OnReadOpts;

  constructor(entrance: Entrance) {
    shared ??= new Uint8Array(SHARED_READ_BYTES);
    const buffer = shared;
    const onRead = entering(entrance, (byteLength: number): void => {
      this.take?.(buffer.subarray(0, byteLength));
    });
    const callback = (byteLength: number): boolean => {
      onRead(byteLength);
      return true;
    };
    this.onread = { buffer, callback };
  }
}

/** The descriptor under a socket, or undefined once it is closed. */
export function socketDescriptor(socket: Socket): number | undefined {
  // Node has no public API for it; the handle of a Unix stream has had `fd` in every Node release.
  const { _handle: handle } = socket as unknown as { _handle: { fd: number } | null };
  return handle === null || handle.fd < 0 ? undefined : handle.fd;
}

/**
 * A socket over a connected descriptor, which it owns from now on; it reads nothing before `resume`. `onread`: of its
 * {@link SharedReads}.
 */
export function pausedSocket(fd: number, onread?: OnReadOpts): Socket {
  // Without `manualStart` (not in Node's types) Node would read bytes into its buffer at once.
  const options = { fd, readable: true, writable: true, manualStart: true, onread };
  return new Socket(options).pause();
}

/** Wraps a connected, paused socket. */
export function wrapConnection(
  socket: Socket,
  entrance: Entrance,
  options: { readonly background?: boolean },
): Connection {
  if (options.background ?? entrance.isBackground) socket.unref();
  return new UnixConnection(socket, entrance);
}

/**
 * States: connected → (reason known) → over. The first of these sets `reason`, once: our close, the end of the peer's
 * bytes, an error. `over` is set when the descriptor is closed; only then is the listener's `onClose` called.
 */
export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  readonly #entrance: Entrance;
  readonly #reads: SharedReads | undefined;
  readonly #forget: () => void;
  /** Ends the polling of a thread that blocks. */
  #unpoll: (() => void) | undefined;
  #listener: ConnectionListener | undefined;
  #started = false;
  #isPaused = false;
  #reason: CloseReason | undefined;
  #over = false;
  readonly #outbox = new Outbox();
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS_FIRST;
  #linger: NodeJS.Timeout | undefined;
  /** Bytes written before Node has noticed that the socket is connected. */
  #early = 0;
  /** The kernel refuses all further bytes from us. The socket still reads what the peer sent before. */
  #isWriteRefused = false;

  /** `reads`: those of the socket, if it has them. */
  constructor(socket: Socket, entrance: Entrance, reads?: SharedReads) {
    this.#socket = socket;
    this.#entrance = entrance;
    this.#reads = reads;
    this.#forget = entrance.hold({ close: () => this.drop() });
    const on = (event: string, call: () => void): void => {
      socket.on(event, entering(entrance, call));
    };
    on('end', () => {
      this.#reason ??= 'ended';
      this.#dropOutbox();
    });
    on('error', () => {
      this.#reason ??= 'reset';
    });
    on('close', () => this.#close('ended'));
  }

  start(listener: ConnectionListener): void {
    assert(!this.#started, 'a connection is started once');
    this.#started = true;
    this.#listener = listener;
    if (this.#over) {
      soon(this.#entrance, () => this.#report());
      return;
    }
    // Node's chunks are buffers of its own class.
    const onData = ({ buffer, byteOffset, length }: Uint8Array): void =>
      this.#deliver(new Uint8Array(buffer, byteOffset, length));
    if (this.#reads !== undefined) this.#reads.take = (bytes) => this.#deliver(bytes);
    else this.#socket.on('data', entering(this.#entrance, onData));
    if (!this.#isPaused) this.#socket.resume();
    this.#unpoll = this.#entrance.blocking?.add(this);
  }

  /** Reads for a thread that blocks: Node has read nothing yet. */
  poll(): boolean {
    const fd = socketDescriptor(this.#socket);
    if (fd === undefined) return false;
    const bytes = new Uint8Array(READ_BYTES);
    try {
      const count = readSync(fd, bytes);
      if (count === 0) this.#close('ended');
      else this.#entrance.run(() => this.#deliver(bytes.subarray(0, count)));
    } catch (thrown) {
      const name = thrownErrno(thrown);
      if (name === undefined) throw thrown;
      if (name === 'EAGAIN') return false;
      this.#close('reset');
    }
    return true;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#reason !== 'local') this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#started) this.#socket.resume();
  }

  send(...parts: readonly Uint8Array[]): void {
    if (this.#reason !== undefined || this.#isWriteRefused) return;
    const taken = this.#outbox.byteLength === 0 ? this.#write(parts) : 0;
    if (!this.#isWriteRefused) this.#keep(parts, taken);
  }

  /** Keeps what follows the bytes that the kernel has taken. */
  #keep(parts: readonly Uint8Array[], taken: number): void {
    let at = taken;
    for (const part of parts) {
      if (at < part.length) this.#outbox.push(part.subarray(at));
      at = Math.max(0, at - part.length);
    }
    if (this.#outbox.byteLength > 0)
      this.#retry ??= this.#after(this.#retryMs, () => this.#flush());
  }

  get pendingBytes(): number {
    return this.#outbox.byteLength;
  }

  close(): void {
    if (this.#reason !== undefined) return;
    this.#reason = 'local';
    // The socket discards further bytes, but must read them to see the peer's end.
    this.#socket.resume();
    this.#linger = this.#after(CLOSE_LINGER_MS, () => {
      this.#dropOutbox();
      this.endBoth(this.#socket);
    });
    if (this.#outbox.byteLength === 0) this.endWriting(this.#socket);
  }

  drop(): void {
    if (this.#over) return;
    this.#reason ??= 'local';
    this.#dropOutbox();
    clearTimeout(this.#linger);
    this.abort(this.#socket);
  }

  /** The descriptor of a connection that another process is to have; undefined: it is over already. */
  passable(): number | undefined {
    assert(!this.#started && this.pendingBytes === 0, 'a connection is passed before its start');
    return this.#reason === undefined ? socketDescriptor(this.#socket) : undefined;
  }

  /** Another process has the connection: closes the descriptor here and changes nothing about the connection. */
  forsake(): void {
    this.#started = true;
    this.#close('local');
  }

  /** All bytes are in the kernel after `close`. */
  protected endWriting(socket: Socket): void {
    this.endBoth(socket);
  }

  protected endBoth(socket: Socket): void {
    socket.end(() => socket.destroy());
  }

  protected abort(socket: Socket): void {
    socket.destroy();
  }

  /** The connection has ended; the socket closes, if it has not already. */
  #close(reason: CloseReason): void {
    this.#reason ??= reason;
    this.#over = true;
    this.#unpoll?.();
    this.#dropOutbox();
    clearTimeout(this.#linger);
    this.#forget();
    this.#socket.destroy();
    this.#entrance.run(() => this.#report());
  }

  #deliver(bytes: Uint8Array): void {
    if (this.#reason !== 'local') this.#listener?.onData(bytes);
  }

  #report(): void {
    const listener = this.#listener;
    if (listener === undefined || this.#reason === undefined) return;
    this.#listener = undefined;
    listener.onClose(this.#reason);
  }

  /** Writes the outbox as far as the kernel has room. */
  #flush(): void {
    this.#retry = undefined;
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_LAST);
    while (this.#outbox.byteLength > 0) {
      const taken = this.#write(this.#outbox.first);
      if (this.#isWriteRefused) break;
      this.#outbox.remove(taken);
      if (taken > 0) this.#retryMs = RETRY_MS_FIRST;
      else {
        this.#retry = this.#after(this.#retryMs, () => this.#flush());
        return;
      }
    }
    if (this.#reason === 'local') this.endWriting(this.#socket);
  }

  /** Writes; returns the number of bytes that the kernel took. */
  #write(parts: readonly Uint8Array[]): number {
    const fd = socketDescriptor(this.#socket);
    const { connecting } = this.#socket;
    try {
      if (fd !== undefined) {
        const room = CONNECTING_BYTES_MAX - this.#early;
        const taken = writeParts(fd, connecting ? firstBytes(parts, room) : parts);
        if (connecting) this.#early += taken;
        return taken;
      }
    } catch (thrown) {
      const name = thrownErrno(thrown);
      if (name === undefined) throw thrown;
      if (name === 'EAGAIN') return 0;
    }
    this.#isWriteRefused = true;
    this.#dropOutbox();
    return 0;
  }

  #dropOutbox(): void {
    this.#outbox.clear();
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #after(milliseconds: number, act: () => void): NodeJS.Timeout {
    // Only the socket decides whether the connection keeps the process alive.
    return setTimeout(entering(this.#entrance, act), milliseconds).unref();
  }
}

class UnixConnection extends SocketStream implements Connection {
  readonly #socket: Socket;
  #peer: Credentials | undefined;

  constructor(socket: Socket, entrance: Entrance) {
    super(socket, entrance);
    this.#socket = socket;
  }

  peer(): OsResult<Credentials> {
    if (this.#peer !== undefined) return ok(this.#peer);
    const peer = peerCredentials(socketDescriptor(this.#socket) ?? -1);
    if (peer.ok) this.#peer = peer.value;
    return peer;
  }
}
