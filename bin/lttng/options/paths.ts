/** Paths on the command line. */
import type { World } from '../../../src/port/world.ts';
import { absoluteIn } from '../../terminal/absolute-path.ts';
import { CliFailure, EXIT } from '../failure.ts';

/** The absolute path; throws a failure when it depends on a working directory that is gone. */
export function absolutePath({ identity }: World, path: string): string {
  const absolute = absoluteIn(identity.workingDirectory, path);
  if (absolute !== undefined) return absolute;
  throw new CliFailure(
    'NO_DIRECTORY',
    `The working directory is gone, so "${path}" leads nowhere; give an absolute path`,
    EXIT.file,
  );
}
