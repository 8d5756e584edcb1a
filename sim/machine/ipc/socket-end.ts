/**
 * One end of a simulated Unix stream connection. Bytes move from the sender's queue (`pendingBytes`) through
 * the kernel's bounded buffer to the other end, in order and split at arbitrary places.
 */
import { joined } from '../../../src/base/bytes.ts';
import { ok } from '../../../src/base/result.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { type Credentials } from '../../../src/port/identity.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import {
  CLOSE_LINGER_MS,
  type CloseReason,
  type Connection,
  type ConnectionListener,
} from '../../../src/port/unix-sockets.ts';
import type { PendingEvent } from '../core/event-heap.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import { ConnectionReader } from './connection-reader.ts';
import { Outbox } from './outbox.ts';

/** Sent and unread bytes that the kernel buffers for a reader of one connection. */
const SOCKET_BUFFER_BYTES = 212_992;
/** The most bytes that one read returns. */
const SOCKET_READ_BYTES_MAX = 65_536;
/** The same buffer with the quirk `socket-buffer-small`. */
const SMALL_BUFFER_BYTES = 100;

export class SocketEnd implements Resource {
  readonly descriptors = 1;
  readonly peerCredentials: Credentials;
  readonly #scheduler: HostScheduler;
  /** All ends of the host. */
  readonly #ends: Set<SocketEnd>;
  /** Orders the deliveries to this end. */
  readonly #lane: Lane;
  readonly #bufferBytes: number;
  readonly #reader: ConnectionReader;
  readonly #outbox = new Outbox();
  #other: SocketEnd | undefined;
  /** Bytes in the kernel on the way to this end, not yet delivered. */
  #queuedBytes = 0;
  #isClosing = false;
  /** Closes the end when the peer does not read the bytes that were queued at `close`. */
  #linger: PendingEvent | undefined;
  #isReleased = false;
  /** When the other end was released, virtual nanoseconds. */
  orphanedAt: number | undefined;

  constructor(
    scheduler: HostScheduler,
    ends: Set<SocketEnd>,
    lane: Lane,
    peerCredentials: Credentials,
  ) {
    this.#scheduler = scheduler;
    this.#ends = ends;
    this.#lane = lane;
    const isSmall = scheduler.quirks.happens('socket-buffer-small', lane.label);
    this.#bufferBytes = isSmall ? SMALL_BUFFER_BYTES : SOCKET_BUFFER_BYTES;
    this.peerCredentials = peerCredentials;
    this.#reader = new ConnectionReader(scheduler, lane.label, this);
    ends.add(this);
  }

  /** Names the connection by its creator and path, for messages. */
  get label(): string {
    return this.#lane.label;
  }

  get pendingBytes(): number {
    return this.#outbox.byteLength;
  }

  /** The process that has this end; undefined: none yet, or no longer. */
  get owner(): SimProcess | undefined {
    return this.#reader.owner;
  }

  /** The process that has the other end. */
  get peerOwner(): SimProcess | undefined {
    return this.#other?.owner;
  }

  /** Nothing arrives at this end for `forMs`; bytes sent meanwhile arrive afterwards. */
  clog(forMs: number): void {
    const until = this.#scheduler.now + forMs * NS_PER_MS;
    this.#lane.lastTime = Math.max(this.#lane.lastTime, until);
  }

  /** The owner reads a few bytes at a time for `forMs`. */
  slowDown(forMs: number): void {
    this.#reader.slowDown(forMs);
  }

