/** The conformance suite on the real World. Scripts of several users need root, and the compiled tests. */
import { describe, expect, test } from 'vitest';
import { scripts } from './conformance.ts';
import { realIds, runOnRealWorld } from './real-bench.ts';

describe('World port, real', () => {
  test('script names are unique', () => {
    expect(new Set(scripts.map(({ name }) => name)).size).toBe(scripts.length);
  });

  for (const script of scripts) {
    const runnable = script.severalUsers !== true || realIds.root.uid === 0;
    test.runIf(runnable)(script.name, async () => {
      expect(await runOnRealWorld(script)).toEqual(script.expected);
    });
  }
});
