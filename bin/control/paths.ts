/** Paths as a user or a program gives them. */

import { absoluteIn } from '../../src/base/absolute-path.ts';
import type { World } from '../../src/port/world.ts';
import { ControlError } from './api/control-error.ts';

/** The absolute path; throws an error when it depends on a working directory that is gone. */
export function absolutePath({ identity }: World, path: string): string {
  const absolute = absoluteIn(identity.workingDirectory, path);
  if (absolute !== undefined) return absolute;
  throw new ControlError(
    'NO_DIRECTORY',
    `The working directory is gone, so "${path}" leads nowhere; give an absolute path`,
  );
}
