/** Snapshots as a property: whatever the seed, every law holds, and what the scenario is for does happen. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mark } from '../../sim/marks.ts';
import { failureText } from '../../sim/report.ts';
import { runScenario } from '../../sim/run.ts';
import { sn1 } from '../../sim/scenarios/sn1.ts';

const RUNS = 100;
/** A failure must not come and go with the day; `lttng-sim fuzz` is for new seeds. */
const FIRST_SEED = 1;

test('R1.23 SN1: snapshots, several at once, of what is recorded', { timeout: 240_000 }, () => {
  const marks = new Set<Mark>();
  // A smaller seed is no simpler input.
  const seeds = fc.noShrink(fc.nat({ max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(seeds, (seed) => {
      const report = runScenario(sn1.draw(seed));
      if (report.findings.length > 0) throw new Error(failureText('SN1', seed, report));
      for (const mark of report.marks) marks.add(mark);
    }),
    { numRuns: RUNS, seed: FIRST_SEED },
  );
  const wanted: Mark[] = [
    'event-recorded',
    'event-discarded',
    'killed-inside-an-event',
    'snapshot-taken',
    'snapshots-at-once',
    'snapshot-of-the-dead',
    'snapshot-of-the-newest',
    'snapshot-on-crash',
    'traced-through-the-group',
  ];
  expect([...marks]).toEqual(expect.arrayContaining(wanted));
});
