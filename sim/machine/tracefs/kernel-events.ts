/**
 * The kernel of a simulated machine as a source of events: a scenario says what happens on each CPU, and the ledger
 * asks what became of it. Instances belong to the machine, as tracefs does: they outlive the processes that made them.
 */
import { assert } from '../../../src/base/assert.ts';
import type { InstanceOptions } from '../../../src/port/kernel-tracer.ts';
import type { OsErrorCode } from '../../../src/port/os-error.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import { type EventValues, encodeRecord, eventName, fieldValues, KERNEL_EVENTS } from './events.ts';
import { type HappenedEvent, Instance, type OfferedEvent } from './instance.ts';

const CPUS = 2;

/** One life of an instance: its name may be used again. */
export interface InstanceHistory {
  readonly name: string;
  /** Virtual nanoseconds. */
  readonly madeAt: number;
  /** undefined: it is still there. */
  readonly removedAt: number | undefined;
  /** The events that it recorded, and what became of each. */
  readonly offered: readonly OfferedEvent[];
}

export class KernelEvents {
  readonly #scheduler: HostScheduler;
  readonly #instances = new Map<string, Instance>();
  readonly #lives: Instance[] = [];
  readonly #happened: HappenedEvent[] = [];
  readonly #running = new Set(Array.from({ length: CPUS }, (_, cpu) => cpu));
  /** All calls on tracefs fail with this code, as in a kernel that is locked down; undefined: they work. */
  refusal: OsErrorCode | undefined;

  constructor(scheduler: HostScheduler) {
    this.#scheduler = scheduler;
  }

  /** Numbers of the CPUs that run, ascending. */
  get cpus(): readonly number[] {
    return [...this.#running].sort((one, other) => one - other);
  }

  /** All events that {@link emit} said, in order. */
  get happened(): readonly HappenedEvent[] {
    return this.#happened;
  }

  /** Instances that were made so far, also those that are gone, in the order in which they were made. */
  get history(): readonly InstanceHistory[] {
    return this.#lives;
  }

  /**
   * An event happens on a CPU that runs: `event` is its `SYSTEM:NAME`, `pid` the thread that the CPU runs. Fields
   * without a value are 0, or empty.
   */
  emit(cpu: number, event: string, values: EventValues = {}, pid = 0): HappenedEvent {
    assert(this.#running.has(cpu), 'events happen on CPUs that run');
    const known = KERNEL_EVENTS.find((each) => eventName(each) === event);
    assert(known !== undefined, 'the event is one of the simulated kernel');
    this.#scheduler.tick();
    const sequence = this.#happened.length;
    const time = this.#scheduler.now;
    const happened: HappenedEvent = { sequence, time, cpu, event, pid, values };
    this.#happened.push(happened);
    const all = fieldValues(known, pid, values);
    const record = encodeRecord(known, all);
    for (const instance of this.#instances.values()) instance.offer(happened, all, record);
    return happened;
  }

  /** The CPU stops: nothing happens on it, and what its buffers hold stays. */
  stopCpu(cpu: number): void {
    assert(this.#running.size > 1, 'one CPU runs at least');
    this.#running.delete(cpu);
  }

  startCpu(cpu: number): void {
    assert(this.isCpu(cpu), 'the machine has the CPU');
    this.#running.add(cpu);
    for (const instance of this.#instances.values()) instance.addCpu(cpu);
  }

  /** Whether the machine has this CPU, running or not. */
  isCpu(cpu: number): boolean {
    return Number.isInteger(cpu) && cpu >= 0 && cpu < CPUS;
  }

  /** Names of the instances that are there, sorted by code unit. */
  get instances(): readonly string[] {
    return [...this.#instances.keys()].sort();
  }

  instance(name: string): Instance | undefined {
    return this.#instances.get(name);
  }

  make(name: string, options: InstanceOptions): void {
    const { now, noise } = this.#scheduler;
    const instance = new Instance(name, options, now, (label) => noise.stream(label));
    for (const cpu of this.#running) instance.addCpu(cpu);
    this.#instances.set(name, instance);
    this.#lives.push(instance);
  }

  remove(instance: Instance): void {
    instance.remove(this.#scheduler.now);
    this.#instances.delete(instance.name);
  }

  /** The machine starts again. */
  clear(): void {
    for (const instance of this.#instances.values()) this.remove(instance);
  }
}
