/** `lttng run -- COMMAND`: runs a program in a session (R1.17, R2.13). */
import { runPlan } from '../../../actors/client/plans/record.ts';
import { runInSession } from '../../control/sessions.ts';
import { exitIn, exitStatusOf } from '../child-exit.ts';
import type { Cli } from '../context.ts';
import { EXIT, sessionFailure } from '../failure.ts';
import { namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { RUN } from '../table/sessions.ts';
import { tracedCommand } from '../traced-command.ts';

export async function run(
  cli: Cli,
  options: Given<typeof RUN>,
  words: readonly string[],
): Promise<void> {
  const named = namedSession(undefined, options.session);
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
