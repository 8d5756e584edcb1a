/** Goal: the ring's limits hold at, below and past each of them. Method: shapes, sizes and counters by example. */
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized, type SizedEvent } from '../../../../sim/ring/records.ts';
import { COMPACT_SPAN_NS, EXTENDED_MARK } from '../../../../src/event/record-header.ts';
import { readShape } from '../../../../src/ring/format.ts';
import {
  CLASS_LOG_BYTES,
  classLogOffset,
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_SEQUENCE,
  descriptorOffset,
  isValidShape,
  OFFSET_CLASS_LOG_BYTES,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_CONSUMED,
  OFFSET_LAYOUT_VERSION,
  OFFSET_MAGIC,
  OFFSET_OPENED,
  OFFSET_OVERWRITE,
  OFFSET_SUBBUFFER_BYTES,
  OFFSET_SUBBUFFER_COUNT,
  PAGE_BYTES,
  SEGMENT_BYTES_MAX,
  SUBBUFFER_BYTES_MAX,
  SUBBUFFER_BYTES_MIN,
  SUBBUFFER_COUNT_MAX,
  SUBBUFFER_COUNT_MIN,
  segmentBytes,
} from '../../../../src/ring/layout.ts';
import { attachReader } from '../../../../src/ring/reader.ts';
import { attachWriter } from '../../../../src/ring/writer.ts';
import {
  makeMemory,
  makeStream,
  SMALL_SHAPE,
  type TestStream,
} from '../../../support/ring/memory.ts';

const valid = (subbufferBytes: number, subbufferCount: number): boolean =>
  isValidShape({ subbufferBytes, subbufferCount, overwrite: false });

describe('isValidShape', () => {
  test.each([
    [SUBBUFFER_BYTES_MIN, SUBBUFFER_COUNT_MIN],
    [SUBBUFFER_BYTES_MIN, SUBBUFFER_COUNT_MAX],
    [SUBBUFFER_BYTES_MAX / 2, SUBBUFFER_COUNT_MIN],
    [2 ** 18, SUBBUFFER_COUNT_MAX],
  ])('takes %i bytes, %i times', (bytes, count) => {
    expect(valid(bytes, count)).toBe(true);
  });

  test.each([
    [SUBBUFFER_BYTES_MIN / 2, SUBBUFFER_COUNT_MIN],
    [SUBBUFFER_BYTES_MIN, SUBBUFFER_COUNT_MIN / 2],
    [SUBBUFFER_BYTES_MIN, SUBBUFFER_COUNT_MAX * 2],
    [SUBBUFFER_BYTES_MAX, SUBBUFFER_COUNT_MIN],
    [SUBBUFFER_BYTES_MAX * 2, SUBBUFFER_COUNT_MIN],
    [2 ** 19, SUBBUFFER_COUNT_MAX],
    [4097, 2],
    [6144, 2],
    [4096, 3],
    [4096.5, 2],
    [-4096, 2],
    [0, 2],
    [4096, 0],
    [Number.NaN, 2],
    [Number.POSITIVE_INFINITY, 2],
  ])('refuses %d bytes, %d times', (bytes, count) => {
    expect(valid(bytes, count)).toBe(false);
  });

  test('keeps every segment inside its bound', () => {
    const longest = { subbufferBytes: 2 ** 29, subbufferCount: 2, overwrite: true };
    expect(segmentBytes(longest)).toBeLessThanOrEqual(SEGMENT_BYTES_MAX);
    expect(segmentBytes({ ...longest, subbufferBytes: 2 ** 30 })).toBeGreaterThan(
      SEGMENT_BYTES_MAX,
    );
  });
});

