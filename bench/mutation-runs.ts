/**
 * Runs scenarios on the package that contains this file until a law is broken; `mutation.ts` starts it in a copy with a
 * mutant. Takes {@link Order} as JSON, prints {@link Outcome} as JSON.
 */

import { runDatagrams } from '../sim/datagrams/run.ts';
import { exploreRing } from '../sim/ring/explore.ts';
import { runScenario } from '../sim/run/run.ts';
import { SCENARIOS } from '../sim/scenarios/index.ts';

/** The orders of `lttng-sim ring`, treated as a scenario. */
const RING = 'ring';
/** The data path over UDP, treated as a scenario. */
const UDP = 'udp';

/** One run: a scenario's name and a seed. */
export interface Run {
  readonly scenario: string;
  readonly seed: number;
}

export interface Order {
  /** Groups of scenarios that run first, in this order, with this many seeds each. */
  readonly first: readonly { readonly scenarios: readonly string[]; readonly seeds: number }[];
  readonly runsMax: number;
  readonly msMax: number;
  /** Runs to skip, because the unchanged package fails them. */
  readonly left: readonly Run[];
  /** Only this run. */
  readonly only?: Run;
}

export interface Outcome {
  readonly runs: number;
  readonly killed?: Run & { readonly oracle: string; readonly text: string };
}

function* runsOf({ first, only }: Order): Generator<Run> {
  if (only !== undefined) {
    yield only;
    return;
  }
  const seeds = new Map<string, number>();
  for (const group of first) {
    for (const scenario of group.scenarios) seeds.set(scenario, group.seeds);
    for (let seed = 1; seed <= group.seeds; seed++) {
      for (const scenario of group.scenarios) if (scenario !== RING) yield { scenario, seed };
    }
  }
  for (let seed = 1; ; seed++) {
    for (const { id } of SCENARIOS) {
      if (seed > (seeds.get(id) ?? 0)) yield { scenario: id, seed };
    }
  }
}

function work(order: Order): Outcome {
  const endsAt = performance.now() + order.msMax;
  let runs = 0;
  if (order.first.some(({ scenarios }) => scenarios.includes(RING)) && order.only === undefined) {
    for (const { count, family, mode, findings } of exploreRing()) {
      runs += count;
      const [text] = findings;
      if (text === undefined) continue;
      const scenario = `${RING}: ${family}, ${mode}`;
      return { runs, killed: { scenario, seed: 0, oracle: 'conservation', text } };
    }
  }
  const orders = runs;
  for (const { scenario, seed } of runsOf(order)) {
    if (runs >= orders + order.runsMax || performance.now() >= endsAt) break;
    if (order.left.some((run) => run.scenario === scenario && run.seed === seed)) continue;
    runs += 1;
    const [finding] = scenario === UDP ? runDatagrams(seed).findings : findingsOf(scenario, seed);
    if (finding !== undefined) return { runs, killed: { scenario, seed, ...finding } };
  }
  return { runs };
}

function findingsOf(scenario: string, seed: number): ReturnType<typeof runScenario>['findings'] {
  const input = SCENARIOS.find(({ id }) => id === scenario)?.draw(seed);
  if (input === undefined) throw new Error(`no scenario ${scenario}`);
  return runScenario(input).findings;
}

process.stdout.write(`${JSON.stringify(work(JSON.parse(process.argv[2] ?? '') as Order))}\n`);
