/**
 * The time of a simulation, shared by all its hosts: the order of events, the count of deliveries, and the rolling hash
 * over all of them. {@link HostScheduler} is one host's part.
 *
 * Each host has its own queue of events and its own reading of virtual time. The scheduler always takes the earliest
 * event of all hosts. A host's reading is ahead of that event by the time that its programs computed since, and by the
 * time for which one of them was preempted. Hosts compute in parallel: time that one host spends does not pass on the
 * others. A host therefore does the same things at the same times, alone and beside others. An event that one host
 * posts to another is due at the sender's reading or later, so nothing arrives before it was sent.
 */

import { assert } from '../../../src/base/assert.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { asRun } from './active-run.ts';
import { Endurance, STEPS_MAX } from './endless.ts';
import { type EventHeap, isBefore, type PendingEvent } from './event-heap.ts';
import { installGuards } from './guards.ts';
import { type Digestible, RollingHash } from './rolling-hash.ts';

/** 2026-01-01T00:00:00Z: realtime is this plus monotonic time. */
export const EPOCH_NS = 1_767_225_600_000_000_000n;
/** Steps between two entries of the checkpoint ring, and the entries that it keeps. */
const CHECKPOINT_STEPS = 256;
const CHECKPOINTS_MAX = 4096;

export interface Checkpoint {
  readonly step: number;
  readonly time: number;
  readonly hash: string;
}

export interface RunOptions {
  /** Stop when only background work is left. This is the default. */
  readonly untilIdle?: true;
  /** Run this many virtual milliseconds. */
  readonly forMs?: number;
  /** Take at most this many events. */
  readonly stepsMax?: number;
}

/** A host's reading of time. */
interface HostClock {
  /** Virtual nanoseconds since the simulation started. */
  now: number;
  realtimeNs(): bigint;
}

/** A host as the scheduler sees it. */
export interface ScheduledHost extends HostClock {
  /** Undefined: one host of a simulation may have no name. */
  readonly name: string | undefined;
  readonly events: EventHeap;
}

/** The process that receives a delivery. */
export interface Receiver {
  readonly pid: number;
  readonly label: string;
  /** World calls that the process has made. */
  readonly calls: number;
}

const BEFORE_THE_FIRST_EVENT: HostClock = { now: 0, realtimeNs: () => EPOCH_NS };

export class Scheduler {
  /** An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Deliveries so far, on all hosts. */
  steps = 0;
  /** One entry per 256 steps, the newest 4096. The first entry in which two runs differ brackets their divergence. */
  readonly checkpoints: Checkpoint[] = [];
  /** The process whose code is running: at most one, on all hosts together. */
  running: object | undefined;
  readonly #hosts: ScheduledHost[] = [];
  readonly #hash = new RollingHash();
  readonly #endurance: Endurance;
  /** The clock of the host whose event was taken last. */
  #clock = BEFORE_THE_FIRST_EVENT;
  #now = 0;
  #sequence = 0;
  #foreground = 0;
  #isRunning = false;
  /** What {@link lookAfterEvent} was given during the event that is being taken. */
  readonly #looks: (() => void)[] = [];

  /** `stepsMax`: deliveries in the life of the scheduler; after them {@link run} throws an `EndlessError`. */
  constructor(seed: number, stepsMax = STEPS_MAX) {
    installGuards();
    this.seed = seed;
    this.#endurance = new Endurance(stepsMax);
  }

  /** Virtual nanoseconds: the time up to which all hosts have run. */
  get now(): number {
    return this.#now;
  }

  add(host: ScheduledHost): void {
    assert(
      this.#hosts.every(({ name }) => name !== host.name),
      'hosts of one simulation have different names',
    );
    this.#hosts.push(host);
  }

  push(
    events: EventHeap,
    time: number,
    tie: number,
    background: boolean,
    run: () => void,
  ): PendingEvent {
    const event = { time, tie, sequence: this.#sequence++, background, run };
    events.push(event);
    if (!background) this.#foreground++;
    return event;
  }

  cancel(event: PendingEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    if (!event.background) this.#foreground--;
  }

  /**
   * Lets virtual time pass on all hosts; `forMs` counts from `from`. Throws an `EndlessError` when the simulation has
   * made its maximum number of deliveries.
   */
  run({ forMs, stepsMax = Number.POSITIVE_INFINITY }: RunOptions = {}, from = this.#now): void {
    assert(!this.#isRunning, 'a run is not started from inside a run');
    const deadline = forMs === undefined ? undefined : from + Math.ceil(forMs * NS_PER_MS);
    this.#isRunning = true;
    try {
      asRun(
        () => this.#clock.realtimeNs(),
        () => this.#takeAll(deadline, stepsMax),
      );
    } finally {
      this.#isRunning = false;
    }
  }

  /** Calls `look` once, between the event that is being taken and the next one. */
  lookAfterEvent(look: () => void): void {
    this.#looks.push(look);
  }

  /** Runs the next event of this host if it is due by `deadline`; false when there is none. */
  take(host: ScheduledHost, deadline: number): boolean {
    const event = host.events.first();
    if (event?.run === undefined || event.time > deadline) return false;
    const { run } = event;
    host.events.pop();
    this.cancel(event);
    host.now = Math.max(host.now, event.time);
    this.#clock = host;
    run();
    return true;
  }

  /** Folds a delivery into the hash. */
  record(
    { name, now }: ScheduledHost,
    { pid, label, calls }: Receiver,
    kind: string,
    payload: Digestible,
  ): void {
    const hash = this.#hash;
    if (name !== undefined) hash.foldString(name);
    hash.foldNumber(now);
    hash.foldNumber(pid);
    // A call that only one of two runs makes then changes the hash, even when the call has no effect.
    hash.foldNumber(calls);
    hash.foldString(kind);
    hash.fold(payload);
    this.steps++;
    this.#endurance.note(this.steps, name, label, kind);
    if (this.steps % CHECKPOINT_STEPS !== 0) return;
    this.checkpoints.push({ step: this.steps, time: now, hash: this.hash() });
    if (this.checkpoints.length > CHECKPOINTS_MAX) this.checkpoints.shift();
  }

  /** Rolling hash of everything delivered, 16 hexadecimal digits. */
  hash(): string {
    return this.#hash.hex();
  }

  /** Runs events until `deadline` (inclusive), until only background events are left, or `eventsMax` events. */
  #takeAll(deadline: number | undefined, eventsMax: number): void {
    for (let taken = 0; taken < eventsMax; taken++) {
      this.#endurance.check(this.steps, this.#clock.now / NS_PER_MS);
      if (!this.#takeNext(deadline)) {
        if (deadline !== undefined) this.#passTo(deadline);
        return;
      }
      for (const look of this.#looks.splice(0)) look();
    }
  }

  #takeNext(deadline: number | undefined): boolean {
    if (deadline === undefined && this.#foreground === 0) return false;
    let next: PendingEvent | undefined;
    let owner: ScheduledHost | undefined;
    for (const host of this.#hosts) {
      const event = host.events.first();
      if (event === undefined || (next !== undefined && isBefore(next, event))) continue;
      next = event;
      owner = host;
    }
    if (next === undefined || owner === undefined) return false;
    if (deadline !== undefined && next.time > deadline) return false;
    this.#now = Math.max(this.#now, next.time);
    return this.take(owner, next.time);
  }

  #passTo(deadline: number): void {
    this.#now = Math.max(this.#now, deadline);
    for (const host of this.#hosts) host.now = Math.max(host.now, deadline);
  }
}
