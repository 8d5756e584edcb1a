/** One instance of the simulated tracefs: what it records, and the buffers of its CPUs. */
import type { InstanceOptions, KernelCounts } from '../../../src/port/kernel-tracer.ts';
import type { NoiseStream } from '../core/noise.ts';
import { CpuBuffer, type Fate } from './cpu-buffer.ts';
import type { EventValues } from './events.ts';
import type { Filter } from './filter.ts';

/** An event that happened on the machine. */
export interface HappenedEvent {
  /** Counts the events of the machine, from 0. */
  readonly sequence: number;
  /** Virtual nanoseconds: that of the event's record. */
  readonly time: number;
  readonly cpu: number;
  /** `SYSTEM:NAME`. */
  readonly event: string;
  readonly pid: number;
  readonly values: EventValues;
}

/** An event that happened while an instance recorded it, and what became of it there. */
export interface OfferedEvent extends HappenedEvent {
  readonly fate: Fate;
}

/** Whom the buffer of a CPU wakes. */
interface BufferWaiter {
  look(): void;
}

const NO_EVENTS: KernelCounts = { entries: 0, overrun: 0, dropped: 0, read: 0 };

export class Instance {
  readonly name: string;
  readonly options: InstanceOptions;
  readonly madeAt: number;
  removedAt: number | undefined;
  isRecording = false;
  /** Enabled events, and the filter of each. */
  readonly enabled = new Map<string, Filter | undefined>();
  /** Everything that it wanted to record, in order. */
  readonly offered: OfferedEvent[] = [];
  /** Open pages: it cannot be removed. */
  openPages = 0;
  /** Whom a CPU's buffer wakes, and who has claimed its pages. */
  readonly waiters = new Map<number, Set<BufferWaiter>>();
  readonly claims = new Map<number, object>();
  readonly #buffers = new Map<number, CpuBuffer>();
  readonly #noiseOf: (label: string) => NoiseStream;

  constructor(
    name: string,
    options: InstanceOptions,
    madeAt: number,
    noiseOf: (label: string) => NoiseStream,
  ) {
    this.name = name;
    this.options = options;
    this.madeAt = madeAt;
    this.#noiseOf = noiseOf;
  }

  /** The CPU runs: from now on it has a buffer. */
  addCpu(cpu: number): void {
    if (this.#buffers.has(cpu)) return;
    const { bufferKb, pageKb, overwrite } = this.options;
    const noise = this.#noiseOf(`pages of ${this.name}, cpu ${cpu}`);
    this.#buffers.set(cpu, new CpuBuffer({ bufferKb, pageBytes: pageKb * 1024, overwrite }, noise));
  }

  countsOf(cpu: number): KernelCounts {
    return this.#buffers.get(cpu)?.counts ?? NO_EVENTS;
  }

  takePage(cpu: number): Uint8Array | undefined {
    return this.#buffers.get(cpu)?.takePage();
  }

  /** Whether who waits for this CPU's pages is woken. */
  isFull(cpu: number): boolean {
    return this.#buffers.get(cpu)?.isFull(this.options.wakePercent) ?? false;
  }

  /** An event of which this is the record. */
  offer(happened: HappenedEvent, values: EventValues, record: Uint8Array): void {
    const { cpu, event, time } = happened;
    const buffer = this.#buffers.get(cpu);
    if (!this.isRecording || buffer === undefined || !this.enabled.has(event)) return;
    const filter = this.enabled.get(event);
    if (filter === undefined || filter(values)) {
      const offered = { ...happened, fate: 'buffered' as Fate };
      this.offered.push(offered);
      buffer.write(time, record, offered);
    } else if (this.#noiseOf(`refused by ${this.name}`).oneIn(2)) {
      // The CPU had another event in the place where it mostly puts one before the filter decides.
      buffer.refuse(time, record);
    }
    for (const waiter of this.waiters.get(cpu) ?? []) waiter.look();
  }

  remove(now: number): void {
    this.removedAt = now;
    for (const buffer of this.#buffers.values()) buffer.remove();
  }
}
