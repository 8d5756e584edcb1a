/**
 * Goal: for any order of steps and restarts of writer and consumer, every event is readable once, with its own
 * timestamp, or counted as discarded or overwritten. Method: random steps, compared with a list of the emitted
 * events. The writer also takes steps between two loads of the reader.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized, type SizedEvent } from '../../../../sim/ring/records.ts';
import {
  DESCRIPTOR_COMMITTED,
  descriptorOffset,
  OFFSET_OPENED,
} from '../../../../src/ring/layout.ts';
import type { Packet } from '../../../../src/ring/packet.ts';
import type { StreamReader } from '../../../../src/ring/reader.ts';
import { makeStream, type TestStream } from '../../../support/ring/memory.ts';

/** Pauses of the writer: within, at and past the span of a compact header. */
const PAUSES_NS = [0n, 1n, 100n, 2n ** 27n - 1n, 2n ** 27n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 41n];

type Step =
  | {
      readonly kind: 'record';
      readonly classId: number;
      readonly padding: number;
      readonly pauseNs: bigint;
    }
  | { readonly kind: 'burst'; readonly events: number; readonly padding: number }
  | { readonly kind: 'flush-inside'; readonly padding: number; readonly pauseNs: bigint }
  | { readonly kind: 'reserve-and-die' }
  | { readonly kind: 'count-and-die' }
  | { readonly kind: 'writer-restart' }
  | { readonly kind: 'reader-restart' }
  | { readonly kind: 'snapshot' }
  | {
      readonly kind: 'consume';
      readonly flush: boolean;
      readonly packets: number;
      readonly during: number;
    };

const record = fc.record({
  kind: fc.constant('record' as const),
  classId: fc.constantFrom(0, 1, 30, 31, 32, 2 ** 32 - 2),
  padding: fc.oneof(fc.nat(40), fc.nat(5000)),
  pauseNs: fc.constantFrom(...PAUSES_NS),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: record, weight: 4 },
  {
    arbitrary: fc.record({
      kind: fc.constant('burst' as const),
      events: fc.integer({ min: 1, max: 60 }),
      padding: fc.nat(900),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('consume' as const),
      flush: fc.boolean(),
      packets: fc.nat(4),
      during: fc.nat(3),
    }),
    weight: 4,
  },
  fc.record({
    kind: fc.constant('flush-inside' as const),
    padding: fc.nat(3000),
    pauseNs: fc.constantFrom(...PAUSES_NS),
  }),
  fc.constant({ kind: 'reserve-and-die' as const }),
  fc.constant({ kind: 'count-and-die' as const }),
  fc.constant({ kind: 'writer-restart' as const }),
  fc.constant({ kind: 'reader-restart' as const }),
  fc.constant({ kind: 'snapshot' as const }),
);

/** Both ends of a stream, the emitted events and the events read. */
class Account {
  readonly stream: TestStream;
  #writer;
  #reader: StreamReader;
  readonly recorded: SizedEvent[] = [];
  readonly read: SizedEvent[] = [];
  emitted = 0;
  overwritten = 0;
  discarded = 0;
  #serial = 0;
  #lastEnd = 0n;

  constructor(stream: TestStream) {
    this.stream = stream;
    this.#writer = stream.attachWriter();
    this.#reader = stream.attachReader();
  }

