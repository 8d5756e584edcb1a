/**
 * The process of one job, which `lttng-sim fuzz` starts. It ends when its seeds are done, at its first failure, or when
 * `lttng-sim` disconnects.
 */

import type { Scenario } from '../../sim/input/scenario.ts';
import type { RunOptions } from '../../sim/run/assemble.ts';
import { countRun, type Tallies } from '../../sim/run/ensemble.ts';
import { failureOf, minimise, runChecked, runTwice } from '../../sim/run/failure-file.ts';
import { type RunReport, runScenario } from '../../sim/run/run.ts';
import { scenarioNamed } from '../../sim/scenarios/index.ts';
import { bugNamed } from './common.ts';
import type { FuzzNews, FuzzWork } from './fuzz-work.ts';

/** How often the job sends its progress, milliseconds. */
const NEWS_MS = 100;

const send = (news: FuzzNews): void => void process.send?.(news);

let sentAt = performance.now();
let [repeated, simulatedMs] = [0, 0];
let tallies: Tallies = {};
let labels: Record<string, number> = {};
/** Scenarios and laws with a minimised failure: one of each kind is enough. */
const minimised = new Set<string>();

function count(scenario: Scenario, report: RunReport): void {
  simulatedMs += report.simulatedMs;
  countRun(tallies, scenario.id, report.marks);
  for (const label of new Set([...report.hits.map((hit) => hit.label), ...report.quirks])) {
    labels[label] = (labels[label] ?? 0) + 1;
  }
}

function sendProgress(): void {
  send({ kind: 'progress', tallies, repeated, simulatedMs, labels });
  sentAt = performance.now();
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
  // Repeats the run with checkpoints. A difference is the more serious failure.
  const again = twice ?? runChecked(input, optionsOf());
  const difference =
    again.report.hash === report.hash ? undefined : { after: 0, step: again.report.steps };
  const run = { scenario: scenario.id, input, bug: work.bug };
  const failure = failureOf(work.origin, run, again, twice?.difference ?? difference);
  if (failure === undefined) return true;
  send({ kind: 'failure', seed, failure });
  const kind = `${scenario.id} ${failure.oracle}`;
  if (work.minimises && !minimised.has(kind)) {
    minimised.add(kind);
    send({ kind: 'failure', seed, failure: minimise(failure) });
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

/** Continues the runs; sends progress every {@link NEWS_MS}, and returns to the event loop for its messages. */
function continueRuns(runs: Generator<void>): void {
  while (performance.now() - sentAt < NEWS_MS) {
    if (runs.next().done === true) {
      sendProgress();
      process.disconnect();
      return;
    }
  }
  sendProgress();
  setImmediate(continueRuns, runs);
}

process.once('message', (work: FuzzWork) => {
  // Deferred: Node 20 fails when `disconnect` is called while it delivers a message.
  setImmediate(continueRuns, runsOf(work));
});
process.once('disconnect', () => process.exit());
// A terminal sends SIGINT to all its processes; `lttng-sim` ends the jobs.
process.on('SIGINT', () => undefined);
