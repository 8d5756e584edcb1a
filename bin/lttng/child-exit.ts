/** How the command that `run` or `record` started has ended. */
import { constants } from 'node:os';
import type { ProgramExit } from '../control/api/results.ts';

/** The command's exit status, or 128 plus the number of the signal that ended it, as in shells. */
export function exitStatusOf({ code, signal }: ProgramExit): number {
  if (signal === undefined) return code ?? 0;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
