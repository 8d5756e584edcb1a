/** Paths on the command line. */
import type { World } from '../../../src/port/world.ts';
import { absolutePath } from '../../control/paths.ts';

/** The absolute path; throws an error when it depends on a working directory that is gone. */
export function pathOf(world: World, path: string): string {
  return absolutePath(world, path);
}
