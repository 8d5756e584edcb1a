/** Goal: what an application passes to a tracepoint is what a reader finds. Method: in-memory streams. */
import { describe, expect, test } from 'vitest';
import { decodeClassRecord } from '../../src/ctf/class-record.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import { string, u32 } from '../../src/tracer/types.ts';
import { makeStream, must } from '../ring/memory.ts';

describe.each([
  ['generated', true],
  ['closures', false],
])('Tracer.tracepoint, %s', (_name, generateCode) => {
  test('records into an attached stream, with its class declared before', () => {
    const stream = makeStream();
    const tracer = new Tracer({ generateCode });
    const placed = tracer.tracepoint('shop:placed', { orderId: u32, customer: string });
    placed({ orderId: 1, customer: 'nobody' });
    expect(placed.enabled).toBe(false);
    must(tracer.attachStream({ key: 'a', writer: stream.attachWriter(), matches: () => true }));
    expect(placed.enabled).toBe(true);
    placed({ orderId: 7, customer: 'Ada' });
    const reader = stream.attachReader();
    const packet = reader.next(true);
    const [record] = must(reader.readClasses());
    expect(record && must(decodeClassRecord(record)).name).toBe('shop:placed');
    expect([...(packet?.body.subarray(4) ?? [])]).toEqual([7, 0, 0, 0, 65, 100, 97, 0]);
  });
});
