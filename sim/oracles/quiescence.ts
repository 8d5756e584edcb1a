/**
 * Quiescence: without requests from users and applications our programs are idle, apart from the timers of remaining
 * sessions; and after the end of all programs no process is woken.
 */
import { isConsumer } from '../input/kernel.ts';
import { EndlessError, type Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const liveness = finder('liveness');

/** How long the programs are watched, milliseconds. */
const REST_MS = 250;
/** How often a program may be woken meanwhile. */
const LOOKS_MAX = 25;
/** The same for consumers, whose sessions may have timers of a millisecond. */
const TIMERS_MAX = 1000;

/** Runs the machine for a time in which the programs must be idle. */
export function checkQuiescence(simulation: Simulation): Finding[] {
  return wakesOf(simulation).flatMap(({ label, program, wakes }) => {
    if (wakes <= (isConsumer(program) ? TIMERS_MAX : LOOKS_MAX)) return [];
    return [liveness(`${label} does not come to rest: woken ${wakes} times in ${REST_MS} ms`)];
  });
}

/** Processes that are still woken after the end of all programs. */
export function checkEnd(simulation: Simulation): Finding[] {
  return wakesOf(simulation).flatMap(({ label, wakes }) =>
    wakes === 0
      ? []
      : [liveness(`${label} is still active after the end: woken ${wakes} times more`)],
  );
}

/** How often each remaining process was woken in this time. */
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

/** Programs that the simulator stopped because they never returned to it. */
export function checkReturns({ violations }: Simulation): Finding[] {
  return violations.flatMap(({ error }) =>
    error instanceof EndlessError ? [liveness(error.message)] : [],
  );
}
