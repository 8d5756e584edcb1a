/** `lttng record -- COMMAND`: creates a session, runs a command in it, and reports what was recorded (R2.13). */
import type { Command } from 'commander';
import { failureIn, lastSessionIn, type StepResult } from '../../../actors/client/plans/plan.ts';
import { recordPlan } from '../../../actors/client/plans/record.ts';
import { SELF, safe } from '../../terminal/output.ts';
import { exitIn, exitStatusOf } from '../child-exit.ts';
import type { Cli, CliOf } from '../context.ts';
import { clientFailure } from '../failure.ts';
import { LOG_LEVEL_ALL, parseLogLevel } from '../log-levels.ts';
import {
  addChannelOptions,
  type ChannelOptions,
  channelOf,
  hasChannelOptions,
} from '../options/channel.ts';
import { appendList } from '../options/global.ts';
import { checkPatterns } from '../options/rule.ts';
import { freshOutputDirectory, newOutputDirectory } from '../output-directory.ts';
import { isTakenIn, isWholeIn, noteLost } from '../take-snapshot.ts';
import { hintOf, noteSummary, readSummary } from '../trace-report.ts';
import { tracedCommand } from '../traced-command.ts';

interface RecordOptions extends ChannelOptions {
  readonly session?: string;
  readonly output?: string;
  readonly event?: readonly string[];
  readonly loglevel?: number;
  readonly onCrash?: true;
}

const CHANNEL = 'default';

export function addRecord(program: Command, cliOf: CliOf): void {
  const command = program
    .command('record')
    .summary('run a command and record its events')
    .description(
      'Runs a command in a session of its own, records the events of the command and its children, and reports what ' +
        'was recorded. The exit status is that of the command.',
    )
    .argument('<command...>', 'the program and its arguments, after --')
    .option('-s, --session <name>', 'name of the session (default: COMMAND-DATE-TIME)')
    .option('-o, --output <path>', 'directory of the trace (default: $HOME/lttng-traces/NAME)')
    .option(
      '-e, --event <name[,name]>',
      'record only these events; "*" matches any text',
      appendList,
    )
    .option('--loglevel <level>', 'least severe level: EMERG, ERR, INFO, DEBUG, …', parseLogLevel);
  command.option('--on-crash', 'write only a snapshot, and only if the command fails');
  addChannelOptions(command)
    .passThroughOptions()
    .action(async (words: readonly string[], options: RecordOptions) => {
      await record(cliOf(command), words, options);
    });
}

async function record(cli: Cli, words: readonly string[], options: RecordOptions): Promise<void> {
  const [program = ''] = words;
  const patterns = checkPatterns(options.event ?? ['*']);
  const channel = hasChannelOptions(options) ? channelOf(CHANNEL, options) : undefined;
  const directory = newOutputDirectory(cli.world, program, {
    name: options.session,
    path: options.output,
  });
  const { name, path } = directory;
  const crash =
    options.onCrash === true ? freshOutputDirectory(cli.world, path, 'crash') : undefined;
  try {
    const results = await cli.client.run(
      recordPlan({
        name,
        output: path,
        channel,
        patterns,
        logLevelMax: options.loglevel ?? LOG_LEVEL_ALL,
        onCrash: crash?.path,
        command: tracedCommand(words),
      }),
      'start-registry',
    );
    report(cli, results, program, { patterns, crash: crash?.path });
  } finally {
    // Removes the directories that are empty.
    crash?.release();
    directory.release();
  }
}

function report(
  cli: Cli,
  results: readonly StepResult[],
  program: string,
  { patterns, crash }: { patterns: readonly string[]; crash: string | undefined },
): void {
  const failed = failureIn(results);
  const exit = exitIn(results, program);
  const session = lastSessionIn(results);
  if (exit === undefined || session === undefined) {
    throw clientFailure(failed ?? { code: 'NO_ANSWER', reason: 'The registry does not answer' });
  }
  process.exitCode = exitStatusOf(exit);
  if (failed !== undefined) cli.output.error(failed.code, failed.reason);
  const { name, uuid, output, streamsMade } = session;
  if (crash !== undefined && !isTakenIn(results)) {
    cli.output.note(
      failed === undefined
        ? `${safe(program)} succeeded: no snapshot was written`
        : `Session ${name} still has its buffers. Try ${SELF} snapshot -s ${name}, then ${SELF} destroy ${name}`,
    );
    cli.output.value({ session: { name, uuid, output }, exit });
    return;
  }
  const directory = crash ?? output;
  const summary = readSummary(cli, directory, uuid);
  noteSummary(cli, { output: directory, streamsMade }, patterns, summary);
  if (!isWholeIn(results)) noteLost(cli);
  const hint = summary.events === 0 ? { hint: hintOf(session, patterns) } : {};
  const snapshot = crash === undefined || summary.events === 0 ? {} : { snapshot: crash };
  cli.output.value({ session: { name, uuid, output }, exit, ...snapshot, trace: summary, ...hint });
}
