/** The main of `lttng-sim`: runs the programs of this package on a simulated machine. */
import { Command, CommanderError, Option } from 'commander';
import { BUGS } from '../../sim/bugs/bugs.ts';
import { RING_BUGS } from '../../sim/ring/bugs.ts';
import { SCENARIOS } from '../../sim/scenarios/index.ts';
import { VERSION_TEXT } from '../../src/base/version.ts';
import { createOutput, type OutputFormat } from '../terminal/output.ts';
import { collectUsageErrors } from '../terminal/usage-errors.ts';
import { addCharts } from './charts.ts';
import { addCheck } from './check.ts';
import { type Cli, EXIT } from './common.ts';
import { addFuzz } from './fuzz.ts';
import { addReplay } from './replay.ts';
import { addRing } from './ring.ts';
import { addRun } from './run.ts';
import { addShrink } from './shrink.ts';

export function main(): void {
  const program = new Command('lttng-sim')
    .description(
      'Runs registry, consumers, commands and applications on a simulated machine, where a seed decides the order ' +
        'of everything, and checks each run against the laws of docs/simulator.md.',
    )
    .version(VERSION_TEXT, '-V, --version')
    .addOption(
      new Option('--output-format <format>', 'output for people or for programs')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', '\nExit status: 0 every law holds, 1 a law is broken, 2 wrong arguments.')
    .exitOverride();
  const usageError = collectUsageErrors(program);

  let cli: Cli | undefined;
  const cliOf = (): Cli => {
    const { outputFormat } = program.opts<{ outputFormat: OutputFormat }>();
    return (cli ??= { output: createOutput(outputFormat, false, 'lttng-sim') });
  };

  addRun(program, cliOf);
  addFuzz(program, cliOf);
  addReplay(program, cliOf);
  addShrink(program, cliOf);
  addCheck(program, cliOf);
  addRing(program, cliOf);
  addCharts(program, cliOf);
  addList(program, cliOf);

  // EPIPE: the reader has closed the pipe, as with `| head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

  try {
    program.parse();
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    process.exitCode = thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (thrown.code === 'commander.help') program.outputHelp();
    else if (thrown.exitCode !== 0) cliOf().output.error('USAGE', usageError());
  }
}

function addList(program: Command, cliOf: () => Cli): void {
  program
    .command('list')
    .description('List the scenarios and the bugs that can be planted')
    .action(() => {
      const { output } = cliOf();
      for (const { id, title } of SCENARIOS) {
        output.value({ scenario: id, title });
        output.line(`${id}  ${title}`);
      }
      for (const [bug, { title, caughtBy, scenario }] of Object.entries(BUGS)) {
        output.value({ bug, title, 'caught-by': caughtBy, scenario });
        output.line(`--bug ${bug}: ${title} (${scenario}, caught by ${caughtBy})`);
      }
      for (const [bug, { title }] of Object.entries(RING_BUGS)) {
        output.value({ 'ring-bug': bug, title });
        output.line(`ring --bug ${bug}: ${title}`);
      }
    });
}
