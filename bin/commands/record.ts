/** `lttng record -- COMMAND`: everything from creating a session to its summary (R2.13). */

import { constants } from 'node:os';
import type { Command } from 'commander';
import { failureIn, type StepResult } from '../../actors/client/plan.ts';
import { recordPlan } from '../../actors/client/record.ts';
import type { Cli } from '../cli/cli.ts';
import { CliFailure, EXIT, statusOf } from '../cli/failure.ts';
import { defaultName, outputOf } from '../cli/places.ts';
import { tracedCommand } from '../cli/spawn.ts';

interface RecordOptions {
  readonly session?: string;
  readonly output?: string;
  readonly event: readonly string[];
}

const LOG_LEVEL_ALL = 14;

export function addRecord(program: Command, cliOf: () => Cli): void {
  program
    .command('record')
    .description('Run a command and record what it and its children trace')
    .argument('<command...>', 'the program and its arguments, after --')
    .option('-s, --session <name>', 'name of the session')
    .option('-o, --output <path>', 'directory of the trace')
    .option(
      '-e, --event <name[,name]>',
      'record these events alone; * stands for anything',
      (value: string, all: readonly string[]) => [...all, ...value.split(',')],
      [] as readonly string[],
    )
    .passThroughOptions()
    .action(async (words: readonly string[], options: RecordOptions) => {
      await record(cliOf(), words, options);
    });
}

async function record(cli: Cli, words: readonly string[], options: RecordOptions): Promise<void> {
  const { world, output } = cli;
  const name = options.session ?? defaultName(world, words[0] ?? '');
  const path = outputOf(world, name, options.output);
  const results = await cli.attempt(
    recordPlan({
      name,
      output: path,
      channel: undefined,
      patterns: options.event.length > 0 ? options.event : ['*'],
      logLevelMax: LOG_LEVEL_ALL,
      command: tracedCommand(words),
    }),
  );
  const failed = failureIn(results);
  const status = exitStatusOf(results);
  if (failed !== undefined && status === undefined) {
    throw new CliFailure(failed.code, failed.reason, statusOf(failed.code));
  }
  if (failed !== undefined) output.error(failed.code, failed.reason);
  const cannotRun = results.find((result) => result.kind === 'cannotRun');
  if (cannotRun !== undefined) {
    const { code } = cannotRun.error;
    throw new CliFailure(
      'CANNOT_RUN',
      `Cannot run ${words[0]} (${code})`,
      code === 'ENOENT' ? EXIT.notFound : EXIT.cannotExecute,
    );
  }
  process.exitCode = status ?? EXIT.done;
}

/** The command's own status; 128 and the signal's number when a signal ended it, as shells have it. */
function exitStatusOf(results: readonly StepResult[]): number | undefined {
  const ran = results.find((result) => result.kind === 'exit');
  if (ran === undefined) return undefined;
  const { code, signal } = ran.exit;
  return signal === undefined ? code : 128 + signalNumber(signal);
}

function signalNumber(name: string): number {
  return constants.signals[name as NodeJS.Signals] ?? 0;
}
