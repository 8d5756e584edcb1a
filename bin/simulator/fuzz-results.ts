/** What the jobs of `lttng-sim fuzz` report, added up: runs, marks, faults that hit; and the verdict at the end. */
import type { Scenario } from '../../sim/input/scenario.ts';
import {
  addTally,
  type Tallies,
  type Unseen,
  unseenIn,
  unseenText,
} from '../../sim/run/ensemble.ts';
import { count, type Output } from '../terminal/output.ts';
import type { FailureLog } from './failure-log.ts';
import type { FuzzNews } from './fuzz-work.ts';

/** The range of seeds: a first seed and a number of seeds. */
export interface FuzzedSeeds {
  readonly from: number;
  readonly seeds: number;
}

export class FuzzResults {
  readonly #scenarios: readonly Scenario[];
  readonly #tallies: Tallies = {};
  /** For each fault and quirk, the number of runs in which it hit. */
  readonly #labels: Map<string, number>;
  readonly #beganAt = performance.now();
  #runs = 0;
  #repeated = 0;
  #simulatedMs = 0;

  constructor(scenarios: readonly Scenario[]) {
    this.#scenarios = scenarios;
    const wanted = new Set(scenarios.flatMap((scenario) => scenario.labels ?? []));
    this.#labels = new Map([...wanted].map((label) => [label, 0]));
  }

  add({ tallies, repeated, simulatedMs, labels }: FuzzNews & { readonly kind: 'progress' }): void {
    for (const [scenario, tally] of Object.entries(tallies)) {
      this.#runs += tally.runs;
      addTally(this.#tallies, scenario, tally);
    }
    this.#repeated += repeated;
    this.#simulatedMs += simulatedMs;
    addUp(this.#labels, labels);
  }

  progressText(total: number): string {
    const perSecond = this.#perSecond(this.#runs).toFixed(1);
    return `${this.#runs} of ${count(total, 'run')}, ${perSecond} a second`;
  }

  /** Prints the verdict; returns whether it is good. */
  report(output: Output, { from, seeds }: FuzzedSeeds, log: FailureLog): boolean {
    const marks = new Map<string, number>();
    for (const tally of Object.values(this.#tallies)) addUp(marks, tally.marks);
    const happened = [...marks].sort(([one], [other]) => (one < other ? -1 : 1));
    const unseen = unseenIn(this.#tallies, this.#scenarios);
    const isBlind = unseen.some((each) => each.isBlind);
    const isOk = log.failures === 0 && !log.hasBroken && !isBlind;
    const runsPerSecond = this.#perSecond(this.#runs).toFixed(1);
    output.value({
      verdict: isOk ? 'ok' : 'failed',
      from,
      seeds,
      runs: this.#runs,
      repeated: this.#repeated,
      failures: log.failures,
      'runs-per-second': Number(runsPerSecond),
      'simulated-s-per-second': Number((this.#perSecond(this.#simulatedMs) / 1000).toFixed(1)),
      marks: Object.fromEntries(happened),
      labels: Object.fromEntries(this.#labels),
      unseen,
    });
    const verdict = isOk ? output.paint('green', 'ok') : output.paint('red', 'failed');
    output.line(
      `${verdict} ${count(this.#runs, 'run')} from seed ${from} on at ${runsPerSecond} a second, ` +
        `${this.#repeated} of them twice`,
    );
    this.#printMarks(output, happened, unseen);
    return isOk;
  }

  #printMarks(
    output: Output,
    happened: readonly (readonly [string, number])[],
    unseen: readonly Unseen[],
  ): void {
    for (const [mark, times] of happened) {
      output.line(`  ${mark.replaceAll('-', ' ')}: in ${count(times, 'run')}`);
    }
    const missed = [...this.#labels].filter(([, times]) => times === 0).map(([label]) => label);
    if (missed.length > 0) output.line(`  never hit: ${missed.join(', ')}`);
    for (const each of unseen) {
      const text = unseenText(each);
      output.line(each.isBlind ? output.paint('red', text) : `  ${text}`);
    }
  }

  #perSecond(amount: number): number {
    return (amount * 1000) / (performance.now() - this.#beganAt);
  }
}

function addUp(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + times);
}
