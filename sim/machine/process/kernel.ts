/**
 * The processes of one host. The kernel delivers events to them, pauses, preempts and ends them, and keeps their log
 * and violations. The scheduler keeps the time; the families of system calls are in the folders beside this one.
 *
 * A simulated process that ends in the middle of its own code: the call throws an object that no other module can
 * create, and so does every later call of that process. {@link Kernel.deliver} discards everything that an ended
 * process throws, so code that catches the object only reaches the next throw.
 */

import type { ProcessExit } from '../../../src/port/processes.ts';
import { asHost } from '../core/active-run.ts';
import { payloadText, traceLine } from '../core/call-trace.ts';
import { HostScheduler } from '../core/host-scheduler.ts';
import type { LogRecord, Violation } from '../core/log.ts';
import type { Quirk } from '../core/quirks.ts';
import type { Digestible } from '../core/rolling-hash.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { ProcessKernel, SimProcess } from './process.ts';

/** Exit code of a process that an uncaught exception ended. */
export const EXIT_UNCAUGHT = 70;

/** One delivery to a process, as an observer gets it. */
export interface Step {
  /** Counted over all hosts. */
  readonly step: number;
  readonly time: number;
  readonly pid: number;
  readonly kind: string;
  readonly payload: Digestible;
}

export type Observer = (step: Step) => void;

export class Kernel implements ProcessKernel {
  readonly scheduler: HostScheduler;
  readonly log: LogRecord[] = [];
  readonly violations: Violation[] = [];
  /** All processes since the host started, in the order of starting. */
  readonly started: SimProcess[] = [];
  /** By id: the process that has it, or had it last. */
  readonly processes = new Map<number, SimProcess>();
  observer: Observer | undefined;
  /** Called with each line of the readable trace; see `core/call-trace.ts`. */
  tracer: ((line: string) => void) | undefined;
  readonly #shared: Scheduler;
  /** A process is preempted in the middle of its code while others run. */
  #hasPreempted = false;
  /** Processes that are receiving their waiting deliveries. */
  readonly #resuming = new Set<SimProcess>();

  constructor(shared: Scheduler, hostName: string | undefined, quirks: readonly Quirk[]) {
    this.#shared = shared;
    this.scheduler = new HostScheduler(shared, hostName, quirks);
  }

  /** Calls `handler` as process code; folds the delivery into the hash. Does nothing when the process ended. */
  deliver(process: SimProcess, kind: string, payload: Digestible, handler: () => void): void {
    if (process.exit !== undefined) return;
    if (process.isPaused || process.isPreempted) {
      process.waiting.push(() => this.deliver(process, kind, payload, handler));
      return;
    }
    this.#record(process, kind, payload);
    const shared = this.#shared;
    const before = shared.running;
    shared.running = process;
    process.callsBefore = process.calls;
    try {
      handler();
    } catch (error) {
      if (process.exit === undefined) {
        this.violate(process, kind, error);
        this.end(process, { code: EXIT_UNCAUGHT });
      }
    } finally {
      shared.running = before;
    }
    this.#deliverWaiting(process);
    const isDone = process.waiting.length === 0 && process.isIdle();
    if (process.exit === undefined && isDone) this.end(process, { code: 0 });
  }

  /** Makes the waiting deliveries, in order, until the process is paused again. */
  #deliverWaiting(process: SimProcess): void {
    if (this.#resuming.has(process)) return;
    this.#resuming.add(process);
    while (!process.isPaused) {
      const run = process.waiting.shift();
      if (run === undefined) break;
      run();
    }
    this.#resuming.delete(process);
  }

  /**
   * Before a call of `process`: sometimes preempts it, so that other processes of this host run for a while. Deliveries
   * to the process wait until its current event is over. The kernel preempts no other process meanwhile.
   */
  preempt(process: SimProcess): void {
    const shared = this.#shared;
    if (shared.running !== process || this.#hasPreempted) return;
    const absence = this.scheduler.quirks.absence(process.label);
    if (absence === 0) return;
    this.#hasPreempted = true;
    shared.running = undefined;
    process.isPreempted = true;
    this.scheduler.runUntil(this.scheduler.now + absence);
    process.isPreempted = false;
    shared.running = process;
    this.#hasPreempted = false;
  }

  /**
   * Whether a call of `process` comes from code that does not run as that process: code of another process, or a
   * continuation that a promise ran after the event. A login process may call whenever no other process runs.
   */
  isOutside(process: SimProcess): boolean {
    const { running } = this.#shared;
    if (running === process) return false;
    return running !== undefined || !process.spec.isPinned;
  }

  get isTraced(): boolean {
    return this.tracer !== undefined;
  }

  tell(process: SimProcess, what: string): void {
    const { tracer } = this;
    if (tracer !== undefined)
      asHost(() => tracer(traceLine(this.scheduler.now, process.label, what)));
  }

  violate(process: SimProcess, kind: string, error: unknown): void {
    const { pid, program } = process;
    if (this.isTraced) this.tell(process, `! ${kind}: ${String(error)}`);
    this.violations.push({ time: this.scheduler.now, pid, program, kind, error });
  }

  /** As SIGSTOP: for `forNs` (infinite: for ever) deliveries to the process wait while time passes. */
  pause(process: SimProcess, forNs: number): void {
    if (process.exit !== undefined) return;
    const until = this.scheduler.now + forNs;
    process.pausedUntil = Math.max(process.pausedUntil ?? 0, until);
    if (until === Number.POSITIVE_INFINITY) return;
    this.scheduler.at(until, () => {
      if (process.pausedUntil === until) this.resume(process);
    });
  }

  /** As SIGCONT: makes the waiting deliveries, in order. */
  resume(process: SimProcess): void {
    process.pausedUntil = undefined;
    if (!process.isPreempted) this.#deliverWaiting(process);
  }

  /**
   * Ends a process: none of its handlers runs again, and the kernel releases its resources, at once or `clingNs` later.
   * A process that dies slowly (it dumps its core) keeps its files, locks and connections meanwhile.
   */
  end(process: SimProcess, exit: ProcessExit, clingNs = 0): void {
    if (process.exit !== undefined) return;
    const { scheduler } = this;
    process.exit = exit;
    process.endedAt = scheduler.now;
    this.#record(process, 'end', exit.signal ?? exit.code ?? 0);
    if (clingNs > 0) scheduler.at(scheduler.now + clingNs, () => this.#release(process, exit));
    else this.#release(process, exit);
  }

  #release(process: SimProcess, exit: ProcessExit): void {
    process.isReleased = true;
    for (const resource of process.resources) resource.releaseAtEnd();
    process.resources.clear();
    process.waiting.length = 0;
    process.handle?.hearEnd(exit);
  }

  #record(process: SimProcess, kind: string, payload: Digestible): void {
    const shared = this.#shared;
    shared.record(this.scheduler, process, kind, payload);
    process.deliveries++;
    if (this.isTraced) this.tell(process, `< ${kind} ${payloadText(payload)}`);
    const { observer } = this;
    if (observer === undefined) return;
    const { steps: step } = shared;
    const { now: time } = this.scheduler;
    asHost(() => observer({ step, time, pid: process.pid, kind, payload }));
  }
}
