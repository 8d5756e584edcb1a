/**
 * Goal: in whatever order a writer and a reader meet, the account of a stream closes (R1.8). Method: all orders of
 * small streams, enumerated; and for each rule of the ring a planted bug that some order shows.
 */
import { describe, expect, test } from 'vitest';
import { RING_BUGS } from '../../../../sim/ring/bugs.ts';
import { exploreRing, type Orders } from '../../../../sim/ring/explore.ts';

/** Whether some family finds it; the others are left out then. */
function isCaught(families: Iterable<Orders>): boolean {
  for (const { findings } of families) if (findings.length > 0) return true;
  return false;
}

describe('orders of a writer and a reader', () => {
  test('R1.8: each closes the account', { timeout: 300_000 }, () => {
    const orders = [...exploreRing()];
    expect(
      orders.flatMap(({ family, mode, findings }) => findings.map((f) => [family, mode, f])),
    ).toEqual([]);
    expect(orders).toHaveLength(10);
    expect(orders.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(150_000);
  });

  test.each(Object.entries(RING_BUGS))('%s is caught', { timeout: 300_000 }, (_name, { plant }) => {
    expect(isCaught(exploreRing(plant))).toBe(true);
  });
});