describe('readShape', () => {
  test.each([
    [OFFSET_MAGIC, 0, 'the segment holds no stream'],
    [OFFSET_LAYOUT_VERSION, 2, 'layout version 2 is not known'],
    [OFFSET_OVERWRITE, 2, 'overwrite mode 2 is not known'],
    [OFFSET_CLASS_LOG_BYTES, 0, 'the class log has another size'],
    [OFFSET_SUBBUFFER_BYTES, 2048, '2 sub-buffers of 2048 bytes are not a valid shape'],
    [OFFSET_SUBBUFFER_COUNT, 4, 'the segment is shorter than its shape'],
  ])('refuses a header with %i: %i', (offset, word, reason) => {
    const { data } = makeStream();
    data.view.setUint32(offset, word, true);
    expect(readShape(data.readable)).toEqual({ ok: false, error: reason });
    expect(readShape(data.writable)).toEqual({ ok: false, error: reason });
  });

  test('refuses segments that are too short', () => {
    const { data, position } = makeStream();
    const short = makeMemory(PAGE_BYTES - 1);
    expect(readShape(short.readable).ok).toBe(false);
    expect(attachReader(data.readable, short.writable).ok).toBe(false);
    const now = (): void => {};
    expect(attachWriter({ data: data.writable, position: short.readable, now }).ok).toBe(false);
    expect(attachWriter({ data: data.writable, position: position.readable, now }).ok).toBe(true);
  });
});

function readAll(stream: TestStream): SizedEvent[] {
  const reader = stream.attachReader();
  const events: SizedEvent[] = [];
  for (let packet = reader.next(true); packet; packet = reader.next(true)) {
    events.push(...decodeSized(packet));
    reader.done(packet);
  }
  expect(reader.fault).toBeUndefined();
  return events;
}

describe('StreamWriter.reserve', () => {
  const COMPACT_MAX = SMALL_SHAPE.subbufferBytes - 4 - 8;

  test('fills a sub-buffer to its last byte', () => {
    const stream = makeStream();
    expect(recordSized(stream.attachWriter(), 1, 7, COMPACT_MAX)).toBe(true);
    expect(stream.data.view.getUint32(descriptorOffset(0) + DESCRIPTOR_COMMITTED, true)).toBe(4096);
    expect(readAll(stream).map(({ serial }) => serial)).toEqual([7]);
  });

  test('discards events larger than a sub-buffer, warns once, and continues', () => {
    const stream = makeStream();
    const warnings: [number, number][] = [];
    const onOversized = (bytes: number, room: number): void => void warnings.push([bytes, room]);
    const writer = stream.attachWriter({ onOversized });
    expect(recordSized(writer, 1, 0, COMPACT_MAX + 1)).toBe(false);
    expect(writer.reserve(Number.POSITIVE_INFINITY, 1)).toBe(-1);
    expect(recordSized(writer, EXTENDED_MARK, 0, COMPACT_MAX - 8)).toBe(false);
    expect(recordSized(writer, EXTENDED_MARK, 1, COMPACT_MAX - 9)).toBe(true);
    expect(warnings).toEqual([[4097, 4096]]);
    expect(writer.discarded).toBe(3);
    expect(readAll(stream).map(({ serial }) => serial)).toEqual([1]);
  });

  test('finds room for every size near the end of a sub-buffer', () => {
    for (let left = 0; left < 40; left++) {
      const stream = makeStream();
      const writer = stream.attachWriter();
      recordSized(writer, 1, 0, COMPACT_MAX - left);
      stream.clock.ns += 5n;
      expect(recordSized(writer, 1, 1, 0)).toBe(true);
      const opened = stream.data.view.getUint32(OFFSET_OPENED, true);
      expect(opened).toBe(left < 12 ? 2 : 1);
      expect(readAll(stream).map(({ serial }) => serial)).toEqual([0, 1]);
    }
  });

  test('keeps times exact at the limit of a compact header, in either half of 64 bits', () => {
    for (const start of [10n ** 12n, 2n ** 32n - 3n, 2n ** 63n]) {
      const stream = makeStream();
      stream.clock.ns = start;
      const writer = stream.attachWriter();
      const times: bigint[] = [];
      const span = BigInt(COMPACT_SPAN_NS);
      for (const pause of [0n, 1n, span - 1n, span, span + 1n, 2n ** 32n, 2n ** 33n - 1n]) {
        stream.clock.ns += pause;
        times.push(stream.clock.ns);
        recordSized(writer, 1, times.length, 0);
      }
      expect(readAll(stream).map(({ timestamp }) => timestamp)).toEqual(times);
    }
  });

  test('counts an event of a class that could not be declared', () => {
    const writer = makeStream().attachWriter();
    expect(writer.reserve(4, -1)).toBe(-1);
    expect(writer.discarded).toBe(1);
  });

  test('is harmless after close', () => {
    const stream = makeStream();
    const writer = stream.attachWriter();
    recordSized(writer, 1, 0, 10);
    const before = stream.data.writable.buffer.slice(0);
    writer.close();
    for (const bytes of [0, 10, 1e9]) expect(writer.reserve(bytes, 1)).toBe(-1);
    expect(stream.data.writable.buffer).toEqual(before);
  });
});

