/** The congestion window: it grows while datagrams arrive, shrinks once for each loss, and stays within its bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../../src/base/time.ts';
import {
  CONGESTION_BYTES_FIRST,
  CONGESTION_BYTES_MAX,
  CONGESTION_BYTES_MIN,
  CongestionWindow,
  TIMEOUT_MS_MAX,
} from '../../../../src/recorder/congestion-window.ts';

const ROUND_TRIP_NS = 10 * NS_PER_MS;

describe('CongestionWindow', () => {
  it('doubles in a round trip, halves on loss, and then grows by a datagram in each', () => {
    const window = new CongestionWindow();
    window.noteArrived(CONGESTION_BYTES_FIRST, ROUND_TRIP_NS, true);
    expect(window.bytes).toBe(2 * CONGESTION_BYTES_FIRST);
    window.noteLost(5, 20, false);
    expect(window.bytes).toBe(CONGESTION_BYTES_FIRST);
    // Losses of the same congestion count once.
    window.noteLost(19, 25, false);
    expect(window.bytes).toBe(CONGESTION_BYTES_FIRST);
    window.noteArrived(CONGESTION_BYTES_FIRST, ROUND_TRIP_NS, true);
    expect(window.bytes).toBe(CONGESTION_BYTES_FIRST + 1200);
    window.noteLost(20, 30, true);
    expect(window.bytes).toBe(CONGESTION_BYTES_MIN);
  });

  it('does not grow while it is not used up', () => {
    const window = new CongestionWindow();
    window.noteArrived(CONGESTION_BYTES_FIRST, ROUND_TRIP_NS, false);
    expect(window.bytes).toBe(CONGESTION_BYTES_FIRST);
  });

  it('waits as long as round trips take, and twice as long after each silence', () => {
    const window = new CongestionWindow();
    expect(window.timeoutNs).toBe(1000 * NS_PER_MS);
    for (let times = 0; times < 50; times++) window.noteArrived(1200, 100 * NS_PER_MS, false);
    expect(window.timeoutNs / NS_PER_MS).toBeCloseTo(100, 0);
    window.noteLost(0, 1, true);
    expect(window.timeoutNs / NS_PER_MS).toBeCloseTo(200, 0);
    for (let number = 1; number < 20; number++) window.noteLost(number, number + 1, true);
    expect(window.timeoutNs).toBe(TIMEOUT_MS_MAX * NS_PER_MS);
    window.noteArrived(1200, 100 * NS_PER_MS, false);
    expect(window.timeoutNs / NS_PER_MS).toBeCloseTo(100, 0);
    expect(window.overtakenNs).toBeLessThanOrEqual(window.timeoutNs + 30 * NS_PER_MS);
  });

  it('stays within its bounds', () => {
    const step = fc.record({
      bytes: fc.integer({ min: 1, max: CONGESTION_BYTES_MAX }),
      roundTripNs: fc.integer({ min: 1, max: 1e11 }),
      isLoss: fc.boolean(),
      isOther: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const window = new CongestionWindow();
        for (const [number, { bytes, roundTripNs, isLoss, isOther }] of steps.entries()) {
          if (isLoss) window.noteLost(number, number + 1, isOther);
          else window.noteArrived(bytes, roundTripNs, isOther);
          expect(window.bytes).toBeGreaterThanOrEqual(CONGESTION_BYTES_MIN);
          expect(window.bytes).toBeLessThanOrEqual(CONGESTION_BYTES_MAX);
          expect(window.timeoutNs).toBeLessThanOrEqual(TIMEOUT_MS_MAX * NS_PER_MS);
          expect(window.overtakenNs).toBeLessThanOrEqual(window.timeoutNs);
        }
      }),
    );
  });
});
