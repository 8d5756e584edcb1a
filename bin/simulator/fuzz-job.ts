/**
 * The process of one job of `lttng-sim fuzz`, started by it. It ends when its seeds are done, at its first failure, or
 * when nobody listens any more.
 */

import type { Scenario } from '../../sim/input/scenario.ts';
import type { RunOptions } from '../../sim/run/assemble.ts';
import { countRun, type Tallies } from '../../sim/run/ensemble.ts';
import { failureOf, minimise, runChecked, runTwice } from '../../sim/run/failure-file.ts';
import { type RunReport, runScenario } from '../../sim/run/run.ts';
import { scenarioNamed } from '../../sim/scenarios/index.ts';
import { bugNamed } from './common.ts';
import type { FuzzNews, FuzzWork } from './fuzz-work.ts';

/** How often progress is told, milliseconds. */
const NEWS_MS = 100;

const tell = (news: FuzzNews): void => void process.send?.(news);

let toldAt = performance.now();
let [repeated, simulatedMs] = [0, 0];
let tallies: Tallies = {};
let labels: Record<string, number> = {};
/** Laws and scenarios whose failure was made smaller: one of a kind is enough. */
const minimised = new Set<string>();

function count(scenario: Scenario, report: RunReport): void {
  simulatedMs += report.simulatedMs;
  countRun(tallies, scenario.id, report.marks);
  for (const label of new Set([...report.hits.map((hit) => hit.label), ...report.quirks])) {
    labels[label] = (labels[label] ?? 0) + 1;
  }
}

function tellProgress(): void {
  tell({ kind: 'progress', tallies, repeated, simulatedMs, labels });
  toldAt = performance.now();
  [tallies, repeated, simulatedMs, labels] = [{}, 0, 0, {}];
}

/** Runs one seed; false when it fails. */
function runOne(work: FuzzWork, scenario: Scenario, seed: number, isRepeated: boolean): boolean {
  const optionsOf = (): RunOptions => ({ lens: bugNamed(work.bug)?.plant() });
  const input = scenario.draw(seed);
  const twice = isRepeated ? runTwice(input, optionsOf) : undefined;
  const report = twice?.report ?? runScenario(input, optionsOf());
  if (isRepeated) repeated += 1;
  count(scenario, report);
  if (report.findings.length === 0 && twice?.difference === undefined) return true;
  // The run with its checkpoints; when it is another one now, that is the graver failure.
  const again = twice ?? runChecked(input, optionsOf());
  const parted =
    again.report.hash === report.hash ? undefined : { after: 0, step: again.report.steps };
  const run = { scenario: scenario.id, input, bug: work.bug };
  const failure = failureOf(work.origin, run, again, twice?.difference ?? parted);
  if (failure === undefined) return true;
  tell({ kind: 'failure', seed, failure });
  const kind = `${scenario.id} ${failure.oracle}`;
  if (work.minimises && !minimised.has(kind)) {
    minimised.add(kind);
    tell({ kind: 'failure', seed, failure: minimise(failure) });
  }
  return false;
}

/** The runs of a job in their order; ends at the first failure unless it keeps going. */
function* runsOf(work: FuzzWork): Generator<void> {
  const scenarios = work.scenarios.map(scenarioNamed).filter((one) => one !== undefined);
  let index = 0;
  for (let seed = work.first; seed < work.end; seed += work.stride) {
    for (const scenario of scenarios) {
      const isRepeated = work.twiceEvery > 0 && index++ % work.twiceEvery === 0;
      if (!runOne(work, scenario, seed, isRepeated) && !work.keepsGoing) return;
      yield;
    }
  }
}

/** Goes on with the runs, and now and then tells of them and hears whether anybody listens. */
function goOn(runs: Generator<void>): void {
  while (performance.now() - toldAt < NEWS_MS) {
    if (runs.next().done === true) {
      tellProgress();
      process.disconnect();
      return;
    }
  }
  tellProgress();
  setImmediate(goOn, runs);
}

process.once('message', (work: FuzzWork) => {
  // Node 20 fails when it is told to disconnect while it hands over a message.
  setImmediate(goOn, runsOf(work));
});
process.once('disconnect', () => process.exit());
// A terminal interrupts all its processes: `lttng-sim` decides what follows.
process.on('SIGINT', () => undefined);
