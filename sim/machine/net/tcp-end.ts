/**
 * One end of a simulated TCP connection. The process's bytes wait in the outbox until the peer's window has room; the
 * peer says what its process has read. Segments that a partition holds up wait here until it has healed.
 *
 * Phases: open → closing (our process has closed, queued bytes go first) → ended (they have gone, and our end after
 * them: we wait for the peer's) → gone. Or open → broken (the connection is reset, our process has not seen it) → gone.
 */
import { NS_PER_MS } from '../../../src/base/time.ts';
import { KEEP_ALIVE_IDLE_MS, type TcpAddress } from '../../../src/port/network.ts';
import {
  CLOSE_LINGER_MS,
  type CloseReason,
  type ConnectionListener,
} from '../../../src/port/unix-sockets.ts';
import type { PendingEvent } from '../core/event-heap.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import { ConnectionReader } from '../ipc/connection-reader.ts';
import { Outbox } from '../ipc/outbox.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import type { Link } from './link.ts';

/** Sent bytes that the peer has not read: what the kernels of both hosts buffer. */
const WINDOW_BYTES = 425_984;
/** The same with the quirk `socket-buffer-small`. */
const SMALL_WINDOW_BYTES = 100;
/** The peer hears of bytes that the process has read when there are so many, or all. */
const REPORT_BYTES = WINDOW_BYTES / 4;
const SEGMENT_BYTES_MAX = 65_536;
const HEADER_BYTES = 40;
/** After so long without an acknowledgement the kernel gives up (tcp_retries2). */
export const RETRANSMISSION_MS = 924_600;
/** The longest interval between two retransmissions. */
const RETRANSMISSION_INTERVAL_MS = 120_000;
/** After so long without an answer to a keep-alive probe the kernel gives up. */
const PROBE_MS = 10_000;

type Segment =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** The peer's process has read so many bytes. */
  | { readonly kind: 'read'; readonly byteLength: number }
  | { readonly kind: 'end' | 'probe' | 'reset' };

/** Where an end is: its host's scheduler and ends, the link to the peer, and the lane of what arrives. */
interface Place {
  readonly scheduler: HostScheduler;
  readonly ends: Set<TcpEnd>;
  readonly link: Link;
  readonly lane: Lane;
}

export class TcpEnd implements Resource {
  readonly descriptors = 1;
  readonly local: TcpAddress;
  readonly remote: TcpAddress;
  readonly #place: Place;
  readonly #windowBytes: number;
  readonly #reader: ConnectionReader;
  readonly #outbox = new Outbox();
  #other: TcpEnd | undefined;
  #phase: 'open' | 'closing' | 'ended' | 'broken' | 'gone' = 'open';
  /** Bytes that we have sent, and the peer's process has not read as far as we know. */
  #sentBytes = 0;
  /** Bytes that have arrived here, and our process has not read. */
  #queuedBytes = 0;
  /** Bytes that our process has read, and the peer has not heard of. */
  #unreported = 0;
  /** Segments that a partition holds up, in order. */
  #held: Segment[] = [];
  /** Ends the connection when a partition lasts too long for what waits for its acknowledgement. */
  #stall: PendingEvent | undefined;
  #linger: PendingEvent | undefined;
  #keepAlive: PendingEvent | undefined;
  #heardAt: number;

  constructor(place: Place, local: TcpAddress, remote: TcpAddress) {
    const { scheduler, ends, lane } = place;
    this.#place = place;
    this.local = local;
    this.remote = remote;
    const isSmall = scheduler.quirks.happens('socket-buffer-small', lane.label);
    this.#windowBytes = isSmall ? SMALL_WINDOW_BYTES : WINDOW_BYTES;
    this.#reader = new ConnectionReader(scheduler, lane.label, this);
    this.#heardAt = scheduler.now;
    ends.add(this);
    this.#watch();
  }

  /** Names the connection by its creator, for messages. */
  get label(): string {
    return this.#place.lane.label;
  }

  get owner(): SimProcess | undefined {
    return this.#reader.owner;
  }

  get pendingBytes(): number {
    return this.#outbox.byteLength;
  }

  join(other: TcpEnd): void {
    this.#other = other;
    other.#other = this;
  }

  /** No process has read or sent anything. */
  get isFresh(): boolean {
    return !this.#reader.isStarted && this.pendingBytes === 0;
  }

  /** Its process has closed it. */
  get isClosed(): boolean {
    return this.#phase !== 'open' && this.#phase !== 'broken';
  }

  get isConnected(): boolean {
    return this.#phase === 'open';
  }

  /** Undefined while it is being passed. */
  setOwner(owner: SimProcess | undefined): void {
    this.#reader.setOwner(owner, false);
  }

