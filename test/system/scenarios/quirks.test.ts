/** A machine with quirks, rare but legal behaviour: every law holds, and quirks are data like the rest of an input. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../../sim/input/scenario.ts';
import { scenarioInput } from '../../../sim/input/schema.ts';
import { Noise } from '../../../sim/machine/core/noise.ts';
import { QUIRKS, type Quirk, Quirks } from '../../../sim/machine/core/quirks.ts';
import { failureText } from '../../../sim/run/report.ts';
import { runScenario } from '../../../sim/run/run.ts';
import { QUIRKY, quirky } from '../../../sim/scenarios/quirks.ts';
import { s2 } from '../../../sim/scenarios/running-applications.ts';
import { s1 } from '../../../sim/scenarios/single-user.ts';

const RUNS = 40;
const FIRST_SEED = 1;
/** Number of runs within which a quirk that is drawn alone must happen. */
const RUNS_UNTIL_HIT_MAX = 40;

const hashOf = (input: ScenarioInput): string => runScenario(input).hash;

describe('scenarios on a machine with quirks', () => {
  test.each(QUIRKY.map((scenario) => [scenario.id, scenario] as const))('%s', (id, scenario) => {
    const seeds = fc.noShrink(fc.nat({ max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(seeds, (seed) => {
        const report = runScenario(scenario.draw(seed));
        if (report.findings.length > 0) throw new Error(failureText(id, seed, report));
      }),
      { numRuns: RUNS, seed: FIRST_SEED },
    );
  });

  test.each(QUIRKS)('%s happens, and the laws hold', (quirk) => {
    for (let seed = 0; seed < RUNS_UNTIL_HIT_MAX; seed++) {
      const report = runScenario(quirky(s2.draw(seed), [quirk]));
      expect(report.findings, `${seed}`).toEqual([]);
      expect([[], [quirk]]).toContainEqual(report.quirks);
      if (report.quirks.length > 0) return;
    }
    expect.fail(`never within ${RUNS_UNTIL_HIT_MAX} runs`);
  });
});

describe('quirks as data', () => {
  const input = quirky(s1.draw(7), [...QUIRKS]);

  test('give the same run when repeated, also from JSON', () => {
    const again: unknown = JSON.parse(JSON.stringify(input));
    expect(hashOf(v.parse(scenarioInput, again))).toBe(hashOf(input));
  });

  test('change the run, and leave it unchanged when there are none', () => {
    const calm = quirky(s1.draw(7), []);
    const { quirks: _, ...without } = calm;
    expect(hashOf(calm)).toBe(hashOf(without));
    expect(hashOf(calm)).not.toBe(hashOf(input));
  });

  test('do not change what the other processes do', () => {
    const fullPipes = (active: readonly Quirk[]): boolean[] => {
      const quirks = new Quirks(new Noise(7), active);
      return Array.from({ length: 100 }, () => {
        quirks.lateness('timer-late', 'alice');
        return quirks.happens('pipe-full', 'alice');
      });
    };
    const alone = fullPipes(['pipe-full']);
    expect(fullPipes(['timer-late', 'pipe-full'])).toEqual(alone);
    expect(alone.filter(Boolean).length).toBeGreaterThan(10);
    expect(alone.filter(Boolean).length).toBeLessThan(50);
    expect(fullPipes(['timer-late'])).not.toContain(true);
  });

  test('with unknown names are refused', () => {
    const strange = { ...input, quirks: ['time-goes-back'] };
    expect(v.safeParse(scenarioInput, strange).success).toBe(false);
    const many = { ...input, quirks: [...QUIRKS, 'pipe-full'] };
    expect(v.safeParse(scenarioInput, many).success).toBe(false);
  });
});
