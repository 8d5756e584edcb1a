/**
 * Goal: each record of the kernel is one event of the stream, once, whenever the pump is killed, and the counts of what
 * is lost are exact. Method: the memory after each prefix of the pump's stores, from which another pump goes on; a ring
 * that is full again and again; pages that lie.
 */
import { describe, expect, test } from 'vitest';
import { type PageItem, writePage } from '../../../../sim/machine/tracefs/page-writer.ts';
import { decodeHeader } from '../../../../sim/ring/records.ts';
import { watchAll } from '../../../../sim/ring/watched.ts';
import { decodeClassRecord } from '../../../../src/event/class-record.ts';
import { KernelClasses } from '../../../../src/kernel/kernel-classes.ts';
import type { DiscardReason } from '../../../../src/kernel/page-copier.ts';
import { StreamPump } from '../../../../src/kernel/stream-pump.ts';
import { formatSegment } from '../../../../src/ring/format.ts';
import { OFFSET_DISCARDED, type RingShape, segmentBytes } from '../../../../src/ring/layout.ts';
import { positionSegmentBytes } from '../../../../src/ring/page-slot.ts';
import { attachReader } from '../../../../src/ring/reader.ts';
import { formatText, TestPages } from '../../../support/kernel/kernel-pages.ts';
import { type Memory, makeMemory, must } from '../../../support/ring/memory.ts';

const PAGE_BYTES = 4096;
const LAYOUT = { commitBytes: 8, dataOffset: 16 } as const;
const SERIAL = 'field:u32 serial;\toffset:8;\tsize:4;\tsigned:0;';
const TEXT = 'field:__data_loc char[] text;\toffset:12;\tsize:4;\tsigned:0;';
/** Ids of the two classes; records of others have no format. */
const PLAIN = 7;
const NAMED = 300;
const UNKNOWN = 8;

function classes(): KernelClasses {
  const known = new KernelClasses();
  must(known.add('made:plain', formatText('plain', PLAIN, [SERIAL])));
  must(known.add('made:named', formatText('named', NAMED, [SERIAL, TEXT])));
  return known;
}

/** A record; one of the class with a text has `a` as often as its serial number says. */
function record(id: number, serial: number, delta = 10): PageItem {
  const text = id === NAMED ? serial : 0;
  const payload = new Uint8Array(id === NAMED ? 17 + text : 12);
  const view = new DataView(payload.buffer);
  view.setUint16(0, id, true);
  view.setUint32(8, serial, true);
  if (id === NAMED) {
    view.setUint32(12, ((text + 1) << 16) | 16, true);
    payload.fill(97, 16, 16 + text);
  }
  return { kind: 'record', delta, payload };
}

function page(begin: bigint, items: readonly PageItem[]): Uint8Array {
  return writePage({ begin, bytes: PAGE_BYTES, items });
}

interface Stream {
  readonly data: Memory;
  readonly position: Memory;
}

function makeStream(shape: RingShape): Stream {
  const data = makeMemory(segmentBytes(shape));
  formatSegment(data.writable, shape, 1);
  return { data, position: makeMemory(positionSegmentBytes(PAGE_BYTES)) };
}

function attach({ data, position }: Stream, said: DiscardReason[] = []): StreamPump {
  return must(
    StreamPump.attach({
      data: data.writable,
      position: position.readable,
      slot: position.writable,
      pageBytes: PAGE_BYTES,
      layout: LAYOUT,
      classes: classes(),
      onDiscard: (reason) => said.push(reason),
      onGone: () => undefined,
    }),
  );
}

interface Event {
  readonly name: string;
  readonly serial: number;
  readonly time: bigint;
}

interface Content {
  readonly events: readonly Event[];
  readonly discarded: number;
}

/** Reads and releases all events. */
function readAll({ data, position }: Stream): Content {
  const reader = must(attachReader(data.readable, position.writable));
  const names: string[] = [];
  const events: Event[] = [];
  let discarded = 0;
  for (let packet = reader.next(true); packet; packet = reader.next(true)) {
    names.push(...must(reader.readClasses()).map((each) => must(decodeClassRecord(each)).name));
    const { body } = packet;
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    let at = 0;
    let clock = packet.beginTimestamp;
    while (at < body.length) {
      const header = decodeHeader(body, at, clock);
      const name = names[header.classId] as string;
      const serial = view.getUint32(header.end, true);
      events.push({ name, serial, time: header.timestamp });
      at = header.end + 4;
      if (name === 'named') {
        const end = body.indexOf(0, at);
        if (body.subarray(at, end).some((byte) => byte !== 97)) throw new Error('another text');
        if (end - at !== serial) throw new Error('a text of another length');
        at = end + 1;
      }
      clock = header.timestamp;
    }
    expect(clock <= packet.endTimestamp).toBe(true);
    discarded = packet.discardedTotal;
    reader.done(packet);
  }
  expect(reader.fault).toBeUndefined();
  return { events, discarded };
}

/** Runs until the kernel has nothing more, or the ring is full. */
function run(pump: StreamPump, pages: TestPages): string {
  return pump.run(pages, 100, true);
}

const BEGIN = 5_000_000_000n;
/** Two pages with events of both classes, of an unknown one, a pause, and a page that ends in a lie. */
const PAGES = [
  page(BEGIN, [
    record(PLAIN, 1),
    record(NAMED, 2),
    record(UNKNOWN, 3),
    { kind: 'extend', delta: 2 ** 28 },
    record(PLAIN, 4),
  ]),
  brokenPage(BEGIN + 2n ** 34n),
  page(BEGIN + 2n ** 34n + 1000n, [record(NAMED, 6), record(PLAIN, 7, 0)]),
];
const EVENTS: readonly Event[] = [
  { name: 'plain', serial: 1, time: BEGIN + 10n },
  { name: 'named', serial: 2, time: BEGIN + 20n },
  { name: 'plain', serial: 4, time: BEGIN + 40n + 2n ** 28n },
  { name: 'plain', serial: 5, time: BEGIN + 10n + 2n ** 34n },
  { name: 'named', serial: 6, time: BEGIN + 1010n + 2n ** 34n },
  { name: 'plain', serial: 7, time: BEGIN + 1010n + 2n ** 34n },
];
const LOST = 17;

