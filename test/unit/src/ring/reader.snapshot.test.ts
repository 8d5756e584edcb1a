/**
 * R1.23: a reader that consumes nothing copies the newest part of a stream, counts the events discarded in it, and
 * never returns bytes that were overwritten during the copy.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized, type SizedEvent } from '../../../../sim/ring/records.ts';
import { makeStream, type TestStream } from '../../../support/ring/memory.ts';

interface Recorded extends SizedEvent {
  /** Events of the stream that were discarded before it. */
  readonly discardedBefore: number;
}

function eventOf({ classId, serial, timestamp }: Recorded): SizedEvent {
  return { classId, serial, timestamp };
}

/** The writer's end of a stream, and the events that it recorded. */
class Emitter {
  readonly recorded: Recorded[] = [];
  discarded = 0;
  readonly #stream: TestStream;
  readonly #writer;
  #serial = 0;

  constructor(stream: TestStream) {
    this.#stream = stream;
    this.#writer = stream.attachWriter();
  }

  emit(padding: number): void {
    const { clock } = this.#stream;
    clock.ns += 60n;
    const event = { classId: this.#serial & 3, serial: this.#serial, timestamp: clock.ns };
    this.#serial += 1;
    const discardedBefore = this.discarded;
    if (recordSized(this.#writer, event.classId, event.serial, padding)) {
      this.recorded.push({ ...event, discardedBefore });
    } else this.discarded += 1;
  }
}

/** A writer that continues during a snapshot: from one of the reader's first accesses on, for a number of accesses. */
const BURST_FROM_MAX = 30;
const BURST_ACCESSES = 40;

/** The content of a snapshot, and the events before which it reports lost packets. */
function take(stream: TestStream): { events: SizedEvent[]; discarded: number; lostAt: number[] } {
  const reader = stream.attachSnapshotReader();
  const events: SizedEvent[] = [];
  const lostAt: number[] = [];
  let discarded = 0;
  // At most as many packets as there are sub-buffers: a fast writer cannot prolong the snapshot.
  for (let count = 0; count <= stream.shape.subbufferCount + 1; count++) {
    const packet = reader.next(true);
    if (packet === undefined) break;
    if (packet.lostSubbuffers > 0) lostAt.push(events.length);
    events.push(...decodeSized(packet));
    discarded += packet.discardedSince;
    reader.done(packet);
  }
  expect(reader.fault).toBeUndefined();
  return { events, discarded, lostAt };
}

const padding = fc.oneof(fc.nat(40), fc.nat(1200), fc.nat(5000));
const shape = fc.record({
  subbufferBytes: fc.constant(4096),
  subbufferCount: fc.constantFrom(2, 4),
  overwrite: fc.boolean(),
});

describe('R1.23 snapshot of a stream', () => {
  test('is the newest part, and counts the events discarded in it', () => {
    const step = fc.oneof(
      { arbitrary: fc.record({ emit: fc.array(padding, { maxLength: 20 }) }), weight: 3 },
      { arbitrary: fc.record({ consume: fc.nat(4) }), weight: 2 },
    );
    fc.assert(
      fc.property(shape, fc.array(step, { maxLength: 30 }), (of, steps) => {
        const stream = makeStream(of);
        const emitter = new Emitter(stream);
        const consumer = stream.attachReader();
        for (const each of steps) {
          if ('emit' in each) for (const bytes of each.emit) emitter.emit(bytes);
          else {
            for (let packets = 0; packets < each.consume; packets++) {
              const packet = consumer.next(false);
              if (packet !== undefined) consumer.done(packet);
            }
          }
          const position = stream.position.readable.bytes(0, 128).slice();
          const { events, discarded, lostAt } = take(stream);
          expect(stream.position.readable.bytes(0, 128)).toEqual(position);
          const first = emitter.recorded.length - events.length;
          const expected = emitter.recorded.slice(first);
          expect(events).toEqual(expected.map(eventOf));
          // Counted from the first event on; from the beginning if no sub-buffer was overwritten.
          const before = first === 0 ? 0 : (expected[0]?.discardedBefore ?? 0);
          expect(discarded).toBe(emitter.discarded - before);
          expect(lostAt).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('has no torn event while the writer overtakes it, and reports where packets are lost', () => {
    let overtaken = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(2, 4),
        fc.array(padding, { minLength: 5, maxLength: 60 }),
        fc.array(fc.tuple(fc.nat(12), padding), { minLength: 1, maxLength: 20 }),
        fc.nat(BURST_FROM_MAX),
        (subbufferCount, before, during, burstFrom) => {
          const stream = makeStream({ subbufferBytes: 4096, subbufferCount, overwrite: true });
          const emitter = new Emitter(stream);
          for (const bytes of before) emitter.emit(bytes);
          let accesses = 0;
          stream.data.beforeAccess = () => {
            const at = accesses++ - burstFrom;
            // Then the writer stops: every snapshot ends, and this one has events to compare.
            if (at < 0 || at >= BURST_ACCESSES) return;
            const [events, bytes] = during[at % during.length] ?? [0, 0];
            for (let count = 0; count < events; count++) emitter.emit(bytes);
          };
          const { events, lostAt } = take(stream);
          stream.data.beforeAccess = () => undefined;
          const places = new Map(emitter.recorded.map(({ serial }, index) => [serial, index]));
          const found = events.map(({ serial }) => places.get(serial) ?? -1);
          expect(events).toEqual(
            found.map((place) => eventOf(emitter.recorded[place] as Recorded)),
          );
          const holes = found.flatMap((place, index) =>
            index > 0 && place !== (found[index - 1] ?? 0) + 1 ? [index] : [],
          );
          expect(lostAt).toEqual(expect.arrayContaining(holes));
          expect(found).toEqual([...found].sort((one, other) => one - other));
          expect(lostAt).not.toContain(0);
          overtaken += lostAt.length;
        },
      ),
      { numRuns: 1000 },
    );
    expect(overtaken).toBeGreaterThan(0);
  });
});
