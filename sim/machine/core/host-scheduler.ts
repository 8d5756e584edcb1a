/**
 * One host's part of the scheduler: its clocks, its noise, its quirks, and the lanes of its deliveries. The families of
 * system calls use it.
 *
 * The name of a host is the prefix of every label of its noise, so no two hosts share a stream. A host without a name
 * uses the labels without a prefix.
 */

import { assert } from '../../../src/base/assert.ts';
import { NS_PER_US } from '../../../src/base/time.ts';
import { EventHeap, type PendingEvent } from './event-heap.ts';
import type { Lane } from './lane.ts';
import { Noise, type NoiseStream } from './noise.ts';
import { type Quirk, Quirks } from './quirks.ts';
import { EPOCH_NS, type ScheduledHost, type Scheduler } from './scheduler.ts';

const LATENCY_FLOOR_NS = 1_000;
const LATENCY_SPREAD_NS = 40_000;
const LATENCY_SLOW_ONE_IN = 256;
const LATENCY_SLOW_NS = 2_000_000;
const TICK_NS = 100;
const TICK_DRAWS = 8;
/** Names of hosts. No label of a host without a name begins with such a name and a colon. */
const HOST_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** What the real-time clock was ahead of the monotonic one, nanoseconds, in a period without a step. */
export interface ClockOffsets {
  readonly least: bigint;
  readonly most: bigint;
  readonly since: number;
  readonly until: number;
}

export class HostScheduler implements ScheduledHost {
  readonly name: string | undefined;
  readonly noise: Noise;
  readonly quirks: Quirks;
  readonly events = new EventHeap();
  now: number;
  readonly #scheduler: Scheduler;
  readonly #ticks: NoiseStream;
  /** Realtime is {@link EPOCH_NS} plus monotonic time plus this, plus the drift since `#driftFrom`. */
  #realtimeOffsetNs = 0n;
  #driftPpm = 0;
  #driftFrom = 0;
  /** How the offset of the clocks went on, until each step and each change of the drift. */
  readonly #offsets: ClockOffsets[] = [];
  #offsetAtFirst = EPOCH_NS;
  #periodFrom = 0;
  /** Until this time every message takes up to `#delayMaxUs` longer. */
  #delayedUntil = 0;
  #delayMaxUs = 0;

  constructor(scheduler: Scheduler, name: string | undefined, quirks: readonly Quirk[]) {
    assert(name === undefined || HOST_NAME.test(name), 'a host name is a word in lower case');
    this.name = name;
    this.noise = new Noise(scheduler.seed, name === undefined ? '' : `${name}: `);
    this.quirks = new Quirks(this.noise, quirks);
    this.now = scheduler.now;
    this.#scheduler = scheduler;
    this.#ticks = this.noise.stream('clock ticks');
    scheduler.add(this);
  }

  realtimeNs(): bigint {
    return EPOCH_NS + BigInt(this.now) + this.#realtimeOffsetNs + this.#driftNs();
  }

  /** Sets the real-time clock forward, or back if negative, as an administrator does. */
  stepRealtime(byNs: bigint): void {
    this.#change(() => {
      this.#realtimeOffsetNs += byNs;
    });
  }

  /** From now on the real-time clock gains `ppm` nanoseconds per millisecond; the monotonic clock does not. */
  driftRealtime(ppm: number): void {
    this.#change(() => {
      this.#realtimeOffsetNs += this.#driftNs();
      this.#driftPpm = ppm;
      this.#driftFrom = this.now;
    });
  }

  /** The offsets of the clocks since `time`; those of a drift also from before, as far as it is one drift. */
  clockOffsetsSince(time: number): readonly ClockOffsets[] {
    return [...this.#offsets, this.#presentOffsets()].filter(({ until }) => until >= time);
  }

  #change(change: () => void): void {
    this.#offsets.push(this.#presentOffsets());
    change();
    this.#offsetAtFirst = this.#offset();
    this.#periodFrom = this.now;
  }

  #presentOffsets(): ClockOffsets {
    const [one, other] = [this.#offsetAtFirst, this.#offset()];
    return {
      since: this.#periodFrom,
      until: this.now,
      least: one < other ? one : other,
      most: one < other ? other : one,
    };
  }

  #offset(): bigint {
    return this.realtimeNs() - BigInt(this.now);
  }

  #driftNs(): bigint {
    return BigInt(Math.trunc(((this.now - this.#driftFrom) * this.#driftPpm) / 1_000_000));
  }

  /** Advances time a little, so that two readings of a clock differ. */
  tick(): void {
    this.now += TICK_NS * (1 + this.#ticks.below(TICK_DRAWS));
  }

  /** For `forNs` every message takes up to `maxUs` microseconds longer. Each lane draws from its own stream. */
  delayMessages(forNs: number, maxUs: number): void {
    this.#delayedUntil = this.now + forNs;
    this.#delayMaxUs = maxUs;
  }

  lane(label: string): Lane {
    return { label, stream: this.noise.stream(label), lastTime: 0 };
  }

  /** Schedules `run` after the lane's earlier events and a small latency. */
  post(lane: Lane, run: () => void): PendingEvent {
    const stream = lane.stream;
    const isSlow = stream.oneIn(LATENCY_SLOW_ONE_IN);
    const spread = stream.below(isSlow ? LATENCY_SLOW_NS : LATENCY_SPREAD_NS);
    const due = this.now + LATENCY_FLOOR_NS + spread + this.#delayOf(lane);
    const time = Math.max(due, lane.lastTime + 1);
    lane.lastTime = time;
    return this.#scheduler.push(this.events, time, stream.next(), false, run);
  }

  /** As {@link post}, for what another host, or this one, has sent now: it is `transitNs` on the way. */
  postFrom(sender: HostScheduler, lane: Lane, transitNs: number, run: () => void): PendingEvent {
    const due = sender.now + transitNs + this.#delayOf(lane);
    const time = Math.max(due, lane.lastTime + 1);
    lane.lastTime = time;
    return this.#scheduler.push(this.events, time, lane.stream.next(), false, run);
  }

  #delayOf({ label }: Lane): number {
    if (this.now >= this.#delayedUntil) return 0;
    return NS_PER_US * this.noise.stream(`delay of ${label}`).below(this.#delayMaxUs);
  }

  /** Schedules an action of the machine itself, at `time` or now, as background work: the run does not wait for it. */
  at(time: number, run: () => void): PendingEvent {
    return this.#scheduler.push(this.events, Math.max(time, this.now), 0, true, run);
  }

  /** Schedules `run` for the instant `delayNs` from now or a little later, and not before `earliest`. */
  postAt(
    stream: NoiseStream,
    delayNs: number,
    background: boolean,
    run: () => void,
    earliest = 0,
  ): PendingEvent {
    const due = this.now + delayNs + LATENCY_FLOOR_NS + stream.below(LATENCY_SPREAD_NS);
    const time = Math.max(due, earliest);
    return this.#scheduler.push(this.events, time, stream.next(), background, run);
  }

  cancel(event: PendingEvent): void {
    this.#scheduler.cancel(event);
  }

  /** In the middle of an event: runs the events of this host that are due by `time`. */
  runUntil(time: number): void {
    while (this.#scheduler.take(this, time));
    this.now = Math.max(this.now, time);
  }
}
