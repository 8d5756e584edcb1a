/** The context of a relay link, its invariants, and its sentences. */

import { assert } from '../../../src/base/assert.ts';
import { isIpv4, isIpv6 } from '../../../src/base/host.ts';
import type { TcpAddress } from '../../../src/port/network.ts';
import type { OsError } from '../../../src/port/os-error.ts';
import type { NetworkUri } from '../../../src/wire/uri.ts';
import { ADDRESSES_TRIED_MAX } from '../limits.ts';
import type { LinkFailure, RelayLinkInput } from '../messages.ts';
import { failureOf } from '../reply.ts';

export interface RelayLinkContext extends RelayLinkInput {
  /** The connection that is made now: control first. */
  readonly stream: 'control' | 'data';
  /** Not tried yet; the first one is tried now. Invariant: at most ADDRESSES_TRIED_MAX. */
  readonly addresses: readonly string[];
  /** What became of the addresses that were tried. Invariant: at most ADDRESSES_TRIED_MAX. */
  readonly tried: readonly string[];
  /** What took the control connection. */
  readonly reached: string | undefined;
  /** Where the relay takes datagrams. Invariant: there is no data connection then. */
  readonly datagramsTo: TcpAddress | undefined;
  /** The consumer knows of the link. */
  readonly isInvited: boolean;
  /** Invariant: the first one stays. */
  readonly failure: LinkFailure | undefined;
}

export function initialContext(input: RelayLinkInput): RelayLinkContext {
  return {
    stream: 'control',
    addresses: [],
    tried: [],
    reached: undefined,
    datagramsTo: undefined,
    isInvited: false,
    failure: undefined,
    ...input,
  };
}

export function checkRelayLink(after: RelayLinkContext, before: RelayLinkContext): void {
  assert(
    after.addresses.length + after.tried.length <= ADDRESSES_TRIED_MAX,
    'inv:relay-link.addresses:bounded',
  );
  assert(
    before.failure === undefined || after.failure === before.failure,
    'inv:relay-link.failure:first-stays',
  );
  assert(
    after.datagramsTo === undefined || hasDatagrams(after),
    'inv:relay-link.datagramsTo:no-data-connection',
  );
  assert(after.stream === 'data' || before.stream === 'control', 'inv:relay-link.stream:in-order');
}

/** Where the connection leads that is made now. */
export function targetOf({ stream, control, data }: RelayLinkContext): NetworkUri {
  return stream === 'control' ? control : data;
}

/** Packets go as datagrams (R3.10). */
export function hasDatagrams({ data }: RelayLinkContext): boolean {
  return data.protocol.startsWith('udp');
}

/**
 * Where datagrams go, when control is connected. No address can be tried, because UDP has no connections. So it is the
 * address that took the control connection, if control and data have one host; else the first one of the same family,
 * which works between these hosts; else the first one. Undefined: `found` has none that can be used.
 */
export function datagramAddress(
  context: RelayLinkContext,
  found: readonly string[],
): TcpAddress | undefined {
  const { control, data, reached } = context;
  if (reached === undefined || !hasDatagrams(context)) return undefined;
  const addresses = usable(data, data.host === control.host ? [reached, ...found] : found);
  const host = addresses.find((each) => isIpv6(each) === isIpv6(reached)) ?? addresses[0];
  return host === undefined ? undefined : { host, port: data.port };
}

/** The addresses to try, in the order of the resolver; with a protocol of IPv6 no others. */
export function usable({ protocol }: NetworkUri, addresses: readonly string[]): readonly string[] {
  const fits = protocol.endsWith('6') ? isIpv6 : (text: string) => isIpv6(text) || isIpv4(text);
  return addresses.filter(fits).slice(0, ADDRESSES_TRIED_MAX);
}

export function unknownHost(
  context: RelayLinkContext,
  code: OsError['code'] | 'slow',
): LinkFailure {
  const { host } = targetOf(context);
  const reason =
    code === 'ENOTFOUND'
      ? `There is no host "${host}"`
      : `The addresses of host "${host}" cannot be found (${code === 'slow' ? 'no answer' : code})`;
  return failureOf('HOST_UNKNOWN', reason);
}

export function unreachable(context: RelayLinkContext): LinkFailure {
  const { stream, tried } = context;
  const { host, port } = targetOf(context);
  const why = tried.length === 0 ? 'no answer' : tried.join(', ');
  return failureOf(
    'RELAY_UNREACHABLE',
    `Cannot connect to the relay at ${host}, ${stream} port ${port}: ${why}`,
  );
}
