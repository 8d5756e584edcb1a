/**
 * A sink that stores later: the reader goes on behind the packets that it has given away, the writer does not get their
 * memory before they are stored, and the next consumer reads again what was not.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized, type SizedEvent } from '../../../../sim/ring/records.ts';
import type { Packet } from '../../../../src/ring/packet.ts';
import { makeStream } from '../../../support/ring/memory.ts';

type Step =
  | { readonly kind: 'record'; readonly events: number; readonly padding: number }
  | { readonly kind: 'take'; readonly flush: boolean; readonly packets: number }
  | { readonly kind: 'store'; readonly packets: number }
  | { readonly kind: 'die' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      events: fc.integer({ min: 1, max: 30 }),
      padding: fc.nat(900),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      flush: fc.boolean(),
      packets: fc.nat(5),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('store' as const), packets: fc.nat(3) }),
  },
  fc.constant({ kind: 'die' as const }),
);

/** A packet that the sink has taken: its memory, and what was in it then. */
interface Taken {
  readonly body: Uint8Array;
  readonly copy: Uint8Array;
  readonly events: readonly SizedEvent[];
  readonly overwritten: number;
  readonly discarded: number;
}

class Account {
  readonly #stream;
  readonly #writer;
  #reader;
  #taken: Taken[] = [];
  #serial = 0;
  #number = 0;
  readonly recorded: SizedEvent[] = [];
  readonly stored: SizedEvent[] = [];
  overwritten = 0;
  discarded = 0;

  constructor(subbufferCount: number, overwrite: boolean) {
    this.#stream = makeStream({ subbufferBytes: 4096, subbufferCount, overwrite });
    this.#writer = this.#stream.attachWriter();
    this.#reader = this.#stream.attachReader();
  }

  get emitted(): number {
    return this.#serial;
  }

  run(next: Step): void {
    switch (next.kind) {
      case 'record':
        for (let index = 0; index < next.events; index++) this.#record(next.padding);
        return;
      case 'take':
        this.take(next.flush, next.packets);
        return;
      case 'store':
        this.store(next.packets);
        return;
      case 'die':
        this.#taken = [];
        this.#reader = this.#stream.attachReader();
    }
  }

  /** Returns whether there was a packet. */
  take(flush: boolean, packets: number): boolean {
    for (let index = 0; index < packets; index++) {
      const packet = this.#reader.next(flush);
      if (packet === undefined) return index > 0;
      this.#keep(packet);
    }
    return true;
  }

  /** The sink stores the oldest packets of those that it has. */
  store(packets: number): void {
    const stored = this.#taken.splice(0, packets);
    for (const { body, copy, events, overwritten, discarded } of stored) {
      expect(body).toEqual(copy);
      this.stored.push(...events);
      this.overwritten += overwritten;
      this.discarded = discarded;
    }
    this.#reader.release(stored.length);
    expect(this.#reader.kept).toBe(this.#taken.length);
  }

  settle(): void {
    do this.store(this.#taken.length);
    while (this.take(true, 1));
    expect(this.#reader.fault).toBeUndefined();
    expect(this.emitted).toBe(this.stored.length + this.discarded + this.overwritten);
  }

  #record(padding: number): void {
    this.#stream.clock.ns += 60n;
    const event = { classId: 1, serial: this.#serial++, timestamp: this.#stream.clock.ns };
    if (recordSized(this.#writer, 1, event.serial, padding)) this.recorded.push(event);
  }

  #keep(packet: Packet): void {
    this.#number += 1;
    const { body, overwrittenEvents, discardedTotal } = packet;
    this.#taken.push({
      body,
      copy: body.slice(),
      events: decodeSized(packet),
      overwritten: overwrittenEvents,
      discarded: discardedTotal,
    });
    const stored = { position: this.#number, packets: this.#number, discarded: discardedTotal };
    this.#reader.announce(packet, stored);
    this.#reader.done(packet, false);
  }
}

function runSteps(steps: readonly Step[], subbufferCount: number, overwrite: boolean): Account {
  const account = new Account(subbufferCount, overwrite);
  for (const each of steps) account.run(each);
  account.settle();
  return account;
}

const steps = fc.array(step, { maxLength: 60 });
const subbufferCount = fc.constantFrom(2, 4);

describe('packets that are stored later', () => {
  test('discard mode: each event is stored once, in order, however many consumers die', () => {
    fc.assert(
      fc.property(steps, subbufferCount, (list, count) => {
        const account = runSteps(list, count, false);
        expect(account.overwritten).toBe(0);
        expect(account.stored).toEqual(account.recorded);
      }),
      { numRuns: 200 },
    );
  });

  test('overwrite mode: what is not stored may be overwritten, and is counted', () => {
    fc.assert(
      fc.property(steps, subbufferCount, (list, count) => {
        const { stored } = runSteps(list, count, true);
        const serials = stored.map(({ serial }) => serial);
        expect(serials).toEqual([...new Set(serials)].toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});