/** Its second record ends outside it. */
function brokenPage(begin: bigint): Uint8Array {
  const broken = page(begin, [record(PLAIN, 5), record(PLAIN, 99)]);
  const second = 16 + 16;
  new DataView(broken.buffer).setUint32(second, 28, true);
  return broken;
}

const SHAPE = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };

describe('pages of the kernel', () => {
  test('become events, once each, with their times, and what cannot be one is counted', () => {
    const stream = makeStream(SHAPE);
    const said: DiscardReason[] = [];
    const pages = new TestPages(PAGES);
    pages.counted = { entries: 0, overrun: LOST - 1, dropped: 1, read: 0 };
    expect(run(attach(stream, said), pages)).toBe('caught-up');
    expect(readAll(stream)).toEqual({ events: EVENTS, discarded: 2 + LOST });
    expect(said).toEqual(['unknown-event', 'broken-page']);
  });

  test('with a kill after any store of the pump, too', () => {
    const stream = makeStream(SHAPE);
    const buffers = [stream.data.writable.buffer, stream.position.writable.buffer];
    const before = buffers.map((buffer) => buffer.slice(0));
    const stores: { buffer: number; offset: number; bytes: Uint8Array }[] = [];
    const reads: number[] = [];
    const stop = watchAll((other) => {
      const buffer = buffers.indexOf(other);
      if (buffer < 0) return undefined;
      return (offset, length) => {
        const bytes = new Uint8Array(other.slice(offset, offset + length));
        stores.push({ buffer, offset, bytes });
      };
    });
    const pages = new TestPages(PAGES, () => reads.push(stores.length));
    pages.counted = { entries: 0, overrun: LOST, dropped: 0, read: 0 };
    const pump = attach(stream);
    run(pump, pages);
    stop();
    expect(stores.length).toBeGreaterThan(80);
    expect(reads).toHaveLength(PAGES.length);

    for (let kill = 0; kill <= stores.length; kill++) {
      const after = makeStream(SHAPE);
      const memories = [after.data.writable.buffer, after.position.writable.buffer];
      for (const [index, memory] of memories.entries()) {
        new Uint8Array(memory).set(new Uint8Array(before[index] as ArrayBuffer));
      }
      for (const { buffer, offset, bytes } of stores.slice(0, kill)) {
        new Uint8Array(memories[buffer] as ArrayBuffer).set(bytes, offset);
      }
      const left = new TestPages(PAGES.slice(reads.filter((at) => at <= kill).length));
      left.counted = pages.counted;
      expect(run(attach(after), left)).toBe('caught-up');
      expect(readAll(after)).toEqual({ events: EVENTS, discarded: 2 + LOST });
    }
  });

  test('wait while the ring is full, for the same pump or for another one', () => {
    const serials = Array.from({ length: 150 }, (_, index) => index);
    const many = Array.from({ length: 12 }, (_, index) =>
      page(
        BEGIN + BigInt(index) * 10_000n,
        serials.map((serial) => record(PLAIN, index * 1000 + serial)),
      ),
    );
    const expected = many.flatMap((_, index) => serials.map((serial) => index * 1000 + serial));
    for (const isOther of [false, true]) {
      const stream = makeStream({ ...SHAPE, subbufferCount: 2 });
      const pages = new TestPages(many);
      let pump = attach(stream);
      const got: number[] = [];
      const ends: string[] = [];
      do {
        ends.push(run(pump, pages));
        const { events, discarded } = readAll(stream);
        expect(discarded).toBe(0);
        got.push(...events.map(({ serial }) => serial));
        if (isOther) pump = attach(stream);
      } while (ends.at(-1) === 'full' && ends.length < 100);
      expect(ends.length).toBeGreaterThan(2);
      expect(got).toEqual(expected);
    }
  });

  test('of which a time goes back have the time of the event before', () => {
    const stream = makeStream(SHAPE);
    const early = page(BEGIN, [
      record(PLAIN, 1),
      { kind: 'stamp', time: BEGIN - 2n ** 30n },
      record(PLAIN, 2, 0),
      { kind: 'stamp', time: BEGIN + 50n },
      record(PLAIN, 3, 1),
    ]);
    run(attach(stream), new TestPages([early, page(BEGIN - 1000n, [record(PLAIN, 4)])]));
    run(attach(stream), new TestPages([page(BEGIN + 40n, [record(PLAIN, 5), record(PLAIN, 6)])]));
    expect(readAll(stream).events.map(({ time }) => Number(time - BEGIN))).toEqual([
      10, 10, 51, 51, 51, 60,
    ]);
  });

  test('count what the kernel lost each time, and begin anew where it counts anew', () => {
    const stream = makeStream(SHAPE);
    const pages = new TestPages([]);
    const counts: number[] = [];
    for (const dropped of [3, 3, 5, 1, 4]) {
      pages.counted = { entries: 0, overrun: 0, dropped, read: 0 };
      run(attach(stream), pages);
      counts.push(stream.data.view.getFloat64(OFFSET_DISCARDED, true));
    }
    expect(counts).toEqual([3, 3, 5, 6, 9]);
  });
});
