/**
 * The core of a simulated machine: virtual time, the event heap, delivery into processes, and what was
 * recorded of a run (log, violations, rolling hash and its checkpoints). The families of system calls sit
 * on top of it in the neighbouring files.
 *
 * How a simulated process ends in the middle of its own code: the call throws {@link ProcessEnded}, and so
 * does every later call of that process. The driver ({@link Kernel.deliver}) discards whatever a process
 * throws once it has ended, so code that catches too much gains nothing but the next throw.
 */

import { assert } from '../../../src/base/assert.ts';
import { NS_PER_MS, NS_PER_US } from '../../../src/base/time.ts';
import type { ProcessExit } from '../../../src/port/processes.ts';
import { asHost, asRun } from '../core/active-run.ts';
import { payloadText, traceLine } from '../core/call-trace.ts';
import { Endurance } from '../core/endless.ts';
import { EventHeap, type PendingEvent } from '../core/event-heap.ts';
import type { Lane } from '../core/lane.ts';
import type { LogRecord, Violation } from '../core/log.ts';
import { Noise, type NoiseStream } from '../core/noise.ts';
import { type Quirk, Quirks } from '../core/quirks.ts';
import { type Digestible, RollingHash } from '../core/rolling-hash.ts';
import type { SimProcess } from './process.ts';

/** 2026-01-01T00:00:00Z: realtime is this plus monotonic time. */
export const EPOCH_NS = 1_767_225_600_000_000_000n;
/** Steps between two entries of the checkpoint ring, and how many entries it keeps. */
const CHECKPOINT_STEPS = 256;
const CHECKPOINTS_MAX = 4096;
/** Exit code of a process that an uncaught exception ended. */
export const EXIT_UNCAUGHT = 70;

const LATENCY_FLOOR_NS = 1_000;
const LATENCY_SPREAD_NS = 40_000;
const LATENCY_SLOW_ONE_IN = 256;
const LATENCY_SLOW_NS = 2_000_000;
const TICK_NS = 100;
const TICK_DRAWS = 8;

export interface Checkpoint {
  readonly step: number;
  readonly time: number;
  readonly hash: string;
}

/** One delivery into a process, as told to an observer. */
export interface Step {
  readonly step: number;
  readonly time: number;
  readonly pid: number;
  readonly kind: string;
  readonly payload: Digestible;
}

export type Observer = (step: Step) => void;

export class Kernel {
  readonly noise: Noise;
  readonly quirks: Quirks;
  readonly log: LogRecord[] = [];
  readonly violations: Violation[] = [];
  readonly checkpoints: Checkpoint[] = [];
  /** All there ever were, in the order of starting. */
  readonly everybody: SimProcess[] = [];
  /** By id: who has it, or had it last. */
  readonly processes = new Map<number, SimProcess>();
  observer: Observer | undefined;
  /** Takes the lines of a readable trace; see `trace.ts`. */
  tracer: ((line: string) => void) | undefined;
  now = 0;
  steps = 0;
  readonly #hash = new RollingHash();
  readonly #heap = new EventHeap();
  readonly #endurance: Endurance;
  readonly #ticks: NoiseStream;
  /** Whose code is running. */
  #current: SimProcess | undefined;
  /** Somebody is in the middle of its code while others run. */
  #hasPreempted = false;
  /** Processes that are given what waited for them. */
  readonly #goingOn = new Set<SimProcess>();
  #sequence = 0;
  #foreground = 0;
  #isRunning = false;
  #isInterrupted = false;
  /** Realtime is {@link EPOCH_NS} plus monotonic time plus this, plus the drift since `#driftFrom`. */
  #realtimeOffsetNs = 0n;
  #driftPpm = 0;
  #driftFrom = 0;
  /** Until then every message takes up to `#delayMaxUs` longer. */
  #delayedUntil = 0;
  #delayMaxUs = 0;

  constructor(seed: number, quirks: readonly Quirk[], stepsMax: number) {
    this.#endurance = new Endurance(stepsMax);
    this.noise = new Noise(seed);
    this.quirks = new Quirks(this.noise, quirks);
    this.#ticks = this.noise.stream('clock ticks');
  }

  realtimeNs(): bigint {
    return EPOCH_NS + BigInt(this.now) + this.#realtimeOffsetNs + this.#driftNs();
  }