  /** The passing process is rid of it, and no process has taken it. */
  lose(): void {
    if (this.#phase !== 'gone') this.releaseAtEnd();
  }

  start(listener: ConnectionListener): void {
    this.#reader.listen(listener);
    this.#readSoon();
  }

  pause(): void {
    this.#reader.hold();
  }

  resume(): void {
    this.#reader.release();
    this.#readSoon();
  }

  #readSoon(): void {
    const { scheduler, lane } = this.#place;
    scheduler.post(lane, () => this.#reader.pump());
  }

  send(bytes: Uint8Array): void {
    if (this.#phase !== 'open' || bytes.length === 0) return;
    this.#outbox.push(bytes);
    this.#flush();
    const { owner } = this;
    if (owner === undefined) return;
    owner.pendingBytesPeak = Math.max(owner.pendingBytesPeak, this.pendingBytes);
  }

  close(): void {
    if (this.#phase === 'broken') this.#leave();
    if (this.#phase !== 'open') return;
    this.#phase = 'closing';
    this.#reader.close();
    this.#discardUnread();
    const { scheduler, lane } = this.#place;
    const giveUp = (): void => this.#giveUp();
    this.#linger = scheduler.postAt(lane.stream, CLOSE_LINGER_MS * NS_PER_MS, false, giveUp);
    this.#flush();
    if (this.#reader.ending !== undefined) this.#giveUp();
  }

  drop(): void {
    if (this.#phase === 'gone') return;
    this.#held = [];
    this.#sendReset();
    this.#leave();
  }

  /** The process has ended. */
  releaseAtEnd(): void {
    if (this.#queuedBytes > 0) this.#sendReset();
    else if (this.#phase === 'open' || this.#phase === 'closing') this.#transmit({ kind: 'end' });
    this.#release();
    this.#reader.abandon();
  }

  /** The host has lost its power: it knows nothing of the connection any more, and the peer learns nothing. */
  vanish(): void {
    this.#held = [];
    this.#settle();
    this.#release();
    this.#reader.abandon();
  }

  /** Something between the hosts breaks the connection: both processes see a reset. */
  reset(): void {
    for (const end of [this, this.#other]) {
      if (end === undefined) continue;
      const { scheduler, lane } = end.#place;
      scheduler.post(lane, () => end.#break());
    }
  }

  /** The owner reads a few bytes at a time for `forMs`. */
  slowDown(forMs: number): void {
    this.#reader.slowDown(forMs);
  }

  /** The host refuses the connection: it answers with a reset, which a partition swallows, and forgets it. */
  sendReset(): void {
    this.#sendReset();
    this.vanish();
  }

  onRead(byteLength: number): void {
    this.#queuedBytes -= byteLength;
    this.#unreported += byteLength;
  }

  onHandled(): void {
    if (this.#queuedBytes === 0 || this.#unreported >= REPORT_BYTES) this.#report();
  }

  /** Tells the peer what our process has read. */
  #report(): void {
    const byteLength = this.#unreported;
    this.#unreported = 0;
    this.#transmit({ kind: 'read', byteLength });
  }

  onEnd(reason: CloseReason): void {
    if (this.#phase === 'open') this.#transmit({ kind: 'end' });
    this.#release();
    this.#reader.finish(reason);
  }

  /** The link carries something again: the next retransmission comes after at most as long as the outage was. */
  onHealed(outageNs: number): void {
    const { scheduler, lane } = this.#place;
    const intervalMs = Math.min(Math.ceil(outageNs / NS_PER_MS), RETRANSMISSION_INTERVAL_MS);
    const delayNs = lane.stream.below(intervalMs + 1) * NS_PER_MS;
    scheduler.postAt(lane.stream, delayNs, false, () => this.#retransmit());
  }

  #retransmit(): void {
    const { scheduler, link } = this.#place;
    if (link.isCut(scheduler)) return;
    const held = this.#held;
    this.#held = [];
    for (const segment of held) this.#post(segment);
    if (link.isWhole) this.#settle();
  }

  /** Nothing waits for the link any more. */
  #settle(): void {
    const { scheduler, link } = this.#place;
    link.waiters.delete(this);
    if (this.#stall !== undefined) scheduler.cancel(this.#stall);
    this.#stall = undefined;
  }

  /** Moves bytes from the outbox into the window, and our end after them. */
  #flush(): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    const { stream } = this.#place.lane;
    while (this.#outbox.byteLength > 0) {
      const room = this.#windowBytes - this.#sentBytes;
      if (room <= 0) return;
      const bytes = this.#outbox.take(Math.min(room, SEGMENT_BYTES_MAX), stream);
      this.#sentBytes += bytes.length;
      this.#transmit({ kind: 'data', bytes });
    }
    if (this.#phase !== 'closing') return;
    this.#phase = 'ended';
    this.#transmit({ kind: 'end' });
  }

  #transmit(segment: Segment): void {
    const { scheduler, link } = this.#place;
    const isHeld = link.isCut(scheduler) || this.#held.length > 0;
    if (isHeld) this.#held.push(segment);
    else this.#post(segment);
    if (!isHeld && link.isWhole) return;
    link.waiters.add(this);
    if (segment.kind === 'read') return;
    const lastsUntil = scheduler.now + RETRANSMISSION_MS * NS_PER_MS;
    this.#stall ??= scheduler.at(lastsUntil, () => this.#timeOut());
  }

  #timeOut(): void {
    this.#held = [];
    this.#settle();
    this.#break();
  }

  /** A reset is not repeated: a partition swallows it. */
  #sendReset(): void {
    const { scheduler, link } = this.#place;
    if (!link.isCut(scheduler)) this.#post({ kind: 'reset' });
  }

  #post(segment: Segment): void {
    const other = this.#other;
    if (other === undefined) return;
    const { scheduler, link } = this.#place;
    const { scheduler: there, lane } = other.#place;
    const isEnd = segment.kind === 'end';
    there.quirks.holdUp(isEnd ? 'end-seen-late' : 'message-late', lane, there.now);
    const byteLength = HEADER_BYTES + (segment.kind === 'data' ? segment.bytes.length : 0);
    const arrive = (): void => other.#receive(segment);
    link.carry(scheduler, { byteLength, to: there, lane, arrive });
  }

  #receive(segment: Segment): void {
    this.#heardAt = this.#place.scheduler.now;
    if (this.#phase === 'gone') {
      if (segment.kind !== 'reset' && segment.kind !== 'read') this.#sendReset();
      return;
    }
    if (this.#phase === 'broken') return;
    switch (segment.kind) {
      case 'data':
        return this.#take(segment.bytes);
      case 'read':
        this.#sentBytes -= segment.byteLength;
        return this.#flush();
      case 'end':
        return this.#phase === 'open' ? this.#reader.seeEnd('ended') : this.#giveUp();
      case 'probe':
        return this.#report();
      case 'reset':
        return this.#break();
    }
  }

  #take(bytes: Uint8Array): void {
    this.#queuedBytes += bytes.length;
    if (this.#phase === 'open') this.#reader.arrive(bytes);
    else this.#discardUnread();
  }

  #discardUnread(): void {
    this.#reader.discard();
    this.onRead(this.#queuedBytes);
    this.#report();
  }

  /** Asks a silent peer from time to time whether it is still there. */
  #watch(): void {
    const { scheduler, link } = this.#place;
    const due = this.#heardAt + KEEP_ALIVE_IDLE_MS * NS_PER_MS;
    const next = Math.max(due, scheduler.now + PROBE_MS * NS_PER_MS);
    this.#keepAlive = scheduler.at(next, () => {
      const heardAt = this.#heardAt;
      const isSilent = scheduler.now - heardAt >= KEEP_ALIVE_IDLE_MS * NS_PER_MS;
      // Unacknowledged bytes ask, too.
      if (!isSilent || this.#stall !== undefined) return this.#watch();
      if (!link.isCut(scheduler)) this.#post({ kind: 'probe' });
      this.#keepAlive = scheduler.at(scheduler.now + PROBE_MS * NS_PER_MS, () =>
        this.#heardAt === heardAt ? this.#break() : this.#watch(),
      );
    });
  }

  /** The connection is over. Bytes that are unread may be lost, and the process may take it for the peer's end. */
  #break(): void {
    if (this.#phase === 'closing' || this.#phase === 'ended') this.#leave();
    if (this.#phase !== 'open') return;
    this.#phase = 'broken';
    this.#outbox.clear();
    const { stream } = this.#place.lane;
    const isUnread = this.#queuedBytes > 0;
    if (isUnread && stream.oneIn(2)) this.#reader.discard();
    this.#reader.seeEnd(isUnread && stream.oneIn(2) ? 'ended' : 'reset');
  }

  #giveUp(): void {
    this.#outbox.clear();
    this.#flush();
    this.#leave();
  }

  /** Our own close is complete. */
  #leave(): void {
    this.#release();
    const { scheduler, lane } = this.#place;
    scheduler.post(lane, () => this.#reader.finish('local'));
  }

  /** Removes the end from the kernel; what a partition holds up still goes out. */
  #release(): void {
    const { scheduler, ends } = this.#place;
    this.#phase = 'gone';
    this.#outbox.clear();
    ends.delete(this);
    for (const event of [this.#linger, this.#keepAlive]) {
      if (event !== undefined) scheduler.cancel(event);
    }
  }
}
