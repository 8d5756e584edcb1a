/** Runs a scenario's input on a simulated machine and checks it with every oracle. */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { FaultHit } from '../faults/fault-hit.ts';
import type { Mark } from '../input/mark.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { installGuards } from '../machine/core/guards.ts';
import type { Quirk } from '../machine/core/quirks.ts';
import { EndlessError, type Simulation } from '../machine/simulation.ts';
import type { Peaks } from '../oracles/bounds.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import { assemble, type RunOptions } from './assemble.ts';
import { marksOf } from './marks.ts';
import { endRegistries, healFaults, play, type Run, rest } from './phases.ts';
import { judge } from './verdict.ts';

const liveness = finder('liveness');

export interface RunReport {
  readonly findings: readonly Finding[];
  /** Rolling hash of everything delivered. */
  readonly hash: string;
  readonly steps: number;
  /** From the start to the end of the last process. */
  readonly simulatedMs: number;
  readonly eventsRecorded: number;
  readonly marks: readonly Mark[];
  readonly peaks: Peaks;
  /** Faults that hit. */
  readonly hits: readonly FaultHit[];
  /** Quirks that happened. */
  readonly quirks: readonly Quirk[];
  readonly simulation: Simulation;
  readonly ledger: Ledger;
}

export function runScenario(input: ScenarioInput, options: RunOptions = {}): RunReport {
  installGuards();
  const healing = { healedAt: 0, probes: new Set<string>() };
  const assembled = assemble(input, options);
  const run: Run = { ...assembled, findings: [], healing, restedAt: 0 };
  const endless = endlessIn(run, () => {
    play(run);
    healFaults(run);
    rest(run);
    endRegistries(run);
  });
  return reportOf(run, endless);
}

/** The findings when the machine never comes to rest: no other law can be checked on such a run. */
function endlessIn({ injector }: Run, phases: () => void): Finding[] | undefined {
  try {
    phases();
    return undefined;
  } catch (error) {
    if (error instanceof EndlessError) return [liveness(error.message)];
    throw error;
  } finally {
    injector.release();
  }
}

function reportOf(run: Run, endless: readonly Finding[] | undefined): RunReport {
  const { simulation, ledger, injector, greetings, watch, bounds, findings, restedAt } = run;
  const order = judge(run);
  const hits = injector.hits();
  const ends = simulation.processes().map(({ endedAt = restedAt }) => endedAt);
  const streams = watch.contents().flatMap((content) => content.streams);
  return {
    findings: distinct(endless ?? findings),
    hash: simulation.hash(),
    steps: simulation.steps,
    simulatedMs: Math.max(0, ...ends) / NS_PER_MS,
    eventsRecorded: streams.reduce((count, { events }) => count + events.length, 0),
    marks: marksOf({ simulation, ledger, streams, order, greetings, hits }),
    hits,
    peaks: bounds.peaks(),
    quirks: simulation.quirks,
    simulation,
    ledger,
  };
}

function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ oracle, text }) => {
    const key = `${oracle} ${text}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
