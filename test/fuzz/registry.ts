/** Fuzzes a registry in the simulator, with friends beside the hostile peers. */
import fc from 'fast-check';
import { openArena } from './arena.ts';
import { visits } from './player.ts';
import { add, newTally, type Tally } from './tally.ts';

const VISITS_A_RUN = 12;

/** Runs `runs` simulated machines, each with some hostile visitors. */
export function fuzzRegistry(runs: number, seed: number): Tally {
  const tally = newTally();
  const visitors = fc.array(visits, { minLength: VISITS_A_RUN, maxLength: VISITS_A_RUN });
  for (const [index, drawn] of fc.sample(visitors, { numRuns: runs, seed }).entries()) {
    const one = newTally();
    const arena = openArena(seed + index, one);
    arena.visit(drawn);
    arena.end();
    add(tally, one);
  }
  return tally;
}
