/** Where the trace of a session goes, as URLs say it (R2.11, R3.1). */
import type { World } from '../../../src/port/world.ts';
import { type Destination, relayOf } from '../../../src/wire/control/destination.ts';
import { type LttngUri, parseUri, type UriUse } from '../../../src/wire/uri.ts';
import type { ControlError } from '../api/control-error.ts';
import { usageError } from '../errors.ts';
import { absolutePath } from '../paths.ts';

/** Where a URL leads: to a directory, or to a relay. */
export function placeOf(world: World, text: string): Destination {
  const uris = urisOf(text, 'both');
  const [first] = uris;
  return first?.destination === 'path'
    ? { output: absolutePath(world, first.path) }
    : relayOf(uris);
}

/** The parts of a URL; throws an error when it is wrong. */
export function urisOf(text: string, use: UriUse): readonly LttngUri[] {
  const parsed = parseUri(text, use);
  if (parsed.ok) return parsed.value;
  const { position, message } = parsed.error;
  const reason = message.replace(/^Character \d+: /, '').replace(/\.$/, '');
  throw wrongUrl(text, position, reason);
}

export function wrongUrl(text: string, position: number, reason: string): ControlError {
  return usageError(`The URL "${text}" is wrong at character ${position + 1}: ${reason}`);
}
