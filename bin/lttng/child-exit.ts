/** How the command that `run` or `record` started has ended. */
import { constants } from 'node:os';
import type { StepResult } from '../../actors/client/plans/plan.ts';
import type { ProcessExit } from '../../src/port/processes.ts';
import { CliFailure, EXIT } from './failure.ts';

/** How the command ended; undefined when it was never started. Throws when it cannot be started. */
export function exitIn(results: readonly StepResult[], program: string): ProcessExit | undefined {
  for (const result of results) {
    if (result.kind === 'exit') return result.exit;
    if (result.kind !== 'cannotRun') continue;
    const { code } = result.error;
    throw new CliFailure(
      'CANNOT_RUN',
      code === 'ENOENT' ? `There is no program ${program}` : `Cannot run ${program} (${code})`,
      code === 'ENOENT' ? EXIT.notFound : EXIT.cannotExecute,
    );
  }
  return undefined;
}

/** The command's exit status, or 128 plus the number of the signal that ended it, as in shells. */
export function exitStatusOf({ code, signal }: ProcessExit): number {
  if (signal === undefined) return code ?? 0;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
