/** `lttng run -- COMMAND`: starts a program in a session (R1.17, R2.13). */
import type { Command } from 'commander';
import { failureIn } from '../../../actors/client/plans/plan.ts';
import { runPlan } from '../../../actors/client/plans/record.ts';
import { exitIn, exitStatusOf } from '../child-exit.ts';
import { chooseSession, namedSession, SESSION_OPTION, throwFailure } from '../choose-session.ts';
import type { Cli, CliOf } from '../context.ts';
import { EXIT } from '../failure.ts';
import { tracedCommand } from '../traced-command.ts';

export function addRun(program: Command, cliOf: CliOf): void {
  program
    .command('run')
    .summary('run a command in a session')
    .description(
      'Runs a command in a session, so that it and its children are traced from their first statement.\n' +
        'The exit status is that of the command.',
    )
    .argument('<command...>', 'the program and its arguments, after --')
    .option(...SESSION_OPTION)
    .passThroughOptions()
    .action(async (words: readonly string[], options: { session?: string }, command: Command) => {
      await run(cliOf(command), words, namedSession(undefined, options.session));
    });
}

async function run(cli: Cli, words: readonly string[], named: string | undefined): Promise<void> {
  const [program = ''] = words;
  const chosen = await chooseSession(cli, named);
  const results = await cli.attempt(runPlan(chosen.key, tracedCommand(words)), 'running-registry');
  const exit = exitIn(results, program);
  if (exit === undefined) throwFailure(results, chosen);
  const failed = failureIn(results);
  if (failed !== undefined) cli.output.error(failed.code, failed.reason);
  process.exitCode = exit === undefined ? EXIT.refused : exitStatusOf(exit);
}
