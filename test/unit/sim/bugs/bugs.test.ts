/** Every oracle detects defects: its planted bugs are caught by it within a few seeds. */
import { describe, expect, test } from 'vitest';
import { BUGS } from '../../../../sim/bugs/bugs.ts';
import { ORACLES } from '../../../../sim/oracles/finding.ts';
import { runScenario } from '../../../../sim/run/run.ts';
import { scenarioNamed } from '../../../../sim/scenarios/index.ts';

const SEEDS_MAX = 30;

describe('planted bugs', () => {
  test.each(Object.entries(BUGS))('%s', (_, { caughtBy, scenario, plant }) => {
    const found = scenarioNamed(scenario);
    for (let seed = 0; seed < SEEDS_MAX; seed++) {
      const input = found?.draw(seed);
      if (input === undefined) break;
      const { findings } = runScenario(input, { lens: plant() });
      if (findings.some(({ oracle }) => oracle === caughtBy)) return;
    }
    expect.fail(`not caught by ${caughtBy} within ${SEEDS_MAX} seeds`);
  });

  test('there is one for every oracle', () => {
    const caught = new Set(Object.values(BUGS).map(({ caughtBy }) => caughtBy));
    expect([...caught].sort()).toEqual([...ORACLES].sort());
  });
});
