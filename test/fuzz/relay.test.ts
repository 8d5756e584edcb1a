/** A part of `test/fuzz/main.ts`, which runs more on demand: a relay withstands what hostile peers send it. */
import { expect, it } from 'vitest';
import { fuzzRelay } from './relay.ts';
import { total } from './tally.ts';

/** `LTTNG_TS_FUZZ_FRAMES=1000000` for a longer run. */
const FRAMES = Number(process.env['LTTNG_TS_FUZZ_FRAMES'] ?? 100_000);

it('cuts off who breaks the protocol, and nobody else notices', () => {
  const { sent, cutOff, defects } = fuzzRelay(FRAMES, 4242);
  expect(defects).toEqual([]);
  expect(total(sent)).toBeGreaterThanOrEqual(FRAMES);
  expect(Object.keys(cutOff).length).toBeGreaterThan(20);
}, 3_600_000);
