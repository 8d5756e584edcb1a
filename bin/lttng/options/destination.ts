/** Options that say where a session's trace goes: URIs, as LTTng's commands take them (R2.11, R3.1). */
import type { World } from '../../../src/port/world.ts';
import { type Destination, isUnpassable, relayOf } from '../../../src/wire/control/destination.ts';
import { type LttngUri, parseUri, type UriUse } from '../../../src/wire/uri.ts';
import { type CliFailure, usageFailure } from '../failure.ts';
import { type OptionsOf, option } from '../table/declare.ts';
import { absolutePath } from './paths.ts';

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
    return setUrl === undefined ? undefined : placeOf(world, setUrl);
  }
  if (setUrl !== undefined) throw usageFailure('Use one URL, or -C and -D, not both');
  if (ctrlUrl === undefined || dataUrl === undefined) {
    throw usageFailure('-C and -D belong together: control and data each need an address');
  }
  const relay = relayOf([...urisOf(ctrlUrl, 'control'), ...urisOf(dataUrl, 'data')]);
  if (isUnpassable(relay)) throw wrong(dataUrl, 0, 'the way through a hop is TCP only');
  return relay;
}

function placeOf(world: World, text: string): Destination {
  const uris = urisOf(text, 'both');
  const [first] = uris;
  return first?.destination === 'path'
    ? { output: absolutePath(world, first.path) }
    : relayOf(uris);
}

function urisOf(text: string, use: UriUse): readonly LttngUri[] {
  const parsed = parseUri(text, use);
  if (parsed.ok) return parsed.value;
  const { position, message } = parsed.error;
  const reason = message.replace(/^Character \d+: /, '').replace(/\.$/, '');
  throw wrong(text, position, reason);
}

function wrong(text: string, position: number, reason: string): CliFailure {
  return usageFailure(`The URL "${text}" is wrong at character ${position + 1}: ${reason}`);
}
