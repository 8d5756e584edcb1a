/** Shrinking keeps the oracle of the finding, and reduces the input to the parts that matter. */
import { describe, expect, test } from 'vitest';
import { BUGS } from '../../../../sim/bugs/bugs.ts';
import { runScenario } from '../../../../sim/run/run.ts';
import { SHRINK_RUNS_MAX, shrink } from '../../../../sim/run/shrink.ts';
import { s2 } from '../../../../sim/scenarios/running-applications.ts';

describe('shrink()', () => {
  test('reduces S2 to one application when buffers cannot be attached', () => {
    const plant = BUGS['buffers-refused']?.plant;
    const seed = Array.from({ length: 50 }, (_, index) => index).find((candidate) =>
      runScenario(s2.draw(candidate), { lens: plant?.() }).findings.some(
        ({ oracle }) => oracle === 'coverage',
      ),
    );
    const input = s2.draw(seed ?? -1);
    const [finding] = runScenario(input, { lens: plant?.() }).findings.filter(
      ({ oracle }) => oracle === 'coverage',
    );
    if (finding === undefined) throw new Error('no seed fails');
    const found = shrink(input, finding, plant);
    const { findings } = runScenario(found.input, { lens: plant?.() });
    expect(findings.map(({ oracle }) => oracle)).toContain('coverage');
    const steps = found.input.scripts.flatMap((script) => script.steps);
    const workloads = steps.flatMap((step) => (step.do === 'application' ? [step.workload] : []));
    expect(workloads).toHaveLength(1);
    expect(workloads[0]?.steps).toMatchObject([{ do: 'emit', count: 1 }]);
    expect(found.runs).toBeLessThan(SHRINK_RUNS_MAX);
    expect(runScenario(found.input).findings).toEqual([]);
  });
});
