/**
 * A port `Connection` over a Node socket.
 *
 * Node destroys a socket when a write fails, and with it the bytes that the peer sent before it went. The port
 * promises them, so the last act before the descriptor closes is to read what the kernel still holds.
 */
import { readSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type {
  CloseReason,
  Connection,
  ConnectionListener,
  Credentials,
  OsResult,
} from '../port/world.ts';
import { thrownErrno } from './errors.ts';
import { peerCredentials } from './unix-calls.ts';

const DRAIN_CHUNK_BYTES = 65_536;

/** The descriptor under a socket, or undefined once it is closed. */
export function socketDescriptor(socket: Socket): number | undefined {
  // There is no public way to it; the handle of a Unix stream has carried `fd` in every Node release.
  const { _handle: handle } = socket as unknown as { _handle: { fd: number } | null };
  return handle === null || handle.fd < 0 ? undefined : handle.fd;
}

/** A socket over a connected descriptor, which it owns from now on; it reads nothing until resumed. */
export function pausedSocket(fd: number): Socket {
  // Without `manualStart` (not in Node's types) bytes would move into Node's buffer at once.
  const options = { fd, readable: true, writable: true, manualStart: true };
  return new Socket(options as SocketConstructorOpts).pause();
}

/** Wraps a connected, paused socket. Fails, and destroys it, when the kernel cannot name the peer. */
export function wrapConnection(
  socket: Socket,
  options: { readonly background?: boolean },
): OsResult<Connection> {
  const peer = peerCredentials(socketDescriptor(socket) ?? -1);
  if (!peer.ok) {
    socket.destroy();
    return peer;
  }
  if (options.background === true) socket.unref();
  return ok(new SocketConnection(socket, peer.value));
}

/**
 * Life: connected → (reason known) → over. `reason` is set once, by whichever comes first: our close, the end of
 * the peer's bytes, an error. `over` is set when the descriptor is closed; only then is the listener told.
 */
class SocketConnection implements Connection {
  readonly peer: Credentials;
  readonly #socket: Socket;
  #listener: ConnectionListener | undefined;
  #started = false;
  #reason: CloseReason | undefined;
  #over = false;
  /** Bytes rescued before `start`; at most what a socket's kernel buffer holds. */
  #early: Uint8Array[] = [];

  constructor(socket: Socket, peer: Credentials) {
    this.peer = peer;
    this.#socket = socket;
    this.#drainBeforeClosing();
    socket.on('end', () => {
      this.#reason ??= 'ended';
    });
    socket.on('error', () => {
      this.#reason ??= 'reset';
    });
    socket.on('close', () => {
      this.#reason ??= 'ended';
      this.#over = true;
      this.#report();
    });
  }

  start(listener: ConnectionListener): void {
    assert(!this.#started, 'unix: a connection is started once');
    this.#started = true;
    this.#listener = listener;
    if (this.#over) {
      setImmediate(() => this.#report());
      return;
    }
    this.#socket.on('data', (chunk: Buffer) => this.#deliver(chunk));
    this.#socket.resume();
  }

  send(bytes: Uint8Array): void {
    if (this.#reason !== undefined || bytes.length === 0) return;
    // A copy, because the socket may keep it for later and the caller may reuse the array.
    this.#socket.write(Uint8Array.from(bytes));
  }

  get pendingBytes(): number {
    return this.#over ? 0 : this.#socket.writableLength;
  }

  close(): void {
    if (this.#reason !== undefined) return;
    this.#reason = 'local';
    this.#early = [];
    this.#socket.end(() => this.#socket.destroy());
    // What still comes in is thrown away, but must be read for the end to be seen.
    this.#socket.resume();
  }

  #deliver(chunk: Uint8Array): void {
    if (this.#reason === 'local') return;
    this.#listener?.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  #report(): void {
    const listener = this.#listener;
    if (listener === undefined || this.#reason === undefined) return;
    for (const chunk of this.#early) this.#deliver(chunk);
    this.#early = [];
    this.#listener = undefined;
    listener.onClose(this.#reason);
  }

  /** Hooks into the socket's teardown, the last moment at which the descriptor is open. */
  #drainBeforeClosing(): void {
    const socket = this.#socket;
    const destroy = socket._destroy.bind(socket);
    socket._destroy = (error, callback) => {
      if (isWriteFailure(error) && this.#reason === undefined) {
        this.#reason = this.#drain();
        destroy(null, callback);
        return;
      }
      destroy(error, callback);
    };
  }

  /** Keeps what the kernel still holds and returns how the peer ended. */
  #drain(): CloseReason {
    const fd = socketDescriptor(this.#socket);
    if (fd === undefined) return 'reset';
    for (;;) {
      try {
        const chunk = new Uint8Array(DRAIN_CHUNK_BYTES);
        const count = readSync(fd, chunk);
        if (count === 0) return 'ended';
        this.#early.push(chunk.subarray(0, count));
      } catch (thrown) {
        if (thrownErrno(thrown) === undefined) throw thrown;
        return 'reset';
      }
    }
  }
}

function isWriteFailure(error: Error | null): boolean {
  return error !== null && 'syscall' in error && error.syscall === 'write';
}
