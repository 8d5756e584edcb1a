/**
 * The phases of a run. The safety phase, `play`: scripts run, faults hit, and the oracles check the safety laws at the
 * sample times. The liveness phase, `healFaults`, `rest` and `endDaemons`: the faults end, and within deadlines the
 * programs meet their obligations, come to rest, and end.
 */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { Healing } from '../faults/fault-hit.ts';
import { goOnWithKept, heal, terminateAll } from '../faults/healing.ts';
import { boot } from '../faults/reboot.ts';
import { toleranceFor } from '../faults/tolerance.ts';
import { snapshotsIn } from '../ledger/outputs.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { checkLeftovers, keptIn, NOTHING_KEPT } from '../oracles/conduct.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import { checkFollowed } from '../oracles/following.ts';
import { checkEnd, checkQuiescence } from '../oracles/quiescence.ts';
import type { Assembled } from './assemble.ts';
import type { BetweenHosts } from './between-hosts.ts';

/** A run that takes longer after healing, virtual milliseconds, hangs. */
const RUN_MS_MAX = 120_000;
/** How long the registries may take to end. */
const END_MS_MAX = 60_000;
const SLICE_MS = 250;
/** Programs that end by themselves. */
const TEMPORARY = new Set(['script', 'application', 'lttng', 'adversary', 'sender', 'viewer']);

const liveness = finder('liveness');

/** A run in progress: its parts and its results so far. */
export interface Run extends Assembled {
  readonly findings: Finding[];
  /** When healing was complete; without faults from the start. */
  healing: Healing;
  /** When the last script, command and application had ended, nanoseconds; 0: they have not. */
  restedAt: number;
}

/** The hosts of a run: mostly one; and what is between several. */
export interface HostRuns {
  readonly runs: readonly [Run, ...Run[]];
  readonly between: BetweenHosts | undefined;
}

/** Runs the scripts of all hosts up to the last sample time, unless all of them end before or the power fails. */
export function play({ runs, between }: HostRuns): void {
  const [{ input, simulation }] = runs;
  for (const at of input.samplesAt) {
    if (!runs.some((run) => isBusy(run.simulation))) break;
    simulation.run({ forMs: Math.max(0, at - simulation.now / NS_PER_MS) });
    if (runs.some(({ injector }) => injector.isPowerCut)) break;
    for (const run of runs) look(run);
    between?.look();
  }
}

function look({ input, simulation, ledger, watch, bounds, findings }: Run): void {
  findings.push(...watch.look(), ...bounds.look());
  if (input.faults !== undefined || input.quirks !== undefined) return;
  findings.push(...checkFollowed(ledger, simulation.now, (output) => watch.contentOf(output)));
}

/** Ends the faults, first those of the network, and waits until the obligations are met. */
export function healFaults({ runs, between }: HostRuns): void {
  between?.heal();
  for (const run of runs) healFaultsOf(run);
}

/** The same for one host. After a power failure the machine boots. */
function healFaultsOf(run: Run): void {
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
export function rest({ runs, between }: HostRuns): void {
  const healedAt = Math.max(between?.healedAt ?? 0, ...runs.map(({ healing }) => healing.healedAt));
  const msMax = healedAt / NS_PER_MS + RUN_MS_MAX;
  const [{ simulation }] = runs;
  const areBusy = (): boolean => runs.some((run) => isBusy(run.simulation));
  while (areBusy() && simulation.now < msMax * NS_PER_MS) {
    for (const run of runs)
      if (run.input.faults !== undefined) terminateAll(run.simulation, 'application');
    simulation.run({ forMs: SLICE_MS });
  }
  for (const run of runs) {
    run.restedAt = run.simulation.now;
    if (isBusy(run.simulation)) {
      run.findings.push(liveness(`the machine is not at rest after ${msMax} ms`));
    }
  }
  for (const { bounds, findings, simulation: host } of runs) {
    findings.push(...bounds.look(), ...checkQuiescence(host));
  }
  between?.look();
}

/** Ends all daemons; relays after the registries of other hosts, which may have to store something there. */
export function endDaemons({ runs, between }: HostRuns): void {
  for (const run of runs) endRegistries(run);
  between?.endRelays();
  for (const { simulation, watch, findings } of runs) {
    findings.push(...checkEnd(simulation), ...watch.look());
  }
}

/** Ends the registries of a host with SIGTERM. Successors take over the sessions that these kept, and end, too. */
function endRegistries(run: Run): void {
  const { input, simulation, ledger, injector, findings } = run;
  terminateRegistries(run);
  const kept = injector.isPowerCut ? NOTHING_KEPT : keptIn(simulation);
  if (kept.records.size > 0) {
    const tolerance = toleranceFor(injector, simulation, ledger, run.healing);
    findings.push(...checkLeftovers(simulation, tolerance, kept));
    goOnWithKept({ simulation, input, ledger });
    terminateRegistries(run);
  }
}

/** Whether a script, a command or an application still runs. */
function isBusy(simulation: Simulation): boolean {
  return simulation.processes().some(isTemporary);
}

function isTemporary({ program, isAlive }: SimProcess): boolean {
  return isAlive && TEMPORARY.has(program);
}

function terminateRegistries({ simulation, ledger }: Run): void {
  for (const { program, uid, isAlive } of simulation.processes()) {
    const isRegistry = program === 'lttng-sessiond' && isAlive;
    if (isRegistry) ledger.terminations.push({ uid, at: simulation.now, isLast: true });
  }
  terminateAll(simulation, 'lttng-sessiond');
  simulation.run({ forMs: END_MS_MAX });
}
