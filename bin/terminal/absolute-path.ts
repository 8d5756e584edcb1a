/** Paths on a command line, of each of our programs. */
import { resolve } from 'node:path';

/** Undefined when `path` depends on a working directory that is gone. */
export function absoluteIn(workingDirectory: string | undefined, path: string): string | undefined {
  if (workingDirectory !== undefined) return resolve(workingDirectory, path);
  return path.startsWith('/') ? resolve(path) : undefined;
}
