/** Packets of streams with several files begin one after the other: readers may sort them by that. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { beginningLater, openingPacket } from '../../../../src/recorder/stream-packets.ts';
import type { ConsumerStream } from '../../../../src/wire/control/messages.ts';
import { consumed, createStreamMemory } from '../../../support/simulated/stream-memory.ts';

const UUID = new Uint8Array(16);
const END = 2n ** 40n + 5n;

/** A record of the class 3 with a compact header. */
function compact(time: bigint): Uint8Array {
  const record = new Uint8Array(8);
  new DataView(record.buffer).setUint32(0, Number(BigInt.asUintN(27, time)) * 32 + 3, true);
  return record;
}

function extended(time: bigint): Uint8Array {
  const record = new Uint8Array(13);
  record[0] = 31;
  new DataView(record.buffer).setBigUint64(5, time, true);
  return record;
}

describe('a packet', () => {
  it.each([
    ['at its first event', END + 9n, compact(END + 9n), END + 8n],
    ['right behind the packet before it', END + 1n, compact(END + 1n), END],
    ['in the middle of a sub-buffer', END, compact(END + 9n), END + 1n],
    ['in the middle of a sub-buffer after a pause', END, extended(END + 2n ** 30n), END + 1n],
    ['with an event of the same time', END, compact(END), END],
    ['with an event of the same time and a long header', END, extended(END), END],
    ['without events', END, new Uint8Array(), END],
    ['with less than a header', END, new Uint8Array(3), END],
    ['with less than a long header', END, extended(END + 9n).subarray(0, 12), END],
  ])('begins %s', (_what, beginTimestamp, body, begin) => {
    const packet = { beginTimestamp, endTimestamp: END + 2n ** 31n, body, events: 1 };
    expect(beginningLater(packet, END)).toEqual({ ...packet, beginTimestamp: begin });
  });

  it('does not begin behind its end', () => {
    const packet = { beginTimestamp: END, endTimestamp: END, body: compact(END + 9n), events: 1 };
    expect(beginningLater(packet, END)).toEqual(packet);
  });
});

describe('the opening packet', () => {
  const { world } = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  }).login('alice');
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
  const one = consumed(createStreamMemory(world, 3, shape, '/home/alice/wake'));
  const beginOf = (stream: ConsumerStream, beginTimestamp: bigint): bigint => {
    const packet = { beginTimestamp, endTimestamp: END, body: compact(END), events: 1 };
    return openingPacket(stream, UUID, packet).values.timestampBegin;
  };
  const several = { ...one, tracefiles: { bytes: 5000, count: 0 } };

  it.each([
    ['with the first packet in a stream with one file', one, END, END],
    ['before the first packet in one with several', several, END, END - 1n],
    ['not before the clock', several, 0n, 0n],
  ] as const)('begins %s', (_what, stream, begin, opening) => {
    expect(beginOf(stream, begin)).toBe(opening);
  });
});
