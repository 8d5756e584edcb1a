/**
 * A part of `test/fuzz/main.ts`, which runs more on demand: decoders of socket bytes refuse bad input and never throw.
 */
import { describe, expect, it } from 'vitest';
import { fuzzFrames, PROTOCOL_NAMES } from './frames.ts';
import { total } from './tally.ts';

describe('every side of the protocols', () => {
  it('accepts valid messages, refuses invalid ones, and never throws', () => {
    const { sent, cutOff, defects } = fuzzFrames(25, 4242);
    expect(defects).toEqual([]);
    expect(total(sent)).toBeGreaterThan(50 * PROTOCOL_NAMES.length);
    expect(total(cutOff)).toBeGreaterThan(100);
  });
});
