/** Texts for messages about processes that ended and registries that cannot be reached. */
import type { ProcessExit } from '../../src/port/processes.ts';
import { SESSIOND_EXIT } from '../../src/wire/exit-status.ts';

export function endOf({ code, signal }: ProcessExit): string {
  return signal ?? `status ${code}`;
}

/** Why the registry that we started is gone. */
export function failedStartOf(exit: ProcessExit): string {
  return exit.code === SESSIOND_EXIT.fewDescriptors
    ? 'The registry that was started may open too few files; see "ulimit -n"'
    : `The registry that was started ended at once (${endOf(exit)}); see its log`;
}

export function sentenceOf(code: string): string {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no process listens';
  if (code === 'EACCES') return 'this user is not in its group';
  if (code === 'ENAMETOOLONG') return 'its path is too long for a socket';
  return code;
}
