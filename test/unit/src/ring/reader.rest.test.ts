/**
 * Goal: a reader says that the writer rests only if each later event has a later time: a live session tells viewers so.
 * Method: each prefix of the writer's stores; the writer has read the clock after its first store of an event.
 */
import { describe, expect, test } from 'vitest';
import { recordSized } from '../../../../sim/ring/records.ts';
import type { StreamReader } from '../../../../src/ring/reader.ts';
import { watchStores } from '../../../support/ring/journal.ts';
import { makeStream } from '../../../support/ring/memory.ts';

/** Compact and extended headers, switches, events without room, and one that is too large. */
const SCRIPT = [
  { classId: 0, padding: 30, pauseNs: 10n },
  { classId: 40, padding: 0, pauseNs: 2n ** 33n },
  { classId: 1, padding: 2500, pauseNs: 5n },
  { classId: 1, padding: 2500, pauseNs: 5n },
  { classId: 2, padding: 3900, pauseNs: 5n },
  { classId: 3, padding: 5000, pauseNs: 5n },
  { classId: 4, padding: 3, pauseNs: 1n },
];

function drain(reader: StreamReader): void {
  for (let packet = reader.next(true); packet; packet = reader.next(true)) reader.done(packet);
}

describe.each([false, true])('the reader of a stream that overwrites: %s', (overwrite) => {
  test('sees rest between two events, and never within one', () => {
    const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite };
    const stream = makeStream(shape);
    const before = stream.data.writable.buffer.slice(0);
    const journal = watchStores(stream.data.writable.buffer);
    const writer = stream.attachWriter();
    const ends = new Set([0]);
    for (const [serial, { classId, padding, pauseNs }] of SCRIPT.entries()) {
      stream.clock.ns += pauseNs;
      const isRecorded = recordSized(writer, classId, serial, padding);
      ends.add(journal.length);
      // The last store of an event without room counts it.
      if (!isRecorded) ends.add(journal.length - 1);
    }
    journal.stop();
    for (let stores = 0; stores <= journal.length; stores++) {
      const seen = makeStream(shape);
      const { buffer } = seen.data.writable;
      new Uint8Array(buffer).set(new Uint8Array(before));
      journal.replay(buffer, 0, stores);
      const reader = seen.attachSnapshotReader();
      expect(reader.isAtRest && !ends.has(stores)).toBe(false);
      drain(reader);
      expect([stores, reader.isAtRest]).toEqual([stores, ends.has(stores)]);
    }
  });

  test('begins later packets after a rest', () => {
    const stream = makeStream({ subbufferBytes: 4096, subbufferCount: 2, overwrite });
    const writer = stream.attachWriter();
    const reader = stream.attachSnapshotReader();
    const first = reader.restPacket(stream.clock.ns);
    expect([first.beginTimestamp, first.events]).toEqual([stream.clock.ns, 0]);
    reader.done(first);
    recordSized(writer, 0, 0, 8);
    drain(reader);
    stream.clock.ns += 1000n;
    const until = stream.clock.ns;
    reader.rest(until);
    // Never back.
    reader.rest(until - 500n);
    stream.clock.ns += 1000n;
    recordSized(writer, 0, 1, 8);
    const packet = reader.next(true);
    expect([packet?.beginTimestamp, packet?.endTimestamp]).toEqual([until, stream.clock.ns]);
    if (packet === undefined) return;
    reader.announce(packet, { position: 1, packets: 1, discarded: 0 });
    reader.done(packet);
    const end = stream.clock.ns;
    const rest = reader.restPacket(end + 500n);
    expect([rest.beginTimestamp, rest.endTimestamp, rest.events]).toEqual([end, end + 500n, 0]);
  });
});