  /** Sets the real-time clock on (or back) by so much, as an administrator does. */
  stepRealtime(byNs: bigint): void {
    this.#realtimeOffsetNs += byNs;
  }

  /** From now on the real-time clock gains so many nanoseconds a millisecond; the monotonic one does not. */
  driftRealtime(ppm: number): void {
    this.#realtimeOffsetNs += this.#driftNs();
    this.#driftPpm = ppm;
    this.#driftFrom = this.now;
  }

  #driftNs(): bigint {
    return BigInt(Math.trunc(((this.now - this.#driftFrom) * this.#driftPpm) / 1_000_000));
  }

  /** For so long every message takes up to `maxUs` microseconds longer; each lane from a stream of its own. */
  delayMessages(forNs: number, maxUs: number): void {
    this.#delayedUntil = this.now + forNs;
    this.#delayMaxUs = maxUs;
  }

  /** Moves time on by a little, so that two readings of a clock differ. */
  tick(): void {
    this.now += TICK_NS * (1 + this.#ticks.below(TICK_DRAWS));
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
    return this.#push(time, stream.next(), false, run);
  }

  #delayOf({ label }: Lane): number {
    if (this.now >= this.#delayedUntil) return 0;
    return NS_PER_US * this.noise.stream(`delay of ${label}`).below(this.#delayMaxUs);
  }

  /** Schedules what the machine itself does, at `time` or now; it keeps nobody waiting for it. */
  at(time: number, run: () => void): PendingEvent {
    return this.#push(Math.max(time, this.now), 0, true, run);
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
    return this.#push(time, stream.next(), background, run);
  }

  cancel(event: PendingEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    if (!event.background) this.#foreground--;
  }

  /**
   * Runs events until `deadline` (inclusive), until only background ones are left, or for `eventsMax` events. Throws an
   * `EndlessError` when the machine has used up the deliveries that it has.
   */
  run(deadline: number | undefined, eventsMax: number): void {
    assert(!this.#isRunning, 'a run is not started from inside a run');
    this.#isRunning = true;
    try {
      asRun(
        () => this.realtimeNs(),
        () => this.#take(deadline, eventsMax),
      );
    } finally {
      this.#isRunning = false;
      this.#isInterrupted = false;
    }
  }

  #take(deadline: number | undefined, eventsMax: number): void {
    for (let taken = 0; taken < eventsMax; taken++) {
      this.#endurance.check(this.steps, this.now / NS_PER_MS);
      if (!this.#runNext(deadline)) {
        if (deadline !== undefined) this.now = Math.max(this.now, deadline);
        return;
      }
      if (this.#isInterrupted) return;
    }
  }

  /** Ends the run after the event that is being taken. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  /** Calls `handler` as process code; folds the delivery into the hash. Does nothing when the process ended. */
  deliver(process: SimProcess, kind: string, payload: Digestible, handler: () => void): void {
    if (process.exit !== undefined) return;
    if (process.isPaused || process.isPreempted) {
      process.waiting.push(() => this.deliver(process, kind, payload, handler));
      return;
    }
    this.#record(process, kind, payload);
    const before = this.#current;
    this.#current = process;
    process.callsBefore = process.calls;
    try {
      handler();
    } catch (error) {
      if (process.exit === undefined) {
        this.violate(process, kind, error);
        this.end(process, { code: EXIT_UNCAUGHT });
      }
    } finally {
      this.#current = before;
    }
    this.#goOn(process);
    const isDone = process.waiting.length === 0 && process.isIdle();
    if (process.exit === undefined && isDone) this.end(process, { code: 0 });
  }

  /** Delivers what waited, in order, until the process is paused again. */
  #goOn(process: SimProcess): void {
    if (this.#goingOn.has(process)) return;
    this.#goingOn.add(process);
    while (!process.isPaused) {
      const run = process.waiting.shift();
      if (run === undefined) break;
      run();
    }
    this.#goingOn.delete(process);
  }

  /**
   * Before a call of `process`: sometimes others run for a while, as when a processor is taken away. What is for the
   * process waits until the event that it is in the middle of is over. Nobody is preempted meanwhile.
   */
  preempt(process: SimProcess): void {
    if (this.#current !== process || this.#hasPreempted) return;
    const absence = this.quirks.absence(process.label);
    if (absence === 0) return;
    const until = this.now + absence;
    this.#hasPreempted = true;
    this.#current = undefined;
    process.isPreempted = true;
    while (this.#runNext(until));
    this.now = Math.max(this.now, until);
    process.isPreempted = false;
    this.#current = process;
    this.#hasPreempted = false;
  }

  /**
   * Whether a call of `process` comes from code that does not run as that process: another process's, or a
   * continuation that a promise ran after the event. Who logged in may call at any time but another's.
   */
  isOutside(process: SimProcess): boolean {
    if (this.#current === process) return false;
    return this.#current !== undefined || !process.spec.isPinned;
  }

  get isTraced(): boolean {
    return this.tracer !== undefined;
  }

  tell(process: SimProcess, what: string): void {
    const { tracer } = this;
    if (tracer !== undefined) asHost(() => tracer(traceLine(this.now, process, what)));
  }

  violate(process: SimProcess, kind: string, error: unknown): void {
    const { pid, program } = process;
    if (this.isTraced) this.tell(process, `! ${kind}: ${String(error)}`);
    this.violations.push({ time: this.now, pid, program, kind, error });
  }

  /** As SIGSTOP: nothing is delivered to the process for so long (infinite: for ever), while time goes on. */
  pause(process: SimProcess, forNs: number): void {
    if (process.exit !== undefined) return;
    const until = this.now + forNs;
    process.pausedUntil = Math.max(process.pausedUntil ?? 0, until);
    if (until === Number.POSITIVE_INFINITY) return;
    this.at(until, () => {
      if (process.pausedUntil === until) this.resume(process);
    });
  }

  /** As SIGCONT: what waited is delivered, in order. */
  resume(process: SimProcess): void {
    process.pausedUntil = undefined;
    if (!process.isPreempted) this.#goOn(process);
  }

  /**
   * Ends a process: none of its handlers runs again, and everything it holds is released as a kernel does, at once or
   * `clingNs` later: a process that dies slowly (it dumps its core) keeps its files, locks and connections meanwhile.
   */
  end(process: SimProcess, exit: ProcessExit, clingNs = 0): void {
    if (process.exit !== undefined) return;
    process.exit = exit;
    process.endedAt = this.now;
    this.#record(process, 'end', exit.signal ?? exit.code ?? 0);
    if (clingNs > 0) this.at(this.now + clingNs, () => this.#release(process, exit));
    else this.#release(process, exit);
  }

  #release(process: SimProcess, exit: ProcessExit): void {
    process.isReleased = true;
    for (const resource of process.resources) resource.releaseAtEnd();
    process.resources.clear();
    process.waiting.length = 0;
    process.handle?.hearEnd(exit);
  }

  hash(): string {
    return this.#hash.hex();
  }

  #record(process: SimProcess, kind: string, payload: Digestible): void {
    this.#hash.foldNumber(this.now);
    this.#hash.foldNumber(process.pid);
    // So that a call that one run makes and the other does not shows, even when nothing comes of it.
    this.#hash.foldNumber(process.calls);
    this.#hash.foldString(kind);
    this.#hash.fold(payload);
    this.steps++;
    process.deliveries++;
    this.#endurance.note(this.steps, process.label, kind);
    if (this.isTraced) this.tell(process, `< ${kind} ${payloadText(payload)}`);
    const { observer, steps: step, now: time } = this;
    if (observer !== undefined)
      asHost(() => observer({ step, time, pid: process.pid, kind, payload }));
    if (this.steps % CHECKPOINT_STEPS !== 0) return;
    this.checkpoints.push({ step: this.steps, time: this.now, hash: this.hash() });
    if (this.checkpoints.length > CHECKPOINTS_MAX) this.checkpoints.shift();
  }

  #push(time: number, tie: number, background: boolean, run: () => void): PendingEvent {
    const event = { time, tie, sequence: this.#sequence++, background, run };
    this.#heap.push(event);
    if (!background) this.#foreground++;
    return event;
  }

  /** Runs the next event that is due; false when there is none. */
  #runNext(deadline: number | undefined): boolean {
    for (;;) {
      const next = this.#heap.peek();
      if (next === undefined) return false;
      if (next.run === undefined) {
        this.#heap.pop();
        continue;
      }
      if (deadline === undefined ? this.#foreground === 0 : next.time > deadline) return false;
      this.#heap.pop();
      const run = next.run;
      this.cancel(next);
      this.now = Math.max(this.now, next.time);
      run();
      return true;
    }
  }
}
