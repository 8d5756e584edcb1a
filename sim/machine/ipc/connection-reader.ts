/** One end of a connection, as its process has it: the owner, the bytes that have arrived, and how it reads them. */
import { assert } from '../../../src/base/assert.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import type { CloseReason, ConnectionListener } from '../../../src/port/unix-sockets.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Resource, SimProcess } from '../process/process.ts';

/** A slow reader reads at most this many bytes at a time, and pauses this long between two reads. */
const SLOW_READ_BYTES_MAX = 16;
const SLOW_REST_NS = 2_000_000;

/** What a reader tells its end. */
interface ReaderEnd extends Resource {
  /** The process reads so many bytes, and handles them. */
  onRead(byteLength: number): void;
  /** It has handled them. */
  onHandled(): void;
  /** The process has read everything, and sees the end of the connection. */
  onEnd(reason: CloseReason): void;
}

export class ConnectionReader {
  readonly #scheduler: HostScheduler;
  readonly #label: string;
  readonly #end: ReaderEnd;
  #owner: SimProcess | undefined;
  #holdsOwner = false;
  #listener: ConnectionListener | undefined;
  readonly #inbox: Uint8Array[] = [];
  /** The process has closed its end: it reads no more bytes, but sees the end. */
  #isClosed = false;
  /** The process wants nothing for the time being. */
  #isHeld = false;
  #isFinished = false;
  /** The owner reads slowly until this time. */
  #slowUntil = 0;
  /** A slow reader reads nothing until this time. */
  #restsUntil = 0;
  /** The owner is paused and reads when it resumes. */
  #readsLater = false;
  /** Why the peer closed the connection, once that has arrived here. */
  #ending: CloseReason | undefined;

  constructor(scheduler: HostScheduler, label: string, end: ReaderEnd) {
    this.#scheduler = scheduler;
    this.#label = label;
    this.#end = end;
  }

  /** The process that has this end; undefined: none yet, or no longer. */
  get owner(): SimProcess | undefined {
    return this.#owner;
  }

  get isStarted(): boolean {
    return this.#listener !== undefined;
  }

  get ending(): CloseReason | undefined {
    return this.#ending;
  }

  /** Sets the process that has this end; undefined while the socket is being passed. */
  setOwner(owner: SimProcess | undefined, isBackground: boolean): void {
    this.#dropOwner();
    this.#owner = owner;
    if (owner === undefined) return;
    owner.hold(this.#end);
    this.#holdsOwner = !isBackground;
    if (this.#holdsOwner) owner.holds++;
  }

  listen(listener: ConnectionListener): void {
    assert(this.#listener === undefined, 'a connection is started once');
    this.#listener = listener;
  }

  /** The owner reads a few bytes at a time for `forMs`. */
  slowDown(forMs: number): void {
    this.#slowUntil = this.#scheduler.now + forMs * NS_PER_MS;
  }

  /** The owner reads nothing until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  close(): void {
    this.#isClosed = true;
  }

  arrive(piece: Uint8Array): void {
    this.#inbox.push(piece);
    this.pump();
  }

  seeEnd(reason: CloseReason): void {
    this.#ending = reason;
    this.pump();
  }

  discard(): void {
    this.#inbox.length = 0;
  }

  /** Delivers the bytes that have arrived, then the end of the connection. */
  pump(): void {
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
    while (!this.#isClosed && !this.#isHeld && this.#inbox.length > 0 && owner.isAlive) {
      const isSlow = scheduler.now < this.#slowUntil;
      const piece = this.#take(isSlow);
      this.#end.onRead(piece.length);
      owner.deliver('data', piece, () => listener.onData(piece));
      this.#end.onHandled();
      if (!isSlow) continue;
      this.#restsUntil = scheduler.now + SLOW_REST_NS;
      scheduler.at(this.#restsUntil, () => this.pump());
      return;
    }
    const isHeld = this.#isHeld && !this.#isClosed;
    if (this.#ending === undefined || isHeld || !owner.isAlive) return;
    this.#end.onEnd(this.#ending);
  }

  /** Reports the end to the process. */
  finish(reason: CloseReason): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const owner = this.#owner;
    const listener = this.#listener;
    this.#dropOwner();
    if (owner === undefined) return;
    owner.deliver('close', reason, () => listener?.onClose(reason));
  }

  /** The owner has ended: no process gets a report. */
  abandon(): void {
    this.#isFinished = true;
    this.#dropOwner();
  }

  #readAgain(): void {
    this.#readsLater = false;
    this.pump();
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
    if (quirks.happens('bytes-one-by-one', this.#label)) return 1;
    if (!isSlow || byteLength <= SLOW_READ_BYTES_MAX) return byteLength;
    return 1 + noise.stream(`slow reads of ${this.#label}`).below(SLOW_READ_BYTES_MAX);
  }

  #dropOwner(): void {
    if (this.#owner === undefined) return;
    this.#owner.drop(this.#end);
    if (this.#holdsOwner) this.#owner.holds--;
    this.#holdsOwner = false;
    this.#owner = undefined;
  }
}