  run(next: Step): void {
    switch (next.kind) {
      case 'record':
        this.stream.clock.ns += next.pauseNs;
        return this.record(next.classId, next.padding);
      case 'burst':
        for (let index = 0; index < next.events; index++) {
          this.stream.clock.ns += 60n;
          this.record(index & 3, next.padding);
        }
        return;
      case 'flush-inside':
        this.stream.clock.ns += next.pauseNs;
        return this.record(2, next.padding, () => this.consume(true, 3, 0));
      case 'reserve-and-die':
        // An abandoned event counts if it was discarded; if it was only reserved, it never existed.
        if (this.#writer.reserve(8, 5) < 0) this.emitted++;
        this.#writer = this.stream.attachWriter();
        return;
      case 'count-and-die':
        return this.dieBeforeCommit();
      case 'writer-restart':
        this.#writer = this.stream.attachWriter();
        return;
      case 'reader-restart':
        this.#reader = this.stream.attachReader();
        return;
      case 'snapshot':
        return this.snapshot();
      case 'consume':
        return this.consume(next.flush, next.packets, next.during);
    }
  }

  record(classId: number, padding: number, beforeCommit?: () => void): void {
    const event = { classId, serial: this.#serial++, timestamp: this.stream.clock.ns };
    this.emitted++;
    if (recordSized(this.#writer, classId, event.serial, padding, beforeCommit))
      this.recorded.push(event);
  }

  /** The process ends after all stores of an event except COMMITTED. */
  dieBeforeCommit(): void {
    const { view } = this.stream.data;
    const offset = this.#writer.reserve(8, 5);
    if (offset < 0) {
      this.emitted++;
    } else {
      const generation = view.getUint32(OFFSET_OPENED, true) - 1;
      const line = descriptorOffset(generation & (this.stream.shape.subbufferCount - 1));
      const committed = view.getUint32(line + DESCRIPTOR_COMMITTED, true);
      this.#writer.commit(offset + 8);
      view.setUint32(line + DESCRIPTOR_COMMITTED, committed, true);
    }
    this.#writer = this.stream.attachWriter();
  }

  consume(flush: boolean, packets: number, during: number): void {
    let accesses = 0;
    this.stream.data.beforeAccess = () => {
      this.stream.clock.ns += 7n;
      if (during > 0 && ++accesses % (during * 5) === 0) this.record(accesses & 1, 300 * during);
    };
    for (let index = 0; index < packets; index++) {
      const packet = this.#reader.next(flush);
      if (packet === undefined) break;
      this.take(packet);
      this.#reader.done(packet);
    }
    this.stream.data.beforeAccess = () => {};
  }

  take(packet: Packet): void {
    expect(packet.beginTimestamp).toBeGreaterThanOrEqual(this.#lastEnd);
    expect(packet.endTimestamp).toBeGreaterThanOrEqual(packet.beginTimestamp);
    expect(packet.discardedTotal).toBeGreaterThanOrEqual(this.discarded);
    this.#lastEnd = packet.endTimestamp;
    this.discarded = packet.discardedTotal;
    this.overwritten += packet.overwrittenEvents;
    this.read.push(...decodeSized(packet));
  }

  /** A reader without a position sees all of the newest events. */
  snapshot(): void {
    const reader = this.stream.attachSnapshotReader();
    const events: SizedEvent[] = [];
    let overwritten = 0;
    for (let packet = reader.next(true); packet; packet = reader.next(true)) {
      events.push(...decodeSized(packet));
      overwritten += packet.overwrittenEvents;
      reader.done(packet);
    }
    expect(reader.fault).toBeUndefined();
    expect(events).toEqual(this.recorded.slice(this.recorded.length - events.length));
    expect(overwritten + events.length).toBe(this.recorded.length);
  }

  settle(): void {
    for (let packet = this.#reader.next(true); packet; packet = this.#reader.next(true)) {
      this.take(packet);
      this.#reader.done(packet);
    }
    expect(this.#reader.fault).toBeUndefined();
    expect(this.emitted).toBe(this.read.length + this.discarded + this.overwritten);
  }
}

function runSteps(steps: readonly Step[], overwrite: boolean, subbufferCount: number): Account {
  const account = new Account(makeStream({ subbufferBytes: 4096, subbufferCount, overwrite }));
  for (const each of steps) account.run(each);
  account.settle();
  return account;
}

const steps = fc.array(step, { maxLength: 60 });
const subbufferCount = fc.constantFrom(2, 4);

describe('StreamWriter and StreamReader', () => {
  test('R-account: discard mode keeps order, times and the account', () => {
    fc.assert(
      fc.property(steps, subbufferCount, (list, count) => {
        const account = runSteps(list, false, count);
        expect(account.overwritten).toBe(0);
        expect(account.read).toEqual(account.recorded);
      }),
      { numRuns: 1000 },
    );
  });

  test('R-account: overwrite mode keeps order, times and the account', () => {
    fc.assert(
      fc.property(steps, subbufferCount, (list, count) => {
        const account = runSteps(list, true, count);
        const serials = new Map(account.recorded.map((event) => [event.serial, event]));
        let last = -1;
        for (const event of account.read) {
          expect(event).toEqual(serials.get(event.serial));
          expect(event.serial).toBeGreaterThan(last);
          last = event.serial;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
