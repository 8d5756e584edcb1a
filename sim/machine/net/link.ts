/**
 * What lies between two hosts of a simulated network, or between a host and itself: latency, bandwidth, partitions, and
 * what befalls datagrams.
 */
import { NS_PER_MS, NS_PER_SECOND } from '../../../src/base/time.ts';
import type { PendingEvent } from '../core/event-heap.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { NoiseStream } from '../core/noise.ts';

const LATENCY_FLOOR_NS = 100_000;
const LATENCY_SPREAD_NS = 400_000;
const LATENCY_SLOW_ONE_IN = 256;
const LATENCY_SLOW_NS = 2_000_000;
const LOOPBACK_FLOOR_NS = 1_000;
const LOOPBACK_SPREAD_NS = 40_000;

/** A datagram that would wait so long for the bandwidth is lost: no router queues more. */
const QUEUE_NS_MAX = 100_000_000;
/** A datagram that others overtake takes so much longer. */
const OVERTAKEN_NS = 20_000_000 / 16;
const OVERTAKEN_STEPS = 16;
const IN_ALL = 1000;

/** How many of 1000 datagrams get lost, come twice, or are overtaken by later ones. */
export interface DatagramFates {
  readonly lost?: number;
  readonly twice?: number;
  readonly overtaken?: number;
}

/** One copy of a datagram on the way. */
interface Copy {
  readonly transitNs: number;
  /** It comes after those that were sent before it. */
  readonly isInOrder: boolean;
}

/** What waits until the link is whole again. */
interface Waiter {
  /** The link carries something again, after it did not for `outageNs`. */
  onHealed(outageNs: number): void;
}

/** What one end of a connection sends to the other. */
interface Parcel {
  readonly byteLength: number;
  readonly to: HostScheduler;
  /** What arrives at the other end. */
  readonly lane: Lane;
  readonly arrive: () => void;
}

/** A parcel that waits for the bandwidth. */
interface Queued {
  readonly parcel: Parcel;
  readonly leavesAt: number;
  readonly arrival: PendingEvent;
  /** Of its lane, before it. */
  readonly lastTime: number;
}

/** One direction. */
interface Direction {
  delayNs: number;
  /** Undefined: unlimited. */
  bytesPerSecond: number | undefined;
  fates: DatagramFates;
  /** When the bytes that were sent before have left. */
  freeAt: number;
  /** In order; those that have left may be among them. */
  queue: Queued[];
}

export class Link {
  readonly #isLoopback: boolean;
  readonly #directions = new Map<HostScheduler, Direction>();
  /** The hosts whose messages do not arrive, and since when. */
  readonly #cuts = new Map<HostScheduler, number>();
  /** Ends whose messages wait, or wait for an answer. */
  readonly waiters = new Set<Waiter>();

  constructor(isLoopback: boolean) {
    this.#isLoopback = isLoopback;
  }

  /** Both directions work. */
  get isWhole(): boolean {
    return this.#cuts.size === 0;
  }

  isCut(from: HostScheduler): boolean {
    return this.#cuts.has(from);
  }

  /** From now on nothing from this host arrives; what is on the way does. */
  cut(from: HostScheduler): void {
    if (!this.#cuts.has(from)) this.#cuts.set(from, from.now);
  }

  heal(): void {
    if (this.isWhole) return;
    const waiters = [...this.waiters];
    const since = Math.min(...this.#cuts.values());
    const now = Math.max(...[...this.#cuts.keys()].map((host) => host.now));
    this.#cuts.clear();
    for (const waiter of waiters) waiter.onHealed(now - since);
  }

  /**
   * Every message from this host takes so much longer, or its bytes leave no faster than that: also those that have
   * waited for their turn until now.
   */
  setPace(from: HostScheduler, delayMs: number, bytesPerSecond: number | undefined): void {
    const direction = this.#direction(from);
    direction.delayNs = delayMs * NS_PER_MS;
    direction.bytesPerSecond = bytesPerSecond;
    const waiting = direction.queue.filter(({ leavesAt }) => leavesAt > from.now);
    direction.queue = [];
    direction.freeAt = from.now;
    for (const { parcel, arrival, lastTime } of waiting.toReversed()) {
      parcel.to.cancel(arrival);
      parcel.lane.lastTime = lastTime;
    }
    for (const { parcel } of waiting) this.carry(from, parcel);
  }

  /** Lets a parcel from this host arrive after those before it in its lane. */
  carry(from: HostScheduler, parcel: Parcel): void {
    const { byteLength, to, lane, arrive } = parcel;
    const { lastTime } = lane;
    const transitNs = this.transit(from, byteLength, lane.stream);
    const arrival = to.postFrom(from, lane, transitNs, arrive);
    const { queue, freeAt } = this.#direction(from);
    while ((queue[0]?.leavesAt ?? Infinity) <= from.now) queue.shift();
    if (freeAt > from.now) queue.push({ parcel, leavesAt: freeAt, arrival, lastTime });
  }

  setFates(from: HostScheduler, fates: DatagramFates): void {
    this.#direction(from).fates = fates;
  }

  /** What becomes of a datagram of so many bytes that this host sends now: the copies that arrive. */
  copies(from: HostScheduler, byteLength: number, stream: NoiseStream): readonly Copy[] {
    const { fates, freeAt } = this.#direction(from);
    const { lost = 0, twice = 0, overtaken = 0 } = fates;
    if (this.isCut(from) || freeAt - from.now > QUEUE_NS_MAX) return [];
    const happens = (count: number): boolean => count > 0 && stream.below(IN_ALL) < count;
    if (happens(lost)) return [];
    const copy = (): Copy => {
      const transitNs = this.transit(from, byteLength, stream);
      if (!happens(overtaken)) return { transitNs, isInOrder: true };
      const laterNs = (1 + stream.below(OVERTAKEN_STEPS)) * OVERTAKEN_NS;
      return { transitNs: transitNs + laterNs, isInOrder: false };
    };
    return happens(twice) ? [copy(), copy()] : [copy()];
  }

  /** How long so many bytes, sent now, are on the way. */
  transit(from: HostScheduler, byteLength: number, stream: NoiseStream): number {
    const direction = this.#direction(from);
    const { bytesPerSecond = Number.POSITIVE_INFINITY } = direction;
    const departure = Math.max(direction.freeAt, from.now);
    direction.freeAt = departure + Math.ceil((byteLength / bytesPerSecond) * NS_PER_SECOND);
    return direction.freeAt - from.now + direction.delayNs + this.#latency(stream);
  }

  #latency(stream: NoiseStream): number {
    if (this.#isLoopback) return LOOPBACK_FLOOR_NS + stream.below(LOOPBACK_SPREAD_NS);
    const isSlow = stream.oneIn(LATENCY_SLOW_ONE_IN);
    return LATENCY_FLOOR_NS + stream.below(isSlow ? LATENCY_SLOW_NS : LATENCY_SPREAD_NS);
  }

  #direction(from: HostScheduler): Direction {
    const known = this.#directions.get(from);
    if (known !== undefined) return known;
    const direction = { delayNs: 0, bytesPerSecond: undefined, fates: {}, freeAt: 0, queue: [] };
    this.#directions.set(from, direction);
    return direction;
  }
}
