/**
 * The phases of a run. The safety phase, `play`: scripts run, faults hit, and the oracles check the safety laws at the
 * sample times. The liveness phase, `healFaults`, `rest` and `endRegistries`: the faults end, and within deadlines the
 * programs meet their obligations, come to rest, and end.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { Healing } from '../faults/fault-hit.ts';
import { endApplications, goOnWithKept, heal } from '../faults/healing.ts';
import { boot } from '../faults/reboot.ts';
import { toleranceFor } from '../faults/tolerance.ts';
import { snapshotsIn } from '../ledger/sessions.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { checkLeftovers, keptIn, NOTHING_KEPT } from '../oracles/conduct.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import { checkFollowed } from '../oracles/following.ts';
import { checkEnd, checkQuiescence } from '../oracles/quiescence.ts';
import type { Assembled } from './assemble.ts';

/** A run that takes longer after healing, virtual milliseconds, hangs. */
const RUN_MS_MAX = 120_000;
/** How long the registries may take to end. */
const END_MS_MAX = 60_000;
const SLICE_MS = 250;
/** Programs that end by themselves. */
const TEMPORARY = new Set(['script', 'application', 'lttng', 'adversary']);

const liveness = finder('liveness');

/** A run in progress: its parts and its results so far. */
export interface Run extends Assembled {
  readonly findings: Finding[];
  /** When healing was complete; without faults from the start. */
  healing: Healing;
  /** When the last script, command and application had ended, nanoseconds; 0: they have not. */
  restedAt: number;
}

/** Runs the scripts up to the last sample time, unless all of them end before or the power fails. */
export function play(run: Run): void {
  const { input, simulation, ledger, injector, watch, bounds, findings } = run;
  const mayFallBehind = input.faults !== undefined || input.quirks !== undefined;
  for (const at of input.samplesAt) {
    if (!isBusy(simulation)) break;
    simulation.run({ forMs: Math.max(0, at - simulation.now / NS_PER_MS) });
    if (injector.isPowerCut) break;
    findings.push(...watch.look(), ...bounds.look());
    if (mayFallBehind) continue;
    findings.push(...checkFollowed(ledger, simulation.now, (output) => watch.contentOf(output)));
  }
}

/** Ends the faults and waits until the obligations are met. After a power failure the machine boots. */
export function healFaults(run: Run): void {
  const { input, simulation, ledger, injector, watch, findings } = run;
  if (input.faults === undefined) return;
  run.phase.isLiveness = true;
  const faulty = { simulation, injector, input, ledger, findings, look: () => watch.look() };
  run.healing = heal(faulty);
  if (!injector.isPowerCut) return;
  findings.push(...boot(faulty));
  const whole = snapshotsIn(ledger).flatMap(({ isDone, output }) => (isDone ? [output] : []));
  watch.forget(new Set(whole));
}

/** Waits until scripts, commands and applications end; then our programs must be idle. */
export function rest(run: Run): void {
  const { input, simulation, bounds, findings, healing } = run;
  const msMax = healing.healedAt / NS_PER_MS + RUN_MS_MAX;
  while (isBusy(simulation) && simulation.now < msMax * NS_PER_MS) {
    if (input.faults !== undefined) endApplications(simulation);
    simulation.run({ forMs: SLICE_MS });
  }
  run.restedAt = simulation.now;
  if (isBusy(simulation)) {
    findings.push(liveness(`the machine is not at rest after ${msMax} ms`));
  }
  findings.push(...bounds.look(), ...checkQuiescence(simulation));
}

/** Ends the registries with SIGTERM. Successors take over the sessions that these kept, and end, too. */
export function endRegistries(run: Run): void {
  const { input, simulation, ledger, injector, watch, findings } = run;
  terminateRegistries(simulation);
  const kept = injector.isPowerCut ? NOTHING_KEPT : keptIn(simulation);
  if (kept.records.size > 0) {
    const tolerance = toleranceFor(injector, simulation, ledger, run.healing);
    findings.push(...checkLeftovers(simulation, tolerance, kept));
    goOnWithKept({ simulation, input, ledger });
    terminateRegistries(simulation);
  }
  findings.push(...checkEnd(simulation), ...watch.look());
}

/** Whether a script, a command or an application still runs. */
function isBusy(simulation: Simulation): boolean {
  return simulation.processes().some(isTemporary);
}

function isTemporary({ program, isAlive }: SimProcess): boolean {
  return isAlive && TEMPORARY.has(program);
}

function terminateRegistries(simulation: Simulation): void {
  for (const { program, pid, isAlive } of simulation.processes()) {
    if (program === 'lttng-sessiond' && isAlive) simulation.signal(pid, 'SIGTERM');
  }
  simulation.run({ forMs: END_MS_MAX });
}
