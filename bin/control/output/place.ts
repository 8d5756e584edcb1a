/** Places of traces, as programs give them. */
import type { World } from '../../../src/port/world.ts';
import type { Destination } from '../../../src/wire/control/destination.ts';
import type { PlaceOptions } from '../api/options.ts';
import { usageError } from '../errors.ts';
import { placeOf } from './destination.ts';
import { checkedDirectory } from './output-directory.ts';

/** Where a program wants a trace; undefined: it does not say. */
export function placeIn(
  world: World,
  { output, url, relay }: PlaceOptions,
): Destination | undefined {
  if ([output, url, relay].filter((given) => given !== undefined).length > 1) {
    throw usageError('Name one of output, url and relay');
  }
  if (url !== undefined) return placeOf(world, url);
  return output === undefined ? relay : { output: checkedDirectory(world, output) };
}
