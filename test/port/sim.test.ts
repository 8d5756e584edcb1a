/** The conformance suite on the simulated World, under several seeds: the expectations hold in every order. */
import { describe, expect, test } from 'vitest';
import { scripts } from './conformance.ts';
import { runOnSimulatedWorld } from './sim-stage.ts';

const SEEDS = 20;

describe('World port, simulated', () => {
  for (const script of scripts) {
    test(script.name, async () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const run = await runOnSimulatedWorld(script, seed);
        expect(run.lines, `seed ${seed}`).toEqual(script.expected);
        expect(run.violations).toBe(0);
        expect((await runOnSimulatedWorld(script, seed)).hash).toBe(run.hash);
      }
    });
  }
});
