/** Paths on the command line. */
import { resolve } from 'node:path';
import type { World } from '../../../src/port/world.ts';
import { CliFailure, EXIT } from '../failure.ts';

/** The absolute path; throws a failure when it depends on a working directory that is gone. */
export function absolutePath({ identity }: World, path: string): string {
  if (path.startsWith('/')) return resolve(path);
  const { workingDirectory } = identity;
  if (workingDirectory !== undefined) return resolve(workingDirectory, path);
  throw new CliFailure(
    'NO_DIRECTORY',
    `The working directory is gone, so "${path}" leads nowhere; give an absolute path`,
    EXIT.file,
  );
}
