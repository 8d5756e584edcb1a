/** Where a snapshot begins after a `clear`: at what is recorded after it, whoever dies meanwhile. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeSized, recordSized } from '../../../../sim/ring/records.ts';
import { clearedIn, endOfContent, markCleared } from '../../../../src/ring/cleared.ts';
import { CLEARED_BYTES, OFFSET_CLEARED, OFFSET_MAGIC } from '../../../../src/ring/layout.ts';
import { START } from '../../../../src/ring/progress.ts';
import { attachReader } from '../../../../src/ring/reader.ts';
import { makeMemory, makeStream, must, type TestStream } from '../../../support/ring/memory.ts';

/** Serial numbers that a snapshot has, and the number of events that it counts as discarded. */
function copied({ data, position }: TestStream): { serials: number[]; discarded: number } {
  const reader = must(attachReader(data.readable, null, clearedIn(position.readable)));
  const serials: number[] = [];
  let discarded = 0;
  for (let packet = reader.next(true); packet !== undefined; packet = reader.next(true)) {
    serials.push(...decodeSized(packet).map(({ serial }) => serial));
    discarded += packet.discardedSince;
    expect(packet.lostSubbuffers).toBe(0);
    reader.done(packet);
  }
  expect(reader.fault).toBeUndefined();
  return { serials, discarded };
}

function clear({ data, position }: TestStream): void {
  const end = endOfContent(data.readable);
  if (end === undefined) throw new Error('the stream is damaged');
  markCleared(position.writable, end);
}

it('has nothing from before the last clear, and everything that the buffers hold since', () => {
  const step = fc.oneof(
    { arbitrary: fc.record({ emit: fc.nat(3000) }), weight: 6 },
    { arbitrary: fc.constant('clear' as const), weight: 1 },
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.boolean(),
      fc.constantFrom(2, 4),
      (steps, overwrite, subbufferCount) => {
        const stream = makeStream({ subbufferBytes: 4096, subbufferCount, overwrite });
        const writer = stream.attachWriter();
        const all = copiedWithout(stream);
        let serial = 0;
        let discarded = 0;
        let clearedAt = 0;
        for (const each of steps) {
          stream.clock.ns += 60n;
          if (each === 'clear') {
            clear(stream);
            clearedAt = serial;
            discarded = 0;
            continue;
          }
          if (!recordSized(writer, serial & 3, serial, each.emit)) discarded += 1;
          serial += 1;
        }
        const after = all().filter((one) => one >= clearedAt);
        const { serials, discarded: counted } = copied(stream);
        expect(serials).toEqual(after);
        expect(overwrite || counted === discarded).toBe(true);
      },
    ),
  );
});

/** What a snapshot has that knows of no clear. */
function copiedWithout({ data }: TestStream): () => number[] {
  return () => {
    const reader = must(attachReader(data.readable, null));
    const serials: number[] = [];
    for (let packet = reader.next(true); packet !== undefined; packet = reader.next(true)) {
      serials.push(...decodeSized(packet).map(({ serial }) => serial));
      reader.done(packet);
    }
    return serials;
  };
}

it('keeps the mark before, when whoever writes one dies', () => {
  const { writable, readable, view } = makeMemory(4096);
  expect(clearedIn(readable)).toEqual(START);
  for (let events = 1; events <= 5; events++) {
    markCleared(writable, { ...START, consumed: events, events });
    expect(clearedIn(readable)).toMatchObject({ consumed: events, events });
    // A half-written one: its sequence is 0.
    const next = OFFSET_CLEARED + (events % 2) * CLEARED_BYTES;
    const sequence = view.getUint32(next, true);
    view.setUint32(next, 0, true);
    expect(clearedIn(readable)).toMatchObject({ consumed: events });
    view.setUint32(next, sequence, true);
  }
});

it('takes nothing for a mark that no clear has written', () => {
  const { writable, readable, view } = makeMemory(4096);
  markCleared(writable, { ...START, consumed: 3 });
  view.setFloat64(OFFSET_CLEARED + 24, -1, true);
  expect(clearedIn(readable)).toEqual(START);
  view.setFloat64(OFFSET_CLEARED + 24, Number.NaN, true);
  expect(clearedIn(readable)).toEqual(START);
  expect(clearedIn(makeMemory(64).readable)).toEqual(START);
});

it('begins with a sub-buffer that the writer opens meanwhile, which is younger', () => {
  const stream = makeStream({ subbufferBytes: 4096, subbufferCount: 4, overwrite: true });
  const writer = stream.attachWriter();
  const emit = (serial: number): void => {
    stream.clock.ns += 60n;
    recordSized(writer, 0, serial, 3000);
  };
  emit(0);
  emit(1);
  let serial = 2;
  // After each access to the memory the writer fills one more sub-buffer.
  stream.data.beforeAccess = () => {
    if (serial < 40) emit(serial++);
  };
  clear(stream);
  stream.data.beforeAccess = () => undefined;
  emit(serial);
  const { serials } = copied(stream);
  expect(serials.at(-1)).toBe(serial);
  expect(Math.min(...serials)).toBeGreaterThan(1);
});

it('says so when the memory is damaged', () => {
  const stream = makeStream();
  stream.data.view.setUint32(OFFSET_MAGIC, 0, true);
  expect(endOfContent(stream.data.readable)).toBeUndefined();
});
