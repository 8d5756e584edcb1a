/** Options that say where a session's trace goes: URIs, as LTTng's commands take them (R2.11, R3.1). */
import type { World } from '../../../src/port/world.ts';
import {
  type Destination,
  isRelay,
  isUnpassable,
  relayOf,
} from '../../../src/wire/control/destination.ts';
import type { PlaceOptions } from '../../control/api/options.ts';
import { placeOf as placeOfUrl, urisOf, wrongUrl } from '../../control/output/destination.ts';
import { usageFailure } from '../failure.ts';
import { type OptionsOf, option } from '../table/declare.ts';

export const DESTINATION_OPTIONS = [
  option('-U, --set-url <url>', 'send the trace to a relay: net://HOST[:CTRL-PORT[:DATA-PORT]]'),
  option('-C, --ctrl-url <url>', 'address of the control stream: [HOP,]tcp://HOST[:PORT]'),
  option(
    '-D, --data-url <url>',
    'address of the data stream: [HOP,]tcp://HOST[:PORT], or udp://HOST[:PORT]',
  ),
] as const;

export interface DestinationOptions extends OptionsOf<typeof DESTINATION_OPTIONS> {
  /** Of commands with `-o`: the directory of the trace, instead of a URL. */
  readonly output?: string;
}

/** A destination as the calls of the control take it. */
export function placeOf(destination: Destination | undefined): PlaceOptions {
  if (destination === undefined) return {};
  return isRelay(destination) ? { relay: destination } : destination;
}

/** What the URLs say; undefined without any. */
export function destinationOf(world: World, options: DestinationOptions): Destination | undefined {
  const destination = destinationIn(world, options);
  if (destination !== undefined && options.output !== undefined) {
    throw usageFailure('Use -o for a directory or a URL for a relay, not both');
  }
  return destination;
}

function destinationIn(
  world: World,
  { setUrl, ctrlUrl, dataUrl }: DestinationOptions,
): Destination | undefined {
  if (ctrlUrl === undefined && dataUrl === undefined) {
    return setUrl === undefined ? undefined : placeOfUrl(world, setUrl);
  }
  if (setUrl !== undefined) throw usageFailure('Use one URL, or -C and -D, not both');
  if (ctrlUrl === undefined || dataUrl === undefined) {
    throw usageFailure('-C and -D belong together: control and data each need an address');
  }
  const relay = relayOf([...urisOf(ctrlUrl, 'control'), ...urisOf(dataUrl, 'data')]);
  if (isUnpassable(relay)) throw wrongUrl(dataUrl, 0, 'the way through a hop is TCP only');
  return relay;
}
