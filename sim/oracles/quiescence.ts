/**
 * Quiescence: when no user and no application asks anything of our programs any more, they do nothing, apart from the
 * timers of sessions that last; and once everything has ended, no process is left that is woken.
 */
import { EndlessError, type Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const liveness = finder('liveness');

/** How long the programs are watched, milliseconds. */
const REST_MS = 250;
/** How often a program may look for something meanwhile. */
const LOOKS_MAX = 25;
/** The same for consumers, whose sessions may have timers of a millisecond. */
const TIMERS_MAX = 1000;

/** Lets time pass in which nothing is to happen. */
export function checkQuiescence(simulation: Simulation): Finding[] {
  return wakesOf(simulation).flatMap(({ label, program, wakes }) => {
    if (wakes <= (program === 'ust-consumerd' ? TIMERS_MAX : LOOKS_MAX)) return [];
    return [liveness(`${label} does not come to rest: woken ${wakes} times in ${REST_MS} ms`)];
  });
}

/** When everything has ended: who is there, and goes on and on. */
export function checkEnd(simulation: Simulation): Finding[] {
  return wakesOf(simulation).flatMap(({ label, wakes }) =>
    wakes === 0 ? [] : [liveness(`${label} goes on after the end: woken ${wakes} times more`)],
  );
}

/** How often each process that is there was woken in a while. */
function wakesOf(simulation: Simulation): { label: string; program: string; wakes: number }[] {
  const before = simulation
    .processes()
    .filter(({ isAlive, spec }) => isAlive && !spec.isPinned)
    .map((process) => ({ process, earlier: process.deliveries }));
  if (before.length === 0) return [];
  simulation.run({ forMs: REST_MS });
  return before.map(({ process: { label, program, deliveries }, earlier }) => {
    return { label, program, wakes: deliveries - earlier };
  });
}

/** Programs that were stopped since they never came back. */
export function checkReturns({ violations }: Simulation): Finding[] {
  return violations.flatMap(({ error }) =>
    error instanceof EndlessError ? [liveness(error.message)] : [],
  );
}
