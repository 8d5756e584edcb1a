/** `lttng-sim fuzz`: many seeds, until one fails. */
import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { failureText, replayCommand } from '../../sim/report.ts';
import { runScenario } from '../../sim/run.ts';
import type { Scenario } from '../../sim/scenario.ts';
import { SCENARIOS } from '../../sim/scenarios/index.ts';
import { count } from '../cli/output.ts';
import {
  bugNamed,
  bugOf,
  type Cli,
  countOf,
  EXIT,
  reportValue,
  scenarioOf,
  seedOf,
} from './common.ts';

interface FuzzOptions {
  readonly seeds: number;
  readonly from?: number;
  readonly bug?: string;
}

const SEEDS = 1000;
const FIRST_SEED_BOUND = 2 ** 40;
/** How often progress is shown, milliseconds. */
const PROGRESS_MS = 250;

export function addFuzz(program: Command, cliOf: () => Cli): void {
  program
    .command('fuzz')
    .description('Run scenarios under many seeds, until one fails')
    .argument('[scenario]', 'one of them; all in turn when left out', scenarioOf)
    .option('-n, --seeds <number>', 'how many', countOf, SEEDS)
    .option('--from <seed>', 'the first one; new ones every time when left out', seedOf)
    .option('--bug <name>', 'plant a bug; see lttng-sim list', bugOf)
    .action((scenario: Scenario | undefined, options: FuzzOptions) => {
      fuzz(cliOf(), scenario === undefined ? SCENARIOS : [scenario], options);
    });
}

function fuzz({ output }: Cli, scenarios: readonly Scenario[], options: FuzzOptions): void {
  const { seeds, bug, from = randomInt(FIRST_SEED_BOUND) } = options;
  const marks = new Map<string, number>();
  const beganAt = performance.now();
  let shownAt = beganAt;
  let runs = 0;
  const rate = (): string => ((runs * 1000) / (performance.now() - beganAt)).toFixed(1);
  const isShown = output.format === 'text' && process.stderr.isTTY;
  const wipe = (): void => void (isShown && process.stderr.write('\r\u001b[K'));

  for (let seed = from; seed < from + seeds; seed++) {
    for (const scenario of scenarios) {
      const report = runScenario(scenario.draw(seed), { lens: bugNamed(bug)?.plant() });
      runs += 1;
      for (const mark of report.marks) marks.set(mark, (marks.get(mark) ?? 0) + 1);
      if (report.findings.length > 0) {
        wipe();
        output.value(reportValue(scenario.id, seed, report));
        output.line(
          output.paint(
            'red',
            failureText(scenario.id, seed, report, replayCommand(scenario.id, seed, bug)),
          ),
        );
        output.line(`${count(runs, 'run')} at ${rate()} a second.`);
        process.exitCode = EXIT.failed;
        return;
      }
    }
    if (isShown && performance.now() - shownAt > PROGRESS_MS) {
      shownAt = performance.now();
      process.stderr.write(`\r\u001b[Kseed ${seed}: ${count(runs, 'run')}, ${rate()} a second`);
    }
  }
  wipe();
  const happened = Object.fromEntries([...marks].sort(([one], [other]) => (one < other ? -1 : 1)));
  output.value({
    verdict: 'ok',
    from,
    seeds,
    runs,
    'runs-per-second': Number(rate()),
    marks: happened,
  });
  output.line(
    `${output.paint('green', 'ok')} ${count(runs, 'run')} from seed ${from} on at ${rate()} a second`,
  );
  for (const [mark, times] of Object.entries(happened)) {
    output.line(`  ${mark.replaceAll('-', ' ')}: in ${count(times, 'run')}`);
  }
}
