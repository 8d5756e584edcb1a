/** A share of what `test/fuzz/main.ts` runs on demand: whatever comes, readers of sockets say no and stay. */
import { describe, expect, it } from 'vitest';
import { fuzzFrames, PROTOCOL_NAMES } from './frames.ts';
import { total } from './tally.ts';

describe('every side of the protocols', () => {
  it('takes what is valid, refuses what is not, and never throws', () => {
    const { sent, cutOff, defects } = fuzzFrames(25, 4242);
    expect(defects).toEqual([]);
    expect(total(sent)).toBeGreaterThan(50 * PROTOCOL_NAMES.length);
    expect(total(cutOff)).toBeGreaterThan(100);
  });
});
