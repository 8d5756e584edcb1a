/** The schemas of what a run with several hosts has more: their places, relays, senders, faults of the network. */

import * as v from 'valibot';
import { LIVE_MEMORY_BYTES_MAX } from '../../src/relay/limits.ts';
import {
  channelSettings,
  counter,
  list,
  liveTimer,
  path,
  sessionName,
} from '../../src/wire/common.ts';
import { HOPS_MAX } from '../../src/wire/uri.ts';
import { familyOf } from '../machine/net/addresses.ts';
import {
  ALL_LOST,
  type LossyLink,
  type NetworkFault,
  type NetworkFaultScript,
} from './network-fault.ts';
import type { HostPlace } from './scenario.ts';
import { at, forMs, MS_MAX, signed, upTo } from './time-schema.ts';
import { emission } from './workload-schema.ts';

export const HOSTS_MAX = 8;
const ADDRESSES_MAX = 4;
const BYTES_PER_SECOND_MAX = 1_000_000_000;

export const hostName = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,62}$/, 'a host name'));
const between = { at, forMs, from: hostName, to: hostName };
const connection = { at, host: hostName, connection: counter };

export const hostPlace: v.GenericSchema<unknown, HostPlace> = v.strictObject({
  name: hostName,
  addresses: v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.check((text) => familyOf(text) !== undefined, 'a numeric address'),
      ),
    ),
    v.minLength(1),
    v.maxLength(ADDRESSES_MAX),
  ),
});

export const relaySettings = v.strictObject({
  output: path,
  grouping: v.picklist(['host', 'session']),
  forwardTo: v.exactOptional(list(hostName)),
  liveMemoryBytes: v.exactOptional(upTo(LIVE_MEMORY_BYTES_MAX)),
});

export const senderSettings = v.strictObject({
  relay: hostName,
  way: v.exactOptional(v.pipe(list(hostName), v.maxLength(HOPS_MAX))),
  session: sessionName,
  channel: channelSettings,
  workload: v.strictObject({ steps: list(emission) }),
});

export const viewSettings = v.strictObject({
  relay: hostName,
  session: sessionName,
  seek: v.picklist(['beginning', 'last']),
  liveTimerUs: liveTimer,
  untilMs: upTo(MS_MAX),
});

const networkFault: v.GenericSchema<unknown, NetworkFault> = v.variant('kind', [
  v.strictObject({ kind: v.literal('one-way-partition'), ...between }),
  v.strictObject({ kind: v.literal('partition'), ...between }),
  v.strictObject({
    kind: v.literal('slow-link'),
    ...between,
    delayMs: upTo(MS_MAX),
    bytesPerSecond: v.pipe(upTo(BYTES_PER_SECOND_MAX), v.minValue(1)),
  }),
  v.strictObject({ kind: v.literal('tcp-reset'), ...connection }),
  v.strictObject({ kind: v.literal('tcp-slow-reader'), ...connection, forMs }),
  v.strictObject({ kind: v.literal('names-late'), at, forMs, byMs: upTo(MS_MAX) }),
  v.strictObject({ kind: v.literal('names-silent'), at, forMs }),
  v.strictObject({
    kind: v.literal('clock-skew'),
    at,
    host: hostName,
    byMs: signed(MS_MAX),
  }),
  v.strictObject({ kind: v.literal('relay-killed'), at, forMs, host: hostName }),
  v.strictObject({ kind: v.literal('relay-vanished'), at, forMs, host: hostName }),
  v.strictObject({ kind: v.literal('relay-paused'), at, forMs, host: hostName }),
]);

export const networkFaultScript: v.GenericSchema<unknown, NetworkFaultScript> = list(networkFault);

export const lossyLinks: v.GenericSchema<unknown, readonly LossyLink[]> = list(
  v.strictObject({
    ...between,
    lost: upTo(ALL_LOST),
    twice: upTo(ALL_LOST),
    overtaken: upTo(ALL_LOST),
  }),
);
