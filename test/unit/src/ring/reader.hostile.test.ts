/**
 * Goal: for any content of an application's memory, a consumer does not throw, does not read outside the buffers, ends,
 * and reports what is impossible; for any position of a consumer, a writer stays in its own buffers.
 * Method: recorded streams with damage in the words that the reader uses, before and during the read.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized } from '../../../../sim/ring/records.ts';
import { STABLE_READ_ATTEMPTS } from '../../../../src/ring/descriptor.ts';
import { readShape } from '../../../../src/ring/format.ts';
import {
  CLASS_LOG_BYTES,
  classLogOffset,
  descriptorOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_CONSUMED,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  type RingShape,
  segmentBytes,
  subbufferOffset,
} from '../../../../src/ring/layout.ts';
import { makeMemory, makeStream, must, type TestStream } from '../../../support/ring/memory.ts';

const COUNT = 4;
const SHAPES: readonly RingShape[] = [false, true].map((overwrite) => ({
  subbufferBytes: 4096,
  subbufferCount: COUNT,
  overwrite,
}));

/** The words that a writer maintains and can falsify. */
const WORDS: readonly number[] = [
  OFFSET_OPENED,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_DISCARDED,
  OFFSET_DISCARDED + 4,
  ...Array.from({ length: COUNT * 14 }, (_, index) => {
    const slot = Math.floor(index / 14);
    return descriptorOffset(slot) + (index % 14) * 4;
  }),
];
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 4095, 4096, 4097, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 0x7ff0_0000),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const lie = fc.record({ offset: fc.constantFrom(...WORDS), value });
const lies = fc.array(lie, { minLength: 1, maxLength: 12 });

/** No call of `next` may load more words than this. */
const ACCESSES_MAX = (2 * COUNT + 2) * (12 * STABLE_READ_ATTEMPTS + 20);

function recordedStream(shape: RingShape): TestStream {
  const stream = makeStream(shape);
  const writer = stream.attachWriter();
  writer.declareClass(new TextEncoder().encode('{}'));
  for (let serial = 0; serial < 40; serial++) {
    stream.clock.ns += 100n;
    recordSized(writer, 1, serial, 400);
  }
  return stream;
}

/** Reads to the last packet; every body must lie in the sub-buffers. */
function readBounded(stream: TestStream, onVolatile: boolean, packetsMax: number): number {
  const reader = onVolatile ? stream.attachSnapshotReader() : stream.attachReader();
  const first = subbufferOffset(stream.shape, 0);
  const end = segmentBytes(stream.shape);
  const before = stream.data.beforeAccess;
  let packets = 0;
  let accesses = 0;
  stream.data.beforeAccess = () => {
    accesses += 1;
    before();
  };
  for (; packets < packetsMax; packets++) {
    accesses = 0;
    const packet = reader.next(true);
    expect(accesses).toBeLessThan(ACCESSES_MAX);
    if (packet === undefined) break;
    const { body } = packet;
    expect(body.length).toBeLessThanOrEqual(stream.shape.subbufferBytes);
    const isInPlace = body.buffer === stream.data.writable.buffer && body.length > 0;
    const start = isInPlace ? body.byteOffset : first;
    expect(start).toBeGreaterThanOrEqual(first);
    expect(start + body.length).toBeLessThanOrEqual(end);
    expect(packet.endTimestamp).toBeGreaterThanOrEqual(packet.beginTimestamp);
    expect(Number.isSafeInteger(packet.discardedTotal)).toBe(true);
    expect(packet.overwrittenEvents).toBeGreaterThanOrEqual(0);
    const classes = reader.readClasses();
    expect(classes.ok ? 'class' : classes.error).toMatch(/class/);
    reader.done(packet);
  }
  stream.data.beforeAccess = before;
  return packets;
}

