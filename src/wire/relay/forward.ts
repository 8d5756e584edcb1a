/**
 * FORWARD and ARRIVE: an extension by which packets pass relays on their way to the last one (R3.8). A peer asks the
 * relay at the end of its way so far to connect to the next one. After the reply this relay hands all bytes on between
 * the peer and the next relay. Control connections and data connections are forwarded in the same way.
 *
 * Each relay replies with its UUID. The peer tells each relay the UUIDs of those before it. A relay that finds its own
 * among them refuses, whatever names and addresses lead to it.
 */
import { isHost } from '../../base/host.ts';
import { UUID_BYTES } from '../../base/uuid.ts';
import type { ByteReader, ByteWriter, Layout } from '../lttng/bytes.ts';
import { HOPS_MAX, PORT_MAX } from '../uri.ts';
import { RELAY_HOST_NAME_BYTES_MAX, RELAY_PATH_BYTES_MAX } from './limits.ts';

/** Where a relay is. */
export interface RelayAddress {
  /** A numeric address without brackets, or a name: who connects to the relay looks it up. */
  readonly host: string;
  readonly port: number;
  /** Only IPv6 addresses of the name count. */
  readonly isIpv6Only: boolean;
}

/** The relays after those that control and data are connected to; the last ones are one and the same. */
export interface RelayWay {
  readonly control: readonly RelayAddress[];
  readonly data: readonly RelayAddress[];
}

export interface ForwardRequest {
  readonly type: 'forward';
  /** The relays before this one, by their UUIDs, at most HOPS_MAX - 1. */
  readonly passed: readonly string[];
  readonly next: RelayAddress;
}

/** To the last relay of a way with hops. */
export interface ArriveRequest {
  readonly type: 'arrive';
  /** The relays before this one on the ways of control and data, at most 2 * HOPS_MAX. */
  readonly passed: readonly string[];
}

export interface WayReply {
  readonly code: number;
  /** The UUID of the relay that answers. */
  readonly relay: string;
  /** Why it refuses: one sentence without its full stop; empty when it does not. */
  readonly reason: string;
}

export const forwardRequest: Layout<ForwardRequest> = {
  write: (into, { passed, next: { host, port, isIpv6Only } }) => {
    writePassed(into, passed);
    into
      .u32(port)
      .u8(isIpv6Only ? 1 : 0)
      .textLength(host)
      .text(host);
  },
  read: (from) => {
    const passed = readPassed(from, HOPS_MAX - 1);
    const port = from.u32('port');
    if (port === 0 || port > PORT_MAX) from.refuse('port', `is ${port}, not 1 to ${PORT_MAX}`);
    const isIpv6Only = from.flag('IPv6 only');
    const host = from.text('host', from.textLength('host', RELAY_HOST_NAME_BYTES_MAX));
    if (!isHost(host)) from.refuse('host', 'is neither a name nor an address');
    return { type: 'forward', passed, next: { host, port, isIpv6Only } };
  },
};

export const arriveRequest: Layout<ArriveRequest> = {
  write: (into, { passed }) => writePassed(into, passed),
  read: (from) => ({ type: 'arrive', passed: readPassed(from, 2 * HOPS_MAX) }),
};

export const wayReply: Layout<WayReply> = {
  write: (into, { code, relay, reason }) =>
    into.u32(code).uuid(relay).textLength(reason).text(reason),
  read: (from) => ({
    code: from.u32('return code'),
    relay: from.uuid('UUID of the relay'),
    reason: from.text('reason', from.textLength('reason', RELAY_PATH_BYTES_MAX)),
  }),
};

function writePassed(into: ByteWriter, passed: readonly string[]): void {
  into.u32(passed.length);
  for (const relay of passed) into.uuid(relay);
}

function readPassed(from: ByteReader, max: number): string[] {
  const count = from.u32('number of relays');
  if (count > max) from.refuse('number of relays', `is ${count}, more than ${max}`);
  if (count * UUID_BYTES > from.remaining) {
    from.refuse('number of relays', `is ${count}, which does not fit the length`);
  }
  if (from.trouble !== undefined) return [];
  return Array.from({ length: count }, () => from.uuid('UUID of a relay'));
}