describe('StreamWriter.declareClass', () => {
  test('takes records until the log is full to its last byte', () => {
    const stream = makeStream();
    const writer = stream.attachWriter();
    const rest = CLASS_LOG_BYTES - 4 * (4 + 60_000);
    for (let index = 0; index < 4; index++) {
      expect(writer.declareClass(new Uint8Array(60_000).fill(index))).toBe(true);
    }
    expect(writer.declareClass(new Uint8Array(rest - 3))).toBe(false);
    expect(writer.declareClass(new Uint8Array(rest - 4).fill(9))).toBe(true);
    expect(writer.declareClass(new Uint8Array(0))).toBe(false);
    expect(stream.data.view.getUint32(OFFSET_CLASS_LOG_COMMITTED, true)).toBe(CLASS_LOG_BYTES);
    const records = stream.attachReader().readClasses();
    expect(records.ok && records.value.map(({ length }) => length)).toEqual([
      60_000,
      60_000,
      60_000,
      60_000,
      rest - 4,
    ]);
    const end = classLogOffset(stream.shape) + CLASS_LOG_BYTES;
    expect(stream.data.view.getUint8(end)).toBe(0);
  });
});

describe('a stream that has opened almost 2^32 sub-buffers', () => {
  test.each([false, true])('continues past that, overwriting: %s', (overwrite) => {
    const stream = makeStream({ ...SMALL_SHAPE, overwrite });
    const opened = 2 ** 32 - 2;
    const line = descriptorOffset((opened - 1) & 1);
    stream.data.view.setUint32(OFFSET_OPENED, opened, true);
    stream.data.view.setUint32(line + DESCRIPTOR_SEQUENCE, opened, true);
    stream.position.view.setUint32(OFFSET_CONSUMED, opened - 1, true);
    const writer = stream.attachWriter();
    const reader = stream.attachReader();
    const read: number[] = [];
    const recorded: number[] = [];
    for (let serial = 0; serial < 8; serial++) {
      stream.clock.ns += 10n;
      if (recordSized(writer, 1, serial, 4000)) recorded.push(serial);
      for (let packet = reader.next(false); packet; packet = reader.next(false)) {
        read.push(...decodeSized(packet).map((event) => event.serial));
        reader.done(packet);
      }
    }
    const last = reader.next(true);
    if (last) read.push(...decodeSized(last).map((event) => event.serial));
    expect(recorded).toHaveLength(8);
    expect(read).toEqual(recorded);
    expect(reader.fault).toBeUndefined();
  });
});

describe('a slow reader of a stream in overwrite mode', () => {
  test('keeps its packet while the writer laps it, then finds the newest events and counts', () => {
    const stream = makeStream({ ...SMALL_SHAPE, overwrite: true });
    const writer = stream.attachWriter();
    const reader = stream.attachReader();
    const emit = (from: number, to: number): void => {
      for (let serial = from; serial < to; serial++) {
        stream.clock.ns += 10n;
        recordSized(writer, 1, serial, 1000);
      }
    };
    emit(0, 10);
    const held = reader.next(false);
    if (held === undefined) throw new Error('nothing to read');
    const before = decodeSized(held);
    emit(10, 40);
    expect(decodeSized(held)).toEqual(before);
    reader.done(held);
    let overwritten = held.overwrittenEvents;
    const serials = before.map(({ serial }) => serial);
    for (let packet = reader.next(true); packet; packet = reader.next(true)) {
      serials.push(...decodeSized(packet).map(({ serial }) => serial));
      overwritten += packet.overwrittenEvents;
      reader.done(packet);
    }
    expect(serials.at(-1)).toBe(39);
    expect(serials).toEqual([...new Set(serials)].sort((a, b) => a - b));
    expect(serials.length + overwritten).toBe(40);
  });
});