describe('StreamReader', () => {
  test('clamps damaged counters and ends', () => {
    const anyShape = fc.constantFrom(...SHAPES);
    fc.assert(
      fc.property(anyShape, lies, fc.boolean(), (shape, damage, onVolatile) => {
        const stream = recordedStream(shape);
        for (const { offset, value: word } of damage)
          stream.data.view.setUint32(offset, word, true);
        expect(readBounded(stream, onVolatile, 100)).toBeLessThan(2 * COUNT + 4);
      }),
      { numRuns: 1000 },
    );
  });

  test('accepts counters that change between any two loads', () => {
    const anyShape = fc.constantFrom(...SHAPES);
    const periods = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(anyShape, lies, periods, fc.boolean(), (shape, damage, period, onVolatile) => {
        const stream = recordedStream(shape);
        let looks = 0;
        stream.data.beforeAccess = () => {
          const next = damage[Math.floor(++looks / period) % damage.length];
          if (looks % period === 0 && next) {
            stream.data.view.setUint32(next.offset, next.value, true);
          }
        };
        readBounded(stream, onVolatile, 3 * COUNT);
      }),
      { numRuns: 300 },
    );
  });

  test('gives up a stream that claims more sub-buffers than it has, and reports it', () => {
    const stream = recordedStream(SHAPES[0] as RingShape);
    stream.data.view.setUint32(OFFSET_OPENED, COUNT + 1, true);
    const reader = stream.attachReader();
    expect(reader.next(true)).toBeUndefined();
    expect(reader.fault).toBe(`${COUNT + 1} sub-buffers are open in a ring of ${COUNT}`);
    stream.data.view.setUint32(OFFSET_OPENED, 1, true);
    expect(reader.next(true)).toBeUndefined();
  });

  test.each([
    ['longer than there is room', CLASS_LOG_BYTES + 1, 'a class log of 262145 bytes'],
    ['that ends inside a description', 5, 'the class log ends inside a description'],
    ['that ends inside a length', 2, 'the class log ends inside a length'],
  ])('refuses a class log %s', (_what, committed, reason) => {
    const stream = recordedStream(SHAPES[0] as RingShape);
    stream.data.view.setUint32(OFFSET_CLASS_LOG_COMMITTED, committed, true);
    expect(stream.attachReader().readClasses()).toEqual({ ok: false, error: reason });
  });

  test('refuses a class description with too great a length, and a log that shrinks', () => {
    const stream = recordedStream(SHAPES[0] as RingShape);
    const reader = stream.attachReader();
    expect(must(reader.readClasses())).toHaveLength(1);
    stream.data.view.setUint32(OFFSET_CLASS_LOG_COMMITTED, 4, true);
    expect(reader.readClasses()).toEqual({ ok: false, error: 'the class log became shorter' });
    stream.data.view.setUint32(classLogOffset(stream.shape), 2 ** 31, true);
    expect(stream.attachReader().readClasses().ok).toBe(false);
  });

  test('does not attach to a random header', () => {
    const words = fc.array(value, { minLength: 8, maxLength: 8 });
    const sizes = fc.constantFrom(0, 4, 4095, 4096, 300_000);
    fc.assert(
      fc.property(words, sizes, (header, byteLength) => {
        const memory = makeMemory(byteLength);
        for (const [index, word] of header.entries()) {
          if (index * 4 < byteLength) memory.view.setUint32(index * 4, word, true);
        }
        expect(readShape(memory.readable).ok).toBe(false);
        expect(readShape(memory.writable).ok).toBe(false);
      }),
    );
  });
});

describe('StreamWriter', () => {
  test('stays in its buffers after a writer that goes on changing the memory', () => {
    const anyShape = fc.constantFrom(...SHAPES);
    const periods = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(anyShape, lies, periods, (shape, damage, period) => {
        const stream = recordedStream(shape);
        const { view, writable } = stream.data;
        const header = writable.buffer.slice(0, 128);
        const tell = (index: number): void => {
          const { offset, value: word } = damage[index % damage.length] ?? { offset: 0, value: 0 };
          view.setUint32(offset, word, true);
        };
        for (const index of damage.keys()) tell(index);
        const writer = stream.attachWriter();
        expect(writer.classLog().length).toBeLessThanOrEqual(CLASS_LOG_BYTES);
        writer.declareClass(new Uint8Array(40));
        const first = subbufferOffset(shape, 0);
        for (let serial = 0; serial < 200; serial++) {
          stream.clock.ns += 100n;
          if (serial % period === 0) tell(serial / period);
          const at = writer.reserve(100, 1);
          if (at < 0) continue;
          expect(at).toBeGreaterThan(first);
          expect(at + 100).toBeLessThanOrEqual(segmentBytes(shape));
          writer.commit(at + 100);
        }
        expect(writable.buffer.slice(0, 128)).toEqual(header);
      }),
      { numRuns: 500 },
    );
  });

  test('stays in its buffers for any position', () => {
    const claims = fc.array(value, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(claims, (said) => {
        const stream = makeStream(SHAPES[0]);
        const writer = stream.attachWriter();
        const header = stream.data.writable.buffer.slice(0, 128);
        let looks = 0;
        stream.position.beforeAccess = () => {
          const claim = said[looks++ % said.length] ?? 0;
          stream.position.view.setUint32(OFFSET_CONSUMED, claim, true);
        };
        let recorded = 0;
        for (let serial = 0; serial < 200; serial++) {
          if (recordSized(writer, 1, serial, 400)) recorded += 1;
        }
        expect(recorded + writer.discarded).toBe(200);
        expect(stream.data.writable.buffer.slice(0, 128)).toEqual(header);
        // The newest sub-buffers hold whole events in order: no event is torn.
        const reader = stream.attachSnapshotReader();
        let last = -1;
        for (let packet = reader.next(true); packet; packet = reader.next(true)) {
          for (const { serial } of decodeSized(packet)) {
            expect(serial).toBeGreaterThan(last);
            last = serial;
          }
          reader.done(packet);
        }
      }),
    );
  });

  test('rejects a position beyond the sub-buffers that it has opened', () => {
    const stream = makeStream(SHAPES[0]);
    const writer = stream.attachWriter();
    recordSized(writer, 1, 0, 4000);
    stream.position.view.setUint32(OFFSET_CONSUMED, 2, true);
    const recorded = [1, 2, 3, 4, 5].filter((serial) => recordSized(writer, 1, serial, 4000));
    // Two sub-buffers can be consumed once two are open: from then on the claim is possible.
    expect(recorded.length).toBeLessThanOrEqual(COUNT + 1);
    expect(writer.discarded).toBe(5 - recorded.length);
  });
});
