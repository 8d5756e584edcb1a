/**
 * The scenarios under faults, as properties: with every mix of faults the laws for that mix hold, and after healing
 * everything works again. Also: every fault hits at least one process; a fault that never hits tests nothing.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAULT_LABELS } from '../../../sim/input/fault.ts';
import { failureText, replayCommand } from '../../../sim/run/report.ts';
import { type RunReport, runScenario } from '../../../sim/run/run.ts';
import { drawWith, FAULTY } from '../../../sim/scenarios/faults.ts';

const RUNS = 50;
/** Fixed seeds keep failures reproducible; `lttng-sim fuzz` tries new seeds. */
const FIRST_SEED = 1;
/** Number of runs within which a fault that is drawn alone must hit. */
const RUNS_UNTIL_HIT_MAX = 40;

describe('scenarios with faults', () => {
  test.each(FAULTY.map((scenario) => [scenario.id, scenario] as const))('%s', (id, scenario) => {
    // A smaller seed does not give a simpler input.
    const seeds = fc.noShrink(fc.nat({ max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(seeds, (seed) => {
        const report = runScenario(scenario.draw(seed));
        if (report.findings.length === 0) return;
        throw new Error(failureText(id, seed, report, replayCommand(id, seed)));
      }),
      { numRuns: RUNS, seed: FIRST_SEED },
    );
  });
});

describe('every fault', () => {
  test.each(FAULT_LABELS)('%s hits, and the laws hold', (label) => {
    const isHit = (report: RunReport): boolean => report.hits.some((hit) => hit.label === label);
    for (let seed = 0; seed < RUNS_UNTIL_HIT_MAX; seed++) {
      const scenario = FAULTY[seed % FAULTY.length];
      if (scenario === undefined) break;
      const report = runScenario(drawWith(label, scenario, seed));
      expect(report.findings, `${scenario.id} ${seed}`).toEqual([]);
      if (isHit(report)) return;
    }
    expect.fail(`never hit within ${RUNS_UNTIL_HIT_MAX} runs`);
  });
});
