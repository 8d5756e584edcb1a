/** What a program says when it may open too few files to load its code. */
import { createOutput, formatIn } from './output.ts';

export const TOO_FEW_DESCRIPTORS = 'This process may open too few files; see "ulimit -n"';

/** Below this limit a program loads at once what it may need later. */
export const FEW_DESCRIPTORS = 256;

export function isOutOfDescriptors(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return thrown.code === 'EMFILE' || thrown.code === 'ENFILE';
}

/** Ends the program with one sentence if it has too few descriptors; throws any other error again. */
export function endWithoutDescriptors(thrown: unknown, program: string, exitStatus: number): never {
  if (!isOutOfDescriptors(thrown)) throw thrown;
  const output = createOutput(formatIn(process.argv.slice(2)), false, program);
  output.error('NO_DESCRIPTORS', TOO_FEW_DESCRIPTORS);
  return process.exit(exitStatus);
}
