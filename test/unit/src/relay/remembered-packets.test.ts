/** What all streams together remember, at its bound and past it. */
import { expect, it } from 'vitest';
import { EARLY_INDEXES_MAX, Quota, REMEMBERED_MAX } from '../../../../src/relay/limits.ts';
import { RememberedPackets } from '../../../../src/relay/remembered-packets.ts';
import type { SendIndexRequest } from '../../../../src/wire/relay/send-index.ts';

const indexOf = (sequence: number): SendIndexRequest => ({
  type: 'send-index',
  stream: 1n,
  sequence: BigInt(sequence),
  packetBits: 0n,
  contentBits: 0n,
  timestampBegin: 0n,
  timestampEnd: 0n,
  eventsDiscarded: 0n,
  streamClass: 0n,
});

it('streams remember REMEMBERED_MAX indexes together; more are refused until one is forgotten', () => {
  const quota = new Quota(REMEMBERED_MAX);
  const streams = Array.from({ length: REMEMBERED_MAX / EARLY_INDEXES_MAX }, () => {
    const remembered = new RememberedPackets(quota);
    for (let at = 0; at < EARLY_INDEXES_MAX; at++)
      if (!remembered.addEarly(indexOf(at))) throw new Error(`refused at ${at}`);
    return remembered;
  });
  const next = new RememberedPackets(quota);
  expect(next.addEarly(indexOf(0))).toBe(false);
  streams[0]?.takeEarly(0n);
  expect(next.addEarly(indexOf(0))).toBe(true);
  expect(next.addEarly(indexOf(1))).toBe(false);
  streams[1]?.clear();
  expect(next.addEarly(indexOf(1))).toBe(true);
});
