/**
 * `lttng-sim check`: checks that a run depends on its seed alone. Repeats each run in this process, and in new
 * processes with other time zones and languages; every repetition must have the same rolling hash.
 */
import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import type { Scenario } from '../../sim/input/scenario.ts';
import { runTwice } from '../../sim/run/failure-file.ts';
import { runScenario } from '../../sim/run/run.ts';
import { SCENARIOS } from '../../sim/scenarios/index.ts';
import { count, printLine } from '../terminal/output.ts';
import { type Cli, EXIT, hasSeeds, integerFrom, scenarioOf, seedOf } from './common.ts';

interface CheckOptions {
  readonly seeds: number;
  readonly from: number;
}

const SEEDS = 20;
const SEEDS_MAX = 10_000;
/** Environments of the new processes. */
const ELSEWHERE: readonly Readonly<Record<string, string>>[] = [
  {},
  { TZ: 'Asia/Kolkata', LC_ALL: 'tr_TR.UTF-8' },
  { TZ: 'America/St_Johns', LC_ALL: 'C', NODE_OPTIONS: '--max-semi-space-size=1' },
];
const HASHES_BYTES_MAX = 64 * 1024 * 1024;

export function addCheck(program: Command, cliOf: () => Cli): void {
  program
    .command('check')
    .description('Check that runs depend on their seeds alone')
    .argument('[scenario]', 'scenario to check (default: all)', scenarioOf)
    .option('-n, --seeds <number>', 'number of seeds', integerFrom(1, SEEDS_MAX), SEEDS)
    .option('--from <seed>', 'first seed', seedOf, 0)
    .action((scenario: Scenario | undefined, options: CheckOptions) => {
      check(cliOf(), scenario === undefined ? SCENARIOS : [scenario], options);
    });
  // The command of the new processes.
  program
    .command('hashes', { hidden: true })
    .argument('<scenarios...>', 'names of scenarios')
    .requiredOption('-n, --seeds <number>', 'number of seeds', integerFrom(1, SEEDS_MAX))
    .requiredOption('--from <seed>', 'first seed', seedOf)
    .action((names: readonly string[], { seeds, from }: CheckOptions) => {
      const hashes = names.map((name) => hashesOf(scenarioOf(name), seedsOf(seeds, from)));
      printLine('output', JSON.stringify(hashes));
    });
}

function check(cli: Cli, scenarios: readonly Scenario[], { seeds, from }: CheckOptions): void {
  if (!hasSeeds(cli, from, seeds)) return;
  const { output } = cli;
  const differences: object[] = [];
  const note = (scenario: Scenario, seed: number, where: string): void => {
    differences.push({ scenario: scenario.id, seed, where });
    output.line(output.paint('red', `${scenario.id} with seed ${seed} differs ${where}`));
  };
  const all = seedsOf(seeds, from);
  const hashes = scenarios.map((scenario) =>
    all.map((seed) => {
      const { report, difference } = runTwice(scenario.draw(seed), () => ({}));
      if (difference !== undefined) {
        note(scenario, seed, `when repeated, after step ${difference.after}`);
      }
      return report.hash;
    }),
  );
  for (const environment of ELSEWHERE) {
    const elsewhere = hashesElsewhere(scenarios, seeds, from, environment);
    for (const [row, scenario] of scenarios.entries()) {
      for (const [column, seed] of all.entries()) {
        if (elsewhere[row]?.[column] === hashes[row]?.[column]) continue;
        note(scenario, seed, `in a new process with ${JSON.stringify(environment)}`);
      }
    }
  }
  const verdict = differences.length === 0 ? 'ok' : 'failed';
  const runs = scenarios.length * seeds;
  output.value({ verdict, from, seeds, runs, environments: ELSEWHERE, differences });
  if (differences.length > 0) {
    process.exitCode = EXIT.failed;
    return;
  }
  output.line(
    `${output.paint('green', 'ok')} ${count(runs, 'run')}, each the same when repeated, also in ` +
      `${ELSEWHERE.length} new processes with other time zones and languages`,
  );
}

function hashesOf(scenario: Scenario, seeds: readonly number[]): string[] {
  return seeds.map((seed) => runScenario(scenario.draw(seed)).hash);
}

function seedsOf(seeds: number, from: number): number[] {
  return Array.from({ length: seeds }, (_, index) => from + index);
}

/** The hashes by scenario and seed, both in the given order. */
function hashesElsewhere(
  scenarios: readonly Scenario[],
  seeds: number,
  from: number,
  environment: Readonly<Record<string, string>>,
): readonly (readonly unknown[])[] {
  const program = process.argv[1] ?? '';
  const names = scenarios.map(({ id }) => id);
  const words = [program, 'hashes', ...names, '--seeds', `${seeds}`, '--from', `${from}`];
  const text = execFileSync(process.execPath, words, {
    encoding: 'utf8',
    env: environment,
    maxBuffer: HASHES_BYTES_MAX,
  });
  return JSON.parse(text) as unknown[][];
}
