/**
 * One end of a simulated Unix stream connection. Bytes go from the sender's queue (`pendingBytes`) through
 * the kernel's buffer, which is bounded, to the other end, in order and cut at arbitrary places.
 */
import { assert } from '../../../src/base/assert.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { type Credentials } from '../../../src/port/identity.ts';
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

/** Bytes the kernel holds for a reader of one connection, sent and not yet read. */
const SOCKET_BUFFER_BYTES = 212_992;
/** The most that one read delivers. */
const SOCKET_READ_BYTES_MAX = 65_536;
/** What it holds of a connection with a small buffer. */
const SMALL_BUFFER_BYTES = 100;
const CUT_ONE_IN = 8;
/** How a slow reader reads: so few bytes at a time, and so long a rest between two times. */
const SLOW_READ_BYTES_MAX = 16;
const SLOW_REST_NS = 2_000_000;

export class SocketEnd implements Resource {
  readonly descriptors = 1;
  readonly peerCredentials: Credentials;
  readonly #scheduler: HostScheduler;
  /** All ends of the host. */
  readonly #ends: Set<SocketEnd>;
  /** Orders what arrives here. */
  readonly #lane: Lane;
  readonly #bufferBytes: number;
  #other: SocketEnd | undefined;
  #owner: SimProcess | undefined;
  #holdsOwner = false;
  #listener: ConnectionListener | undefined;
  readonly #outbox: Uint8Array[] = [];
  readonly #inbox: Uint8Array[] = [];
  /** In the kernel on the way to this end, delivered to nobody yet. */
  #queuedBytes = 0;
  #pendingBytes = 0;
  #isClosing = false;
  /** Gives up on a peer that does not take what was queued when we closed. */
  #linger: PendingEvent | undefined;
  #isReleased = false;
  #isFinished = false;
  /** Until then it is read slowly. */
  #slowUntil = 0;
  /** A slow reader rests until then. */
  #restsUntil = 0;
  /** The owner is paused and looks when it goes on. */
  #looksLater = false;
  /** Why the other side ended, once that has arrived here. */
  #ending: CloseReason | undefined;
  /** Since when there is no other side, virtual nanoseconds. */
  forsakenAt: number | undefined;

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

  /** Who made the connection and how, for people. */
  get label(): string {
    return this.#lane.label;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Who has it; undefined: nobody yet, or no longer. */
  get owner(): SimProcess | undefined {
    return this.#owner;
  }

  /** Who has the other end. */
  get peerOwner(): SimProcess | undefined {
    return this.#other?.owner;
  }

  /** Nothing more arrives here for so long; what is sent meanwhile arrives afterwards. */
  clog(forMs: number): void {
    const until = this.#scheduler.now + forMs * NS_PER_MS;
    this.#lane.lastTime = Math.max(this.#lane.lastTime, until);
  }

  /** Its owner reads a few bytes at a time for so long. */
  slowDown(forMs: number): void {
    this.#slowUntil = this.#scheduler.now + forMs * NS_PER_MS;
  }

  /** Breaks the connection: both sides hear of a reset. */
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

  /** Gives the end to a process, or to nobody while it is on its way. */
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

  /** The owner ended: what it had not handed to the kernel is lost, the other side hears of the end. */
  releaseAtEnd(): void {
    this.release('ended');
    this.#isFinished = true;
    this.#dropOwner();
  }

  /** Takes the end out of the kernel. Unread bytes here make the other side see a reset. */
  release(reason: 'ended' | 'reset'): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#linger !== undefined) this.#scheduler.cancel(this.#linger);
    this.#ends.delete(this);
    const told: CloseReason = this.#queuedBytes > 0 ? 'reset' : reason;
    this.#inbox.length = 0;
    this.#outbox.length = 0;
    this.#pendingBytes = 0;
    const other = this.#other;
    if (other === undefined || other.#isReleased) return;
    const scheduler = this.#scheduler;
    other.forsakenAt = scheduler.now;
    scheduler.quirks.holdUp('end-seen-late', other.#lane, scheduler.now);
    scheduler.post(other.#lane, () => other.#hearEnd(told));
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

  #hearEnd(reason: CloseReason): void {
    this.#ending = reason;
    this.#pump();
  }

  /** Hands over what has arrived, then the end of the connection. */
  #pump(): void {
    const listener = this.#listener;
    const owner = this.#owner;
    if (listener === undefined || owner === undefined || this.#isFinished) return;
    if (owner.isPaused) {
      if (!this.#looksLater) owner.waiting.push(() => this.#lookAgain());
      this.#looksLater = true;
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

  #lookAgain(): void {
    this.#looksLater = false;
    this.#pump();
  }

  /** What is read at once. */
  #take(isSlow: boolean): Uint8Array {
    const piece = this.#inbox.shift() as Uint8Array;
    const length = this.#readable(piece.length, isSlow);
    if (length >= piece.length) return piece;
    this.#inbox.unshift(piece.subarray(length));
    return piece.subarray(0, length);
  }

  /** How many bytes of a piece are read at once. */
  #readable(byteLength: number, isSlow: boolean): number {
    const { noise, quirks } = this.#scheduler;
    if (quirks.happens('bytes-one-by-one', this.label)) return 1;
    if (!isSlow || byteLength <= SLOW_READ_BYTES_MAX) return byteLength;
    return 1 + noise.stream(`slow reads of ${this.label}`).below(SLOW_READ_BYTES_MAX);
  }

  /** Closing races with reading: what is still unread may have been read and thrown away, or not. */
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

  get peer(): Credentials {
    this.#process.enter('unix.peer', this.#end.label);
    return this.#end.peerCredentials;
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
