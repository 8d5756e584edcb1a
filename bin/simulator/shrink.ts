/** `lttng-sim shrink`: finds the smallest input that makes a run fail in the same way; `run --input` takes it. */
import type { Command } from 'commander';
import type { Scenario } from '../../sim/input/scenario.ts';
import { runScenario } from '../../sim/run/run.ts';
import { shrink as shrinkInput } from '../../sim/run/shrink.ts';
import { visibleJson } from '../../src/base/visible.ts';
import { count, printLine } from '../terminal/output.ts';
import { bugNamed, bugOf, type Cli, EXIT, scenarioOf, seedOf } from './common.ts';

interface ShrinkOptions {
  readonly seed: number;
  readonly bug?: string;
}

export function addShrink(program: Command, cliOf: () => Cli): void {
  program
    .command('shrink')
    .description(
      'Find the smallest input that makes a run fail in the same way, and print it for run --input',
    )
    .argument('<scenario>', 'name of the scenario; see lttng-sim list', scenarioOf)
    .requiredOption('-s, --seed <number>', 'seed of the failing run', seedOf)
    .option('--bug <name>', 'plant a bug; see lttng-sim list', bugOf)
    .action((scenario: Scenario, options: ShrinkOptions) => shrink(cliOf(), scenario, options));
}

function shrink({ output }: Cli, scenario: Scenario, { seed, bug }: ShrinkOptions): void {
  const plant = bugNamed(bug)?.plant;
  const input = scenario.draw(seed);
  const [finding] = runScenario(input, { lens: plant?.() }).findings;
  if (finding === undefined) {
    output.error('NOTHING_TO_SHRINK', `${scenario.id} does not fail with seed ${seed}`);
    process.exitCode = EXIT.usage;
    return;
  }
  const found = shrinkInput(input, finding, plant);
  output.note(`Breaks ${finding.oracle}; found in ${count(found.runs, 'run')}:`);
  printLine('output', visibleJson(found.input));
}