  /** Breaks the connection: both sides see a reset. */
  reset(): void {
    if (this.#isReleased) return;
    const reason = this.#isClosing ? 'local' : 'reset';
    this.release('reset');
    this.#scheduler.post(this.#lane, () => this.#reader.finish(reason));
  }

  join(other: SocketEnd): void {
    this.#other = other;
    other.#other = this;
  }

  /** Sets the process that has this end; undefined while the socket is being passed. */
  setOwner(owner: SimProcess | undefined, isBackground: boolean): void {
    this.#reader.setOwner(owner, isBackground);
  }

  start(listener: ConnectionListener): void {
    this.#reader.listen(listener);
    this.#scheduler.post(this.#lane, () => this.#reader.pump());
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosing || this.#isReleased || bytes.length === 0) return;
    this.#outbox.push(bytes);
    this.#flush();
    const { owner } = this;
    if (owner !== undefined) {
      owner.pendingBytesPeak = Math.max(owner.pendingBytesPeak, this.pendingBytes);
    }
  }

  close(): void {
    if (this.#isClosing || this.#isReleased) return;
    this.#beginToClose();
    this.#flush();
    if (this.#outbox.byteLength === 0) return;
    const scheduler = this.#scheduler;
    const giveUp = (): void => this.#finishLocally();
    this.#linger = scheduler.postAt(this.#lane.stream, CLOSE_LINGER_MS * NS_PER_MS, false, giveUp);
  }

  drop(): void {
    if (this.#isReleased) return;
    this.#beginToClose();
    this.#finishLocally();
  }

  #beginToClose(): void {
    this.#isClosing = true;
    this.#reader.close();
  }

  /** The owner ended: bytes outside the kernel are lost, and the peer sees the end. */
  releaseAtEnd(): void {
    this.release('ended');
    this.#reader.abandon();
  }

  /** Removes the end from the kernel. If it has unread bytes, the peer sees a reset. */
  release(reason: 'ended' | 'reset'): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#linger !== undefined) this.#scheduler.cancel(this.#linger);
    this.#ends.delete(this);
    const seen: CloseReason = this.#queuedBytes > 0 ? 'reset' : reason;
    this.#reader.discard();
    this.#outbox.clear();
    const other = this.#other;
    if (other === undefined || other.#isReleased) return;
    const scheduler = this.#scheduler;
    other.orphanedAt = scheduler.now;
    scheduler.quirks.holdUp('end-seen-late', other.#lane, scheduler.now);
    scheduler.post(other.#lane, () => other.#reader.seeEnd(seen));
  }

  /** Moves queued bytes into the kernel as far as there is room. */
  #flush(): void {
    const other = this.#other;
    while (other !== undefined && !other.#isReleased && this.#outbox.byteLength > 0) {
      const room = other.#bufferBytes - other.#queuedBytes;
      if (room <= 0) return;
      const piece = this.#outbox.take(Math.min(room, SOCKET_READ_BYTES_MAX), this.#lane.stream);
      other.#queuedBytes += piece.length;
      const scheduler = this.#scheduler;
      scheduler.quirks.holdUp('message-late', other.#lane, scheduler.now);
      scheduler.post(other.#lane, () => other.#arrive(piece));
    }
    if (this.#isClosing) this.#finishLocally();
  }

  #arrive(piece: Uint8Array): void {
    if (!this.#isReleased) this.#reader.arrive(piece);
  }

  onRead(byteLength: number): void {
    this.#queuedBytes -= byteLength;
  }

  onHandled(): void {
    if (this.#other !== undefined) this.#other.#flush();
  }

  onEnd(reason: CloseReason): void {
    this.release('ended');
    this.#reader.finish(this.#isClosing ? 'local' : reason);
  }

  /** Closing races with reading: the process may have read and discarded the unread bytes, or not. */
  #finishLocally(): void {
    if (this.#lane.stream.oneIn(2)) this.#queuedBytes = 0;
    this.release('ended');
    this.#scheduler.post(this.#lane, () => this.#reader.finish('local'));
  }
}

/** The port's view of an end that belongs to `process`. */
export class SimConnection implements Connection {
  readonly #process: SimProcess;
  readonly #end: SocketEnd;

  constructor(process: SimProcess, end: SocketEnd) {
    this.#process = process;
    this.#end = end;
  }

  peer(): OsResult<Credentials> {
    return this.#process.attempt('unix.peer', this.#end.label, () => ok(this.#end.peerCredentials));
  }

  get pendingBytes(): number {
    return this.#process.answer('unix.pendingBytes', this.#end.label, () => this.#end.pendingBytes);
  }

  start(listener: ConnectionListener): void {
    this.#process.enter('unix.start', this.#end.label);
    this.#end.start(listener);
  }

  send(...parts: readonly Uint8Array[]): void {
    const bytes = joined(parts);
    this.#process.enter('unix.send', `${this.#end.label} ${bytes.length} bytes`);
    this.#end.send(bytes);
  }

  close(): void {
    this.#process.enter('unix.close', this.#end.label);
    this.#end.close();
  }

  drop(): void {
    this.#process.enter('unix.drop', this.#end.label);
    this.#end.drop();
  }
}
