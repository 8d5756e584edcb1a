/** The thread of one job of `lttng-sim fuzz`. It ends when its seeds are done, or at its first failure. */
import { parentPort, workerData } from 'node:worker_threads';
import { countRun, type Tallies } from '../../sim/ensemble.ts';
import { failureOf, minimise, runChecked, runTwice } from '../../sim/failure.ts';
import { type RunOptions, type RunReport, runScenario } from '../../sim/run.ts';
import type { Scenario } from '../../sim/scenario.ts';
import { scenarioNamed } from '../../sim/scenarios/index.ts';
import { bugNamed } from './common.ts';
import type { FuzzNews, FuzzWork } from './fuzz-work.ts';

/** How often progress is told, milliseconds. */
const NEWS_MS = 100;

const work = workerData as FuzzWork;
const tell = (news: FuzzNews): void => parentPort?.postMessage(news);
const optionsOf = (): RunOptions => ({ lens: bugNamed(work.bug)?.plant() });

let toldAt = performance.now();
let [repeated, simulatedMs] = [0, 0];
let tallies: Tallies = {};
let labels: Record<string, number> = {};
/** Laws and scenarios whose failure was made smaller: one of a kind is enough. */
const minimised = new Set<string>();

function count(scenario: Scenario, report: RunReport): void {
  simulatedMs += report.simulatedMs;
  countRun(tallies, scenario.id, report.marks);
  for (const label of new Set([...report.harms.map((harm) => harm.label), ...report.quirks])) {
    labels[label] = (labels[label] ?? 0) + 1;
  }
  if (performance.now() - toldAt > NEWS_MS) tellProgress();
}

function tellProgress(): void {
  tell({ kind: 'progress', tallies, repeated, simulatedMs, labels });
  toldAt = performance.now();
  [tallies, repeated, simulatedMs, labels] = [{}, 0, 0, {}];
}

/** Runs one seed; false when it fails. */
function runOne(scenario: Scenario, seed: number, isRepeated: boolean): boolean {
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

function fuzz(): void {
  const scenarios = work.scenarios.map(scenarioNamed).filter((one) => one !== undefined);
  let index = 0;
  for (let seed = work.first; seed < work.end; seed += work.stride) {
    for (const scenario of scenarios) {
      const isRepeated = work.twiceEvery > 0 && index++ % work.twiceEvery === 0;
      if (!runOne(scenario, seed, isRepeated) && !work.keepsGoing) return;
    }
  }
}

fuzz();
tellProgress();
