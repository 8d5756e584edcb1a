/**
 * Goal: the account of a stream closes for every interleaving of a writer and a reader (R1.8). Method: enumerate all
 * interleavings for small streams; for each rule of the ring plant a bug that some interleaving must reveal.
 */
import { describe, expect, test } from 'vitest';
import { RING_BUGS } from '../../../../sim/ring/bugs.ts';
import { exploreRing, type Orders } from '../../../../sim/ring/explore.ts';

/** Whether some family finds the bug; skips the remaining families. */
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
