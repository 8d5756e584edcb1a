/**
 * Where the consumer of a session writes (R3.7): into files below a directory, or to a relay, as the texts of two URIs
 * (R3.1, R3.8).
 */
import * as v from 'valibot';
import { isHost, isIpv4, isIpv6 } from '../../base/host.ts';
import { path } from '../common.ts';
import {
  HOPS_MAX,
  type LttngUri,
  type NetworkUri,
  PORT_MAX,
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
export const relayDestination = v.pipe(
  v.strictObject({ control: uriOf('control'), data: uriOf('data') }),
  v.check((to) => !isUnpassable(to), 'datagrams pass no relay on the way'),
);
export interface RelayDestination {
  readonly control: string;
  readonly data: string;
}

export const destination = v.union([v.strictObject({ output: path }), relayDestination]);
export type Destination = v.InferOutput<typeof destination>;

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PORT_MAX));
/** Where a relay takes datagrams: a consumer looks up no names. */
export const datagramAddress = v.strictObject({
  host: v.pipe(
    v.string(),
    v.check((host) => isIpv4(host) || isIpv6(host), 'no address'),
  ),
  port,
});

const nextRelay = v.strictObject({
  host: v.pipe(v.string(), v.check(isHost, 'neither a name nor an address')),
  port,
  isIpv6Only: v.boolean(),
});
const nextRelays = v.pipe(v.array(nextRelay), v.maxLength(HOPS_MAX));
/** The rest of a way, for a consumer that gets the connections to its first relays. */
export const relayWay = v.strictObject({ control: nextRelays, data: nextRelays });
type Way = v.InferOutput<typeof relayWay>;

/** Packets as datagrams, which no relay forwards to the one behind it (R3.8, R3.10). */
export function isUnpassable(to: RelayDestination): boolean {
  const isUdp = wayOf(to, 'data').some(({ protocol }) => protocol.startsWith('udp'));
  return isUdp && wayOf(to, 'control').length > 1;
}

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

/** The relays after those that the streams are connected to. */
export function restOf(to: RelayDestination): Way {
  const after = (stream: keyof Way): Way[typeof stream] =>
    wayOf(to, stream)
      .slice(1)
      .map(({ host, port, protocol }) => ({ host, port, isIpv6Only: protocol.endsWith('6') }));
  return { control: after('control'), data: after('data') };
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
