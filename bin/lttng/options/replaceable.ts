/** A warning about directories that other users can replace. */
import { replaceableOnTheWay } from '../../../src/port/replaceable.ts';
import type { Cli } from '../context.ts';

/** Says when another user can move the directory away and put another one in its place. */
export function noteReplaceable(
  { world, output }: Pick<Cli, 'world' | 'output'>,
  path: string,
): void {
  const parent = replaceableOnTheWay(world.files, path, world.identity);
  if (parent === undefined) return;
  output.note(`Warning: another user may change ${parent}, and so rename or replace ${path}`);
}
