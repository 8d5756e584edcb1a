/** `lttng-sim replay`: repeats the run of a failure file, prints where it differs from the file, shows a step. */
import { type Command, InvalidArgumentError } from 'commander';
import { BUGS } from '../../sim/bugs/bugs.ts';
import { firstDifference } from '../../sim/run/checkpoints.ts';
import { type FailureFile, readFailure, runChecked } from '../../sim/run/failure-file.ts';
import { findingLines } from '../../sim/run/report.ts';
import { scenarioNamed } from '../../sim/scenarios/index.ts';
import { machineLines, machineLooker } from '../../sim/timeline/machine-view.ts';
import { pageCollector } from '../../sim/timeline/page/collect.ts';
import { quoted } from '../terminal/output.ts';
import { all, type Cli, countOf, EXIT } from './common.ts';
import { originOf } from './origin.ts';
import { writePage } from './page.ts';
import { textIn } from './read-file.ts';

interface ReplayOptions {
  readonly at?: number;
  readonly minimised?: true;
  readonly page?: string;
}

/** A failure file and its path. */
interface KeptFailure {
  readonly path: string;
  readonly failure: FailureFile;
}

export function addReplay(program: Command, cliOf: () => Cli): void {
  program
    .command('replay')
    .description('Repeat the run of a failure file')
    .argument('<file>', 'file that lttng-sim fuzz --failures wrote', failureIn)
    .option('--at <step>', 'show the machine immediately before this step', countOf)
    .option('--minimised', 'run the smallest input that breaks the same law instead')
    .option('--page <file>', 'write a page that shows the run in a browser')
    .action((kept: KeptFailure, options: ReplayOptions) => replay(cliOf(), kept, options));
}

function failureIn(path: string): KeptFailure {
  const text = textIn(path);
  const failure = text.ok ? readFailure(text.value) : text;
  if (failure.ok) return { path, failure: failure.value };
  throw new InvalidArgumentError(`Not a failure file: ${failure.error}.`);
}

function replay(cli: Cli, { path, failure }: KeptFailure, options: ReplayOptions): void {
  const { output } = cli;
  const { at, minimised, page } = options;
  if (minimised === true && failure.minimised === undefined) {
    output.error('NOT_MINIMISED', 'The file has no minimised input');
    process.exitCode = EXIT.usage;
    return;
  }
  const input = minimised === true ? (failure.minimised ?? failure.input) : failure.input;
  const plant = failure.bug === undefined ? undefined : BUGS[failure.bug]?.plant;
  const looker = at === undefined ? undefined : machineLooker(at);
  const collector = page === undefined ? undefined : pageCollector();
  const { report, checkpoints } = runChecked(input, {
    lens: plant?.(),
    onEntry: all(looker?.onEntry, collector?.onEntry),
    onStep: (step, simulation) => {
      looker?.onStep(step, simulation);
      collector?.onStep(step, simulation);
    },
  });
  const view = looker?.view();
  if (view !== undefined) {
    output.value({ machine: view });
    for (const line of machineLines(view)) output.line(line);
  } else if (at !== undefined) {
    output.error('NO_SUCH_STEP', `The run has ${report.steps} steps`);
    process.exitCode = EXIT.usage;
    return;
  }
  if (page !== undefined && collector !== undefined) {
    const { scenario } = failure;
    const command = `lttng-sim replay ${quoted(path)}${minimised === true ? ' --minimised' : ''}`;
    const title = scenarioNamed(scenario)?.title ?? 'unknown scenario';
    const shown = { scenario: { id: scenario, title }, seed: input.seed, replay: command, report };
    if (!writePage(cli, page, collector, shown)) return;
  }
  const isSame = report.hash === failure.hash;
  const difference =
    minimised === true || isSame ? undefined : firstDifference(failure.checkpoints, checkpoints);
  const { findings, hash, steps } = report;
  const verdict = findings.length === 0 ? 'ok' : 'failed';
  output.value({ verdict, hash, steps, 'same-run': isSame, difference, findings });
  if (minimised !== true) {
    if (isSame) output.line(`The same run as in the file: ${steps} steps, hash ${hash}`);
    else
      for (const line of differenceLines(failure, difference))
        output.line(output.paint('yellow', line));
  }
  if (findings.length === 0) {
    output.line(`${output.paint('green', 'ok')} Every law holds`);
    return;
  }
  for (const line of findingLines(`${failure.scenario} fails:`, findings)) {
    output.line(output.paint('red', line));
  }
  process.exitCode = EXIT.failed;
}

/** Where the run differs from the file, and the versions that explain it. */
function differenceLines(
  failure: FailureFile,
  difference: { readonly after: number; readonly step: number } | undefined,
): string[] {
  const origin = originOf();
  const last = failure.checkpoints.at(-1)?.step ?? 0;
  const where =
    difference === undefined
      ? `after step ${last}, the last checkpoint in the file`
      : difference.step === difference.after + 1
        ? `at step ${difference.step}`
        : `between step ${difference.after} and step ${difference.step}`;
  const causes = [
    { what: 'lttng-ts', was: failure.version, now: origin.version },
    { what: 'commit', was: failure.commit, now: origin.commit },
    { what: 'Node.js', was: failure.node, now: origin.node },
  ].filter(({ was, now }) => was !== now);
  return [
    `Not the run in the file: it differs ${where}.`,
    ...(causes.length === 0
      ? ['The versions are the same, so the run depends on something besides its input.']
      : ['This explains it: other versions wrote the file.']),
    ...causes.map(({ what, was, now }) => `  ${what} ${was}, now ${now}`),
  ];
}
