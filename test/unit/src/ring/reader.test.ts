/** Goal: writer and reader of a stream keep every event or account for it. Method: known sequences first. */
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized } from '../../../../sim/ring/records.ts';
import { makeStream } from '../../../support/ring/memory.ts';

describe('StreamReader.next', () => {
  test('yields nothing of an empty stream', () => {
    const reader = makeStream().attachReader();
    expect(reader.next(true)).toBeUndefined();
  });

  test('with flush yields the current sub-buffer, then only what is new', () => {
    const stream = makeStream();
    const writer = stream.attachWriter();
    const reader = stream.attachReader();
    recordSized(writer, 3, 1, 0);
    expect(reader.next(false)).toBeUndefined();
    const first = reader.next(true);
    expect(first && decodeSized(first)).toEqual([
      { classId: 3, serial: 1, timestamp: stream.clock.ns },
    ]);
    if (first) reader.done(first);
    expect(reader.next(true)).toBeUndefined();
    stream.clock.ns += 2n ** 40n;
    recordSized(writer, 1000, 2, 4);
    const second = reader.next(true);
    expect(second && decodeSized(second)).toEqual([
      { classId: 1000, serial: 2, timestamp: stream.clock.ns },
    ]);
  });

  test('discards when the consumer is behind and closes the account', () => {
    const stream = makeStream();
    const writer = stream.attachWriter();
    const reader = stream.attachReader();
    let readable = 0;
    for (let serial = 0; serial < 1000; serial++) recordSized(writer, 0, serial, 20);
    expect(writer.discarded).toBe(1000 - 2 * 128);
    let discarded = 0;
    for (let packet = reader.next(true); packet; packet = reader.next(true)) {
      readable += decodeSized(packet).length;
      discarded = packet.discardedTotal;
      reader.done(packet);
    }
    expect(readable + discarded).toBe(1000);
  });
});

describe('a sub-buffer that is overwritten during a read', () => {
  const SHAPE = { subbufferBytes: 4096, subbufferCount: 2, overwrite: true };
  /** More loads than a read of a sub-buffer takes. */
  const ACCESSES = 40;

  /** Numbers of gaps in the serials that were read, and of gaps that the reader reported. */
  function look(accesses: number, flushed: number): { missing: number; reported: number } {
    const stream = makeStream(SHAPE);
    const writer = stream.attachWriter();
    const reader = stream.attachReader();
    const [serials, reported] = [new Set<number>(), new Set<number>()];
    let serial = 0;
    const take = (flush: boolean): void => {
      for (let packet = reader.next(flush); packet; packet = reader.next(flush)) {
        if (packet.lostSubbuffers > 0) reported.add(decodeSized(packet)[0]?.serial ?? -1);
        for (const event of decodeSized(packet)) serials.add(event.serial);
        reader.done(packet);
      }
    };
    const record = (): void => void recordSized(writer, 0, serial++, 20);
    for (let count = 0; count < flushed; count++) record();
    take(true);
    // The first sub-buffer is complete, and the second one begun; each holds 128 events.
    while (serial < 130) record();
    let left = accesses;
    stream.data.beforeAccess = () => {
      if (left-- !== 0) return;
      // Until the writer has opened the third sub-buffer in the slot of the first, and committed nothing in it yet.
      while (serial < 256) record();
      writer.reserve(28, 0);
    };
    take(false);
    stream.data.beforeAccess = () => {};
    for (let count = 0; count < 300; count++) record();
    take(true);
    const there = [...serials].sort((one, other) => one - other);
    const gaps = there.filter((one, index) => one !== (there[index - 1] ?? -1) + 1);
    return { missing: gaps.length, reported: gaps.filter((one) => reported.has(one)).length };
  }

  test.each([0, 40])('is reported as lost, at any access (%i events flushed before)', (flushed) => {
    for (let accesses = 0; accesses < ACCESSES; accesses++) {
      const { missing, reported } = look(accesses, flushed);
      expect({ accesses, reported }).toEqual({ accesses, reported: missing });
    }
  });
});
