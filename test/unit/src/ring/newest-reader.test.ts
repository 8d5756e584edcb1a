/** A snapshot that may have only so many bytes has the newest packets that fit, whole. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeSized, recordSized } from '../../../../sim/ring/records.ts';
import { attachNewestReader } from '../../../../src/ring/newest-reader.ts';
import type { Packet } from '../../../../src/ring/packet.ts';
import { attachReader, type StreamReader } from '../../../../src/ring/reader.ts';
import { makeStream, must, type TestStream } from '../../../support/ring/memory.ts';

const PER_PACKET = 84;
const SHAPE = { subbufferBytes: 4096, subbufferCount: 4, overwrite: true };

interface Copied {
  readonly bytes: number;
  readonly serials: readonly number[];
  readonly events: number;
  readonly discarded: number;
}

function packetOf(packet: Packet): Copied {
  return {
    bytes: packet.body.length + PER_PACKET,
    serials: decodeSized(packet).map(({ serial }) => serial),
    events: packet.events,
    discarded: packet.discardedSince,
  };
}

function all(reader: StreamReader): Copied[] {
  const packets: Copied[] = [];
  for (let packet = reader.next(true); packet !== undefined; packet = reader.next(true)) {
    packets.push(packetOf(packet));
    reader.announce(packet, { position: packets.length, packets: packets.length, discarded: 0 });
    reader.done(packet);
    expect(reader.stored.packets).toBe(packets.length);
  }
  return packets;
}

/** Of a reader that has no room: it takes every packet without an announcement. */
function everything(stream: TestStream): Copied[] {
  const reader = must(attachReader(stream.data.readable, null));
  const packets: Copied[] = [];
  for (let packet = reader.next(true); packet !== undefined; packet = reader.next(true)) {
    packets.push(packetOf(packet));
    reader.done(packet);
  }
  return packets;
}

function newest(stream: TestStream, bytes: number) {
  const reader = must(attachNewestReader(stream.data.readable, undefined));
  reader.limit({ bytes, bytesPerPacket: PER_PACKET });
  const packets = all(reader);
  return { packets, keptBytes: reader.keptBytes, leftOut: reader.leftOut };
}

const sum = (packets: readonly Copied[], of: 'bytes' | 'events'): number =>
  packets.reduce((total, packet) => total + packet[of], 0);

it('keeps the newest packets that fit, and counts the others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3000), { maxLength: 30 }),
      fc.boolean(),
      fc.nat(20_000),
      (paddings, overwrite, bytes) => {
        const stream = makeStream({ ...SHAPE, overwrite });
        const writer = stream.attachWriter();
        for (const [serial, padding] of paddings.entries()) {
          stream.clock.ns += 60n;
          recordSized(writer, serial & 3, serial, padding);
        }
        const there = everything(stream);
        const fitting = there.findIndex((_, from) => sum(there.slice(from), 'bytes') <= bytes);
        const from = fitting < 0 ? there.length : fitting;
        expect(newest(stream, bytes)).toEqual({
          packets: there.slice(from),
          keptBytes: sum(there.slice(from), 'bytes'),
          leftOut: { packets: from, events: sum(there.slice(0, from), 'events') },
        });
      },
    ),
  );
});

it('keeps what just fits, and leaves out the oldest packet of one byte more', () => {
  const stream = makeStream(SHAPE);
  const writer = stream.attachWriter();
  for (let serial = 0; serial < 3; serial++) {
    stream.clock.ns += 60n;
    recordSized(writer, 0, serial, 3000);
  }
  const whole = sum(everything(stream), 'bytes');
  expect(newest(stream, whole).packets.flatMap(({ serials }) => serials)).toEqual([0, 1, 2]);
  expect(newest(stream, whole - 1).packets.flatMap(({ serials }) => serials)).toEqual([1, 2]);
  expect(newest(stream, PER_PACKET).packets).toEqual([]);
});

it('keeps no more although the writer goes on meanwhile, and says that nothing was lost', () => {
  const stream = makeStream(SHAPE);
  const writer = stream.attachWriter();
  let serial = 0;
  const emit = (): void => {
    stream.clock.ns += 60n;
    recordSized(writer, 0, serial++, 1000);
  };
  for (let count = 0; count < 20; count++) emit();
  let accesses = 0;
  stream.data.beforeAccess = () => {
    accesses += 1;
    if (accesses % 7 === 0) emit();
  };
  const reader = must(attachNewestReader(stream.data.readable, undefined));
  const bytes = 2 * (SHAPE.subbufferBytes + PER_PACKET);
  reader.limit({ bytes, bytesPerPacket: PER_PACKET });
  const first = reader.next();
  stream.data.beforeAccess = () => undefined;
  expect(serial).toBeGreaterThan(22);
  expect(first?.lostSubbuffers).toBe(0);
  expect(reader.keptBytes).toBeLessThanOrEqual(bytes);
});
