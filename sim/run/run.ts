/** Runs a scenario's input on a simulated machine and checks it with every oracle. */

import { NS_PER_MS } from '../../src/base/time.ts';
import type { FaultHit } from '../faults/fault-hit.ts';
import type { Mark } from '../input/mark.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { whoOn } from '../ledger/who.ts';
import { installGuards } from '../machine/core/guards.ts';
import type { Quirk } from '../machine/core/quirks.ts';
import { EndlessError, type Simulation } from '../machine/simulation.ts';
import type { Peaks } from '../oracles/bounds.ts';
import { type Finding, finder } from '../oracles/finding.ts';
import type { RunOptions } from './assemble.ts';
import { assembleHosts } from './hosts.ts';
import { marksOf } from './marks.ts';
import { endDaemons, type HostRuns, healFaults, play, type Run, rest } from './phases.ts';
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
  /** Of the first host, which is mostly the only one. */
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  /** Of all hosts. */
  readonly hosts: readonly { readonly simulation: Simulation; readonly ledger: Ledger }[];
}

export function runScenario(input: ScenarioInput, options: RunOptions = {}): RunReport {
  installGuards();
  const hosts = assembleHosts(input, options);
  const endless = endlessIn(hosts, () => {
    play(hosts);
    healFaults(hosts);
    rest(hosts);
    endDaemons(hosts);
  });
  return reportOf(hosts, endless);
}

/** The findings when the machine never comes to rest: no other law can be checked on such a run. */
function endlessIn({ runs }: HostRuns, phases: () => void): Finding[] | undefined {
  try {
    phases();
    return undefined;
  } catch (error) {
    if (error instanceof EndlessError) return [liveness(error.message)];
    throw error;
  } finally {
    for (const { injector } of runs) injector.release();
  }
}

function reportOf({ runs, between }: HostRuns, endless: readonly Finding[] | undefined): RunReport {
  const reports = runs.map((run) => reportOfHost(run, between?.healedAt));
  const [{ simulation, ledger }] = runs;
  const relayed = between?.judge() ?? [];
  const most = (of: (peaks: Peaks) => number): number =>
    Math.max(...reports.map(({ peaks }) => of(peaks)));
  const networkHits = between?.hits ?? [];
  return {
    findings: distinct(endless ?? [...reports.flatMap(({ findings }) => findings), ...relayed]),
    hash: simulation.hash(),
    steps: simulation.steps,
    simulatedMs: Math.max(...reports.map((report) => report.simulatedMs)),
    eventsRecorded: reports.reduce((sum, { events }) => sum + events, between?.events ?? 0),
    marks: [...new Set([...reports.flatMap(({ marks }) => marks), ...(between?.marks() ?? [])])],
    hits: [...reports.flatMap(({ hits }) => hits), ...networkHits],
    peaks: {
      queuedBytes: most(({ queuedBytes }) => queuedBytes),
      held: most(({ held }) => held),
      actors: most(({ actors }) => actors),
      segments: most(({ segments }) => segments),
      segmentBytes: most(({ segmentBytes }) => segmentBytes),
    },
    quirks: [...new Set(runs.flatMap((run) => run.simulation.quirks))],
    simulation,
    ledger,
    hosts: runs.map((run) => ({ simulation: run.simulation, ledger: run.ledger })),
  };
}

interface HostReport {
  readonly findings: readonly Finding[];
  readonly simulatedMs: number;
  readonly events: number;
  readonly marks: readonly Mark[];
  readonly hits: readonly FaultHit[];
  readonly peaks: Peaks;
}

function reportOfHost(run: Run, networkHealedAt: number | undefined): HostReport {
  const { simulation, ledger, injector, greetings, watch, bounds, findings, restedAt } = run;
  const order = judge(run, networkHealedAt);
  const hits = injector.hits();
  const ends = simulation.processes().map(({ endedAt = restedAt }) => endedAt);
  const streams = watch.contents().flatMap((content) => content.streams);
  const { name } = simulation;
  return {
    findings: findings.map(({ oracle, text }) => ({ oracle, text: whoOn(name, text) })),
    simulatedMs: Math.max(0, ...ends) / NS_PER_MS,
    events: streams.reduce((count, { events }) => count + events.length, 0),
    marks: marksOf({ simulation, ledger, streams, order, greetings, hits }),
    hits: name === undefined ? hits : hits.map((hit) => onHost(name, hit)),
    peaks: bounds.peaks(),
  };
}

/** The hit as several hosts know it. */
function onHost(host: string, hit: FaultHit): FaultHit {
  const { who } = hit;
  return { ...hit, hosts: [host], who: who === undefined ? undefined : whoOn(host, who) };
}

function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ oracle, text }) => {
    const key = `${oracle} ${text}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
