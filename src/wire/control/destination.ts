/**
 * Where the consumer of a session writes (R3.7): into files below a directory, or to a relay, as the texts of two URIs
 * (R3.1, R3.8).
 */
import * as v from 'valibot';
import { path } from '../common.ts';
import {
  type LttngUri,
  type NetworkUri,
  parseUri,
  printUri,
  URI_CHARACTERS_MAX,
  type UriUse,
} from '../uri.ts';

const uriOf = (use: UriUse) =>
  v.pipe(
    v.string(),
    v.maxLength(URI_CHARACTERS_MAX),
    v.check((text) => parseUri(text, use).ok, `not a URI of a ${use} stream`),
  );

/** Control and data may have different addresses (R3.2). */
export const relayDestination = v.strictObject({
  control: uriOf('control'),
  data: uriOf('data'),
});
export type RelayDestination = v.InferOutput<typeof relayDestination>;

export const destination = v.union([v.strictObject({ output: path }), relayDestination]);
export type Destination = v.InferOutput<typeof destination>;

export function isRelay(to: Destination): to is RelayDestination {
  return 'control' in to;
}

/** What {@link parseUri} made of a URI for control and data, or of one for each. */
export function relayOf(uris: readonly LttngUri[]): RelayDestination {
  const textOf = (stream: NetworkUri['stream']): string =>
    printUri(uris.filter((uri) => uri.destination !== 'path' && uri.stream === stream));
  return { control: textOf('control'), data: textOf('data') };
}

/** The places on the way of one stream: hops, then the destination. */
export function wayOf(to: RelayDestination, stream: 'control' | 'data'): readonly NetworkUri[] {
  const parsed = parseUri(to[stream], stream);
  return parsed.ok
    ? parsed.value.flatMap((uri) => (uri.destination === 'path' ? [] : uri))
    : /* The schema has checked it. */ [];
}

/** For people: `net://relay:5342:5343` when both streams have the same way. */
export function destinationText(to: Destination): string {
  if (!isRelay(to)) return to.output;
  const [control, data] = [wayOf(to, 'control'), wayOf(to, 'data')];
  const isOne =
    control.length === data.length &&
    control.every((uri, index) => {
      const other = data[index];
      return (
        uri.host === other?.host &&
        uri.protocol === other.protocol &&
        uri.subdirectory === other.subdirectory
      );
    });
  if (!isOne) return `${to.control} (control), ${to.data} (data)`;
  return printUri(control.flatMap((uri, index) => [uri, ...data.slice(index, index + 1)]));
}
