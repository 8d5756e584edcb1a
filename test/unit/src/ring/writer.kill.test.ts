/**
 * Goal: after a kill of the process exactly the committed events are readable, and the counts add up.
 * Method: each prefix of the writer's stores is a killed process; read it, continue it with another writer, read again.
 */
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized, type SizedEvent } from '../../../../sim/ring/records.ts';
import {
  DESCRIPTOR_COMMITTED,
  descriptorOffset,
  OFFSET_DISCARDED,
} from '../../../../src/ring/layout.ts';
import { watchStores } from '../../../support/ring/journal.ts';
import { makeStream, type TestStream } from '../../../support/ring/memory.ts';

interface Left {
  readonly events: readonly SizedEvent[];
  readonly discarded: number;
  readonly overwritten: number;
}

function readAll(stream: TestStream): Left {
  const reader = stream.attachSnapshotReader();
  const events: SizedEvent[] = [];
  let [discarded, overwritten] = [0, 0];
  for (let packet = reader.next(true); packet; packet = reader.next(true)) {
    events.push(...decodeSized(packet));
    discarded = packet.discardedTotal;
    overwritten += packet.overwrittenEvents;
    reader.done(packet);
  }
  expect(reader.fault).toBeUndefined();
  return { events, discarded, overwritten };
}

/** Pauses and sizes that cause compact and extended headers and sub-buffer switches, and fill the buffers. */
const SCRIPT = [
  { classId: 0, padding: 30, pauseNs: 10n },
  { classId: 40, padding: 0, pauseNs: 10n },
  { classId: 1, padding: 2500, pauseNs: 2n ** 27n },
  { classId: 1, padding: 2500, pauseNs: 2n ** 33n },
  { classId: 2, padding: 1500, pauseNs: 5n },
  { classId: 2, padding: 3900, pauseNs: 5n },
  { classId: 3, padding: 5000, pauseNs: 5n },
  { classId: 4, padding: 3, pauseNs: 2n ** 40n },
  { classId: 4, padding: 3, pauseNs: 1n },
];

describe.each([
  ['discard', false],
  ['overwrite', true],
])('a writer in %s mode, killed after any of its stores,', (_mode, overwrite) => {
  test('leaves its committed events, and another writer continues', () => {
    const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite };
    const stream = makeStream(shape);
    const before = stream.data.writable.buffer.slice(0);
    const journal = watchStores(stream.data.writable.buffer);
    const writer = stream.attachWriter();
    /** Each event, and the number of stores after which it is readable or counted. */
    const committed: { readonly at: number; readonly event: SizedEvent }[] = [];
    const discards: number[] = [];
    for (const [serial, { classId, padding, pauseNs }] of SCRIPT.entries()) {
      stream.clock.ns += pauseNs;
      const event = { classId, serial, timestamp: stream.clock.ns };
      if (recordSized(writer, classId, serial, padding)) {
        committed.push({ at: journal.length, event });
      } else discards.push(journal.length);
    }
    expect(writer.discarded).toBe(discards.length);
    journal.stop();
    expect(discards.length).toBe(overwrite ? 1 : 2);

    for (let kill = 0; kill <= journal.length; kill++) {
      const after = makeStream(shape);
      after.clock.ns = stream.clock.ns + 5n;
      const { buffer } = after.data.writable;
      new Uint8Array(buffer).set(new Uint8Array(before));
      journal.replay(buffer, 0, kill);
      const expected = committed.filter(({ at }) => at <= kill).map(({ event }) => event);
      const discarded = discards.filter((at) => at <= kill).length;

      const left = readAll(after);
      expect(left.events).toEqual(expected.slice(left.overwritten));
      expect(overwrite ? 0 : left.overwritten).toBe(0);
      expect(left.discarded).toBe(discarded);

      const next = after.attachWriter();
      expect(next.discarded).toBe(discarded);
      const added = { classId: 9, serial: 1000, timestamp: after.clock.ns };
      const isAdded = recordSized(next, 9, 1000, 1);
      const then = readAll(after);
      const all = isAdded ? [...expected, added] : expected;
      expect(then.events).toEqual(all.slice(then.overwritten));
      expect(then.discarded).toBe(discarded + (isAdded ? 0 : 1));
    }
  });

  test('has no readable event before the store of COMMITTED', () => {
    const stream = makeStream({ subbufferBytes: 4096, subbufferCount: 2, overwrite });
    const writer = stream.attachWriter();
    const line = descriptorOffset(0);
    recordSized(writer, 1, 1, 8);
    const committed = stream.data.view.getUint32(line + DESCRIPTOR_COMMITTED, true);
    recordSized(writer, 1, 2, 8);
    stream.data.view.setUint32(line + DESCRIPTOR_COMMITTED, committed, true);
    expect(readAll(stream).events.map(({ serial }) => serial)).toEqual([1]);
    expect(stream.data.view.getFloat64(OFFSET_DISCARDED, true)).toBe(0);
  });
});
