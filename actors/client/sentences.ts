/** Texts for messages about processes that ended and registries that cannot be reached. */
import type { ProcessExit } from '../../src/port/processes.ts';

export function endOf({ code, signal }: ProcessExit): string {
  return signal ?? `status ${code}`;
}

export function sentenceOf(code: string): string {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no process listens';
  if (code === 'EACCES') return 'this user is not in its group';
  if (code === 'ENAMETOOLONG') return 'its path is too long for a socket';
  return code;
}
