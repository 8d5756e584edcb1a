/** The data path over UDP holds its laws: equality with TCP, conservation, convergence, patience, frugality. */
import { expect, it } from 'vitest';
import { runDatagrams } from '../../../../sim/datagrams/run.ts';

const SEEDS = Array.from({ length: 40 }, (_, at) => at + 1);
/** Random seeds on top: a law holds for all. */
const MORE = 5;

it('packets as datagrams make the trace that they make over TCP, or count what it lacks', () => {
  const base = Math.floor(Date.now() / 1000);
  const seeds = [...SEEDS, ...Array.from({ length: MORE }, (_, at) => base + at)];
  const outcomes = seeds.map((seed) => ({ seed, ...runDatagrams(seed) }));
  expect(outcomes.filter(({ findings }) => findings.length > 0)).toEqual([]);
  const hasGivenUp = outcomes.filter((outcome) => outcome.hasGivenUp).length;
  expect(hasGivenUp).toBeGreaterThan(0);
  expect(hasGivenUp).toBeLessThan(SEEDS.length / 2);
}, 120_000);
