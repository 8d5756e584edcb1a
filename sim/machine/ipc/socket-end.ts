/**
 * One end of a simulated Unix stream connection. Bytes move from the sender's queue (`pendingBytes`) through
 * the kernel's bounded buffer to the other end, in order and split at arbitrary places.
 */
import { assert } from '../../../src/base/assert.ts';
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

/** Sent and unread bytes that the kernel buffers for a reader of one connection. */
const SOCKET_BUFFER_BYTES = 212_992;
/** The most bytes that one read returns. */
const SOCKET_READ_BYTES_MAX = 65_536;
/** The same buffer with the quirk `socket-buffer-small`. */
const SMALL_BUFFER_BYTES = 100;
const CUT_ONE_IN = 8;
/** A slow reader reads at most this many bytes at a time, and pauses this long between two reads. */
const SLOW_READ_BYTES_MAX = 16;
const SLOW_REST_NS = 2_000_000;

export class SocketEnd implements Resource {
  readonly descriptors = 1;
  readonly peerCredentials: Credentials;
  readonly #scheduler: HostScheduler;
  /** All ends of the host. */
  readonly #ends: Set<SocketEnd>;
  /** Orders the deliveries to this end. */
  readonly #lane: Lane;
  readonly #bufferBytes: number;
  #other: SocketEnd | undefined;
  #owner: SimProcess | undefined;
  #holdsOwner = false;
  #listener: ConnectionListener | undefined;
  readonly #outbox: Uint8Array[] = [];
  readonly #inbox: Uint8Array[] = [];
  /** Bytes in the kernel on the way to this end, not yet delivered. */
  #queuedBytes = 0;
  #pendingBytes = 0;
  #isClosing = false;
  /** Closes the end when the peer does not read the bytes that were queued at `close`. */
  #linger: PendingEvent | undefined;
  #isReleased = false;
  #isFinished = false;
  /** The owner reads slowly until this time. */
  #slowUntil = 0;
  /** A slow reader reads nothing until this time. */
  #restsUntil = 0;
  /** The owner is paused and reads when it resumes. */
  #readsLater = false;
  /** Why the peer closed the connection, once that has arrived here. */
  #ending: CloseReason | undefined;
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
    ends.add(this);
  }

  /** Names the connection by its creator and path, for messages. */
  get label(): string {
    return this.#lane.label;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The process that has this end; undefined: none yet, or no longer. */
  get owner(): SimProcess | undefined {
    return this.#owner;
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
    this.#slowUntil = this.#scheduler.now + forMs * NS_PER_MS;
  }

  /** Breaks the connection: both sides see a reset. */
  reset(): void {
    if (this.#isReleased) return;
    const reason = this.#isClosing ? 'local' : 'reset';
    this.release('reset');
    this.#scheduler.post(this.#lane, () => this.#finish(reason));
  }

  join(other: SocketEnd): void {
    this.#other = other;
    other.#other = this;
  }

  /** Sets the process that has this end; undefined while the socket is being passed. */
  setOwner(owner: SimProcess | undefined, isBackground: boolean): void {
    this.#dropOwner();
    this.#owner = owner;
    if (owner === undefined) return;
    owner.hold(this);
    this.#holdsOwner = !isBackground;
    if (this.#holdsOwner) owner.holds++;
  }

  start(listener: ConnectionListener): void {
    assert(this.#listener === undefined, 'a connection is started once');
    this.#listener = listener;
    this.#scheduler.post(this.#lane, () => this.#pump());
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosing || this.#isReleased || bytes.length === 0) return;
    this.#outbox.push(bytes.slice());
    this.#pendingBytes += bytes.length;
    this.#flush();
    const { owner } = this;
    if (owner !== undefined) {
      owner.pendingBytesPeak = Math.max(owner.pendingBytesPeak, this.#pendingBytes);
    }
  }

  close(): void {
    if (this.#isClosing || this.#isReleased) return;
    this.#isClosing = true;
    this.#flush();
    if (this.#outbox.length === 0) return;
    const scheduler = this.#scheduler;
    const giveUp = (): void => this.#finishLocally();
    this.#linger = scheduler.postAt(this.#lane.stream, CLOSE_LINGER_MS * NS_PER_MS, false, giveUp);
  }

  drop(): void {
    if (this.#isReleased) return;
    this.#isClosing = true;
    this.#finishLocally();
  }

  /** The owner ended: bytes outside the kernel are lost, and the peer sees the end. */
  releaseAtEnd(): void {
    this.release('ended');
    this.#isFinished = true;
    this.#dropOwner();
  }

  /** Removes the end from the kernel. If it has unread bytes, the peer sees a reset. */
  release(reason: 'ended' | 'reset'): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#linger !== undefined) this.#scheduler.cancel(this.#linger);
    this.#ends.delete(this);
    const seen: CloseReason = this.#queuedBytes > 0 ? 'reset' : reason;
    this.#inbox.length = 0;
    this.#outbox.length = 0;
    this.#pendingBytes = 0;
    const other = this.#other;
    if (other === undefined || other.#isReleased) return;
    const scheduler = this.#scheduler;
    other.orphanedAt = scheduler.now;
    scheduler.quirks.holdUp('end-seen-late', other.#lane, scheduler.now);
    scheduler.post(other.#lane, () => other.#seeEnd(seen));
  }

  /** Moves queued bytes into the kernel as far as there is room. */
  #flush(): void {
    const other = this.#other;
    while (other !== undefined && !other.#isReleased && this.#outbox.length > 0) {
      const room = other.#bufferBytes - other.#queuedBytes;
      if (room <= 0) return;
      const piece = this.#cutPiece(Math.min(room, SOCKET_READ_BYTES_MAX));
      other.#queuedBytes += piece.length;
      this.#pendingBytes -= piece.length;
      const scheduler = this.#scheduler;
      scheduler.quirks.holdUp('message-late', other.#lane, scheduler.now);
      scheduler.post(other.#lane, () => other.#arrive(piece));
    }
    if (this.#isClosing) this.#finishLocally();
  }

  #cutPiece(room: number): Uint8Array {
    const first = this.#outbox.shift() as Uint8Array;
    let length = Math.min(first.length, room);
    const { stream } = this.#lane;
    if (length > 1 && stream.oneIn(CUT_ONE_IN)) length = 1 + stream.below(length - 1);
    if (length < first.length) this.#outbox.unshift(first.subarray(length));
    return first.subarray(0, length);
  }

  #arrive(piece: Uint8Array): void {
    if (this.#isReleased) return;
    this.#inbox.push(piece);
    this.#pump();
  }

  #seeEnd(reason: CloseReason): void {
    this.#ending = reason;
    this.#pump();
  }

  /** Delivers the bytes that have arrived, then the end of the connection. */
  #pump(): void {
    const listener = this.#listener;
    const owner = this.#owner;
    if (listener === undefined || owner === undefined || this.#isFinished) return;
    if (owner.isPaused) {
      if (!this.#readsLater) owner.waiting.push(() => this.#readAgain());
      this.#readsLater = true;
      return;
    }
    const scheduler = this.#scheduler;
    if (scheduler.now < this.#restsUntil) return;
    while (!this.#isClosing && this.#inbox.length > 0 && owner.isAlive) {
      const isSlow = scheduler.now < this.#slowUntil;
      const piece = this.#take(isSlow);
      this.#queuedBytes -= piece.length;
      owner.deliver('data', piece, () => listener.onData(piece));
      if (this.#other !== undefined) this.#other.#flush();
      if (!isSlow) continue;
      this.#restsUntil = scheduler.now + SLOW_REST_NS;
      scheduler.at(this.#restsUntil, () => this.#pump());
      return;
    }
    if (this.#ending === undefined || !owner.isAlive) return;
    this.release('ended');
    this.#finish(this.#isClosing ? 'local' : this.#ending);
  }

  #readAgain(): void {
    this.#readsLater = false;
    this.#pump();
  }

  /** The bytes of the next read. */
  #take(isSlow: boolean): Uint8Array {
    const piece = this.#inbox.shift() as Uint8Array;
    const length = this.#readable(piece.length, isSlow);
    if (length >= piece.length) return piece;
    this.#inbox.unshift(piece.subarray(length));
    return piece.subarray(0, length);
  }

  /** The number of bytes of a piece that one read returns. */
  #readable(byteLength: number, isSlow: boolean): number {
    const { noise, quirks } = this.#scheduler;
    if (quirks.happens('bytes-one-by-one', this.label)) return 1;
    if (!isSlow || byteLength <= SLOW_READ_BYTES_MAX) return byteLength;
    return 1 + noise.stream(`slow reads of ${this.label}`).below(SLOW_READ_BYTES_MAX);
  }

  /** Closing races with reading: the process may have read and discarded the unread bytes, or not. */
  #finishLocally(): void {
    if (this.#lane.stream.oneIn(2)) this.#queuedBytes = 0;
    this.release('ended');
    this.#scheduler.post(this.#lane, () => this.#finish('local'));
  }

  #finish(reason: CloseReason): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const owner = this.#owner;
    const listener = this.#listener;
    this.#dropOwner();
    if (owner === undefined) return;
    owner.deliver('close', reason, () => listener?.onClose(reason));
  }

  #dropOwner(): void {
    if (this.#owner === undefined) return;
    this.#owner.drop(this);
    if (this.#holdsOwner) this.#owner.holds--;
    this.#holdsOwner = false;
    this.#owner = undefined;
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

  send(bytes: Uint8Array): void {
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
