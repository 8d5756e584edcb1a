/** `lttng run -- COMMAND`: runs a program in a session (R1.17, R2.13). */
import type { Command } from 'commander';
import { runPlan } from '../../../actors/client/plans/record.ts';
import { runInSession } from '../../control/sessions.ts';
import { exitIn, exitStatusOf } from '../child-exit.ts';
import type { Cli, CliOf } from '../context.ts';
import { EXIT, sessionFailure } from '../failure.ts';
import { namedSession, SESSION_OPTION } from '../sessions.ts';
import { tracedCommand } from '../traced-command.ts';

export function addRun(program: Command, cliOf: CliOf): void {
  program
    .command('run')
    .summary('run a command in a session')
    .description(
      'Runs a command in a session, so that it and its children are traced from their first statement. The exit ' +
        'status is that of the command.',
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
  const { results, error } = await runInSession(cli.client, named, (session) =>
    runPlan(session, tracedCommand(words)),
  );
  const exit = exitIn(results, program);
  const failure = error === undefined ? undefined : sessionFailure(error);
  if (exit === undefined && failure !== undefined) throw failure;
  if (failure !== undefined) cli.output.error(failure.code, failure.message);
  process.exitCode = exit === undefined ? EXIT.refused : exitStatusOf(exit);
}
