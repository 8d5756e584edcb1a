/** `lttng-sim run`: runs a scenario once, prints its events on request, and its verdict. */
import { existsSync, readdirSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Scenario, ScenarioInput } from '../../sim/input/scenario.ts';
import { readFailure, readInput } from '../../sim/run/failure-file.ts';
import { failureLines, replayCommand } from '../../sim/run/report.ts';
import { runScenario } from '../../sim/run/run.ts';
import { entryText, isLogged, type TimelineEntry } from '../../sim/timeline/entry.ts';
import { pageCollector } from '../../sim/timeline/page/collect.ts';
import { type TraceExporter, traceExporter } from '../../sim/timeline/trace-export.ts';
import { absoluteIn } from '../../src/base/absolute-path.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { createFiles } from '../../src/os/files.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { count, quoted } from '../terminal/output.ts';
import { all, bugNamed, bugOf, type Cli, EXIT, reportValue, scenarioOf, seedOf } from './common.ts';
import { writePage } from './page.ts';
import { textIn } from './read-file.ts';

interface RunOptions {
  readonly seed: number;
  readonly log?: true;
  readonly calls?: true;
  readonly bug?: string;
  readonly page?: string;
  readonly trace?: string;
  readonly input?: { readonly path: string; readonly value: ScenarioInput };
}

export function addRun(program: Command, cliOf: () => Cli): void {
  program
    .command('run')
    .description('Run a scenario once and check every law')
    .argument('<scenario>', 'name of the scenario; see lttng-sim list', scenarioOf)
    .option('-s, --seed <number>', 'seed that decides all orders and all noise', seedOf, 0)
    .option('-l, --log', 'print messages, states, files, memory and ends of processes')
    .addOption(new Option('--calls', 'print every call and delivery instead').conflicts('log'))
    .addOption(
      new Option('--input <file>', 'input that lttng-sim shrink printed, instead of a seed')
        .argParser(inputOf)
        .conflicts('seed'),
    )
    .option('--page <file>', 'write a page that shows the run in a browser')
    .option('--trace <directory>', 'write the run as a CTF trace for lttng view', absolutePath)
    .option('--bug <name>', 'plant a bug; see lttng-sim list', bugOf)
    .action((scenario: Scenario, options: RunOptions) => run(cliOf(), scenario, options));
}

function inputOf(path: string): RunOptions['input'] {
  const text = textIn(path);
  const input = text.ok ? readInput(text.value) : text;
  if (input.ok) return { path, value: input.value };
  if (text.ok && readFailure(text.value).ok) {
    throw new InvalidArgumentError('It is a failure file; use lttng-sim replay.');
  }
  throw new InvalidArgumentError(`Not an input: ${input.error}.`);
}

function absolutePath(path: string): string {
  const absolute = absoluteIn(createIdentity('lttng-sim').workingDirectory, path);
  if (absolute !== undefined) return absolute;
  throw new InvalidArgumentError('The working directory is gone; give an absolute path.');
}

function run(cli: Cli, scenario: Scenario, options: RunOptions): void {
  const { output } = cli;
  if (options.trace !== undefined && !isFree(options.trace)) {
    output.error('NOT_EMPTY', `${options.trace} is not empty`);
    process.exitCode = EXIT.usage;
    return;
  }
  const { log, calls, bug } = options;
  const input = options.input?.value ?? scenario.draw(options.seed);
  const { seed } = input;
  const planted = bug === undefined ? '' : ` --bug ${bug}`;
  const replay =
    options.input === undefined
      ? replayCommand(scenario.id, seed, bug)
      : `lttng-sim run ${scenario.id} --input ${quoted(options.input.path)}${planted}`;
  const collector = options.page === undefined ? undefined : pageCollector();
  const exporter =
    options.trace === undefined ? undefined : exporterInto(options.trace, scenario.id, seed);
  const report = runScenario(input, {
    lens: bugNamed(bug)?.plant(),
    onEntry: all(log === true ? printEntry : undefined, collector?.onEntry, exporter?.onEntry),
    onStep: collector?.onStep,
    onCall: all(calls === true ? printCall : undefined, exporter?.onCall),
  });
  const exported = exporter?.finish();
  if (exported?.ok === false) {
    output.error(exported.error.code, `Cannot write the trace: ${exported.error.subject}`);
    process.exitCode = EXIT.usage;
    return;
  }
  if (options.page !== undefined && collector !== undefined) {
    if (!writePage(cli, options.page, collector, { scenario, seed, replay, report })) return;
  }
  output.value(reportValue(scenario.id, seed, report));
  if (report.findings.length > 0) {
    for (const line of failureLines(scenario.id, seed, report, replay)) {
      output.line(output.paint('red', line));
    }
    process.exitCode = EXIT.failed;
    return;
  }
  const { hash, steps, simulatedMs, eventsRecorded } = report;
  output.line(
    `${output.paint('green', 'ok')} ${replay}: ${count(steps, 'step')}, ` +
      `${Math.round(simulatedMs)} ms, ${count(eventsRecorded, 'event')} recorded, hash ${hash}`,
  );

  function printEntry(entry: TimelineEntry): void {
    if (!isLogged(entry)) return;
    const { time, pid, who } = entry;
    const what = entryText(entry);
    output.value({ 'time-ns': time, pid, who, what });
    const at = (time / NS_PER_MS).toFixed(3).padStart(10);
    output.line(`${output.paint('dim', at)} ${output.paint('cyan', who)} ${what}`);
  }

  function printCall(text: string): void {
    output.value({ call: text });
    output.line(text);
  }
}

function exporterInto(directory: string, scenario: string, seed: number): TraceExporter {
  return traceExporter(createFiles(), directory, `${scenario}-${seed}`, seed);
}

function isFree(directory: string): boolean {
  return !existsSync(directory) || readdirSync(directory).length === 0;
}
