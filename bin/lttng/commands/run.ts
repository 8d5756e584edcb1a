/** `lttng run -- COMMAND`: runs a program in a session (R1.17, R2.13). */
import { exitStatusOf } from '../child-exit.ts';
import type { Cli } from '../context.ts';
import { namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { RUN } from '../table/sessions.ts';

export async function run(
  { control }: Cli,
  options: Given<typeof RUN>,
  words: readonly string[],
): Promise<void> {
  const exit = await control.run(namedSession(undefined, options.session), words);
  process.exitCode = exitStatusOf(exit);
}
