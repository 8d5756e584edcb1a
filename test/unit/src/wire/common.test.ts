/** Bounds of values that messages share. */
import { safeParse } from 'valibot';
import { expect, it } from 'vitest';
import { LIVE_TIMER_US_MAX, LIVE_TIMER_US_MIN, liveTimer } from '../../../../src/wire/common.ts';

it.each([
  [LIVE_TIMER_US_MIN - 1, false],
  [LIVE_TIMER_US_MIN, true],
  [LIVE_TIMER_US_MAX, true],
  [LIVE_TIMER_US_MAX + 1, false],
  [LIVE_TIMER_US_MIN + 0.5, false],
])('a live period of %d µs is taken: %s', (periodUs, isTaken) => {
  expect(safeParse(liveTimer, periodUs).success).toBe(isTaken);
});
