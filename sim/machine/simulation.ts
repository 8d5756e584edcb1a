/**
 * A deterministic simulation of one Linux machine: a host that has a scheduler for itself. Everything that happens
 * follows from the seed and from what the caller does. For several hosts on one clock make a {@link Scheduler} and give
 * it to each {@link Host}.
 */

import { type Checkpoint, type RunOptions, Scheduler } from './core/scheduler.ts';
import { Host, type HostOptions } from './host.ts';

export type { UserSpec } from './accounts.ts';
export { EndlessError } from './core/endless.ts';
export type { LogRecord, Violation } from './core/log.ts';
export { type Checkpoint, type RunOptions, Scheduler } from './core/scheduler.ts';
export { Host, type HostOptions } from './host.ts';
export type { ListedFile, ListedPipe, ListedSocket } from './inspect.ts';
export type { Segment } from './ipc/memory.ts';
export type { SocketEnd } from './ipc/socket-end.ts';
export type { Observer, Step } from './process/kernel.ts';
export { isProcessEnded, type Mischief, type SimProcess } from './process/process.ts';

export interface SimulationOptions extends HostOptions {
  /** An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Deliveries in its whole life; one more, and {@link Simulation.run} throws an {@link EndlessError}. */
  readonly stepsMax?: number;
}

export class Simulation extends Host {
  readonly #scheduler: Scheduler;

  constructor(options: SimulationOptions) {
    const scheduler = new Scheduler(options.seed, options.stepsMax);
    super(scheduler, options);
    this.#scheduler = scheduler;
  }

  /** Deliveries so far. */
  get steps(): number {
    return this.#scheduler.steps;
  }

  /** One entry per 256 steps, the newest 4096: the first that differs brackets the first difference. */
  get checkpoints(): readonly Checkpoint[] {
    return this.#scheduler.checkpoints;
  }

  /** Rolling hash of everything delivered, 16 hexadecimal digits. */
  hash(): string {
    return this.#scheduler.hash();
  }

  /** Lets virtual time pass; see {@link RunOptions}. */
  run(options: RunOptions = {}): void {
    this.#scheduler.run(options, this.now);
  }

  /** Lets {@link run} come back after the event that is happening, for a caller that wants to look. */
  interrupt(): void {
    this.#scheduler.interrupt();
  }
}
