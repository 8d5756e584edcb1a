/** `lttng-sim run`: one run of a scenario, told as it goes if wanted, and its verdict. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readInput } from '../../sim/failure.ts';
import { failureText, replayCommand } from '../../sim/report.ts';
import { runScenario } from '../../sim/run.ts';
import type { Scenario, ScenarioInput } from '../../sim/scenario.ts';
import { type Entry, isLogged, toldText } from '../../sim/telling.ts';
import { count } from '../cli/output.ts';
import { bugNamed, bugOf, type Cli, EXIT, reportValue, scenarioOf, seedOf } from './common.ts';
import { textIn } from './read-file.ts';

interface RunOptions {
  readonly seed: number;
  readonly log?: true;
  readonly calls?: true;
  readonly bug?: string;
  readonly input?: { readonly path: string; readonly value: ScenarioInput };
}

const NS_PER_MS = 1_000_000;

export function addRun(program: Command, cliOf: () => Cli): void {
  program
    .command('run')
    .description('Run a scenario once and hold it against every law')
    .argument('<scenario>', 'its name; see lttng-sim list', scenarioOf)
    .option('-s, --seed <number>', 'what decides every order and all noise', seedOf, 0)
    .option('-l, --log', 'tell messages, states, files, memory and ends of processes')
    .addOption(new Option('--calls', 'tell every call and delivery instead').conflicts('log'))
    .addOption(
      new Option('--input <file>', 'what lttng-sim shrink printed, instead of a seed')
        .argParser(inputOf)
        .conflicts('seed'),
    )
    .option('--bug <name>', 'plant a bug; see lttng-sim list', bugOf)
    .action((scenario: Scenario, options: RunOptions) => run(cliOf(), scenario, options));
}

function inputOf(path: string): RunOptions['input'] {
  const text = textIn(path);
  const input = text.ok ? readInput(text.value) : text;
  if (input.ok) return { path, value: input.value };
  throw new InvalidArgumentError(`Not an input: ${input.error}.`);
}

function run({ output }: Cli, scenario: Scenario, options: RunOptions): void {
  const { log, calls, bug } = options;
  const input = options.input?.value ?? scenario.draw(options.seed);
  const { seed } = input;
  const planted = bug === undefined ? '' : ` --bug ${bug}`;
  const replay =
    options.input === undefined
      ? replayCommand(scenario.id, seed, bug)
      : `lttng-sim run ${scenario.id} --input ${options.input.path}${planted}`;
  const report = runScenario(input, {
    lens: bugNamed(bug)?.plant(),
    onEntry: log === true ? (entry) => tell(entry) : undefined,
    onCall: calls === true ? (text) => tellCall(text) : undefined,
  });
  output.value(reportValue(scenario.id, seed, report));
  if (report.findings.length > 0) {
    const text = failureText(scenario.id, seed, report, replay);
    output.line(output.paint('red', text));
    process.exitCode = EXIT.failed;
    return;
  }
  const { hash, steps, simulatedMs, eventsRecorded } = report;
  output.line(
    `${output.paint('green', 'ok')} ${replay}: ${count(steps, 'step')}, ` +
      `${Math.round(simulatedMs)} ms, ${count(eventsRecorded, 'event')} recorded, hash ${hash}`,
  );

  function tell(entry: Entry): void {
    if (!isLogged(entry)) return;
    const { time, pid, who } = entry;
    const what = toldText(entry);
    output.value({ 'time-ns': time, pid, who, what });
    const at = (time / NS_PER_MS).toFixed(3).padStart(10);
    output.line(`${output.paint('dim', at)} ${output.paint('cyan', who)} ${what}`);
  }

  function tellCall(text: string): void {
    output.value({ call: text });
    output.line(text);
  }
}
