/** Goal: writer and reader of a stream keep every event or account for it. Method: known sequences first. */
import { describe, expect, test } from 'vitest';
import { decodeSized, recordSized } from '../../sim/ring/records.ts';
import { makeStream } from './memory.ts';

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
