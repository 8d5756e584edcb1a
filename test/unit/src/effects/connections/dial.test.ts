/** Connecting by name: every address in order, each for a limited time, a limited number of them. */
import { expect, it } from 'vitest';
import {
  DIAL_MS_MAX,
  DIALLED_ADDRESSES_MAX,
  dial,
} from '../../../../../src/effects/connections/dial.ts';
import { Hosts, LISTENER, PORT } from '../../../../support/simulated/hosts.ts';

/** What comes of dialling a host of these addresses within the time. */
function dialled(
  addresses: readonly string[],
  forMs: number,
  { isIpv6Only = false, isCut = false } = {},
): string {
  const hosts = new Hosts(1);
  hosts.network.names.set('store', addresses);
  if (isCut) hosts.network.partition('alpha', 'beta');
  let outcome = 'none yet';
  dial(hosts.here, { host: 'store', port: PORT, isIpv6Only }, (made) => {
    outcome = made.ok ? `connected to ${made.value.remote.host}` : made.error.code;
  });
  hosts.pass(forMs);
  return outcome;
}

const CLOSED = '10.0.0.1';

it('tries the addresses in their order', () => {
  expect(dialled([CLOSED, LISTENER.host], 1000)).toBe('connected to 10.0.0.2');
  expect(dialled([CLOSED], 1000)).toBe('ECONNREFUSED');
  expect(dialled([LISTENER.host], 1000, { isIpv6Only: true })).toBe('ENOTFOUND');
  expect(dialled([], 1000)).toBe('ENOTFOUND');
});

it('gives up an address that does not answer', () => {
  expect(dialled([LISTENER.host], DIAL_MS_MAX - 100, { isCut: true })).toBe('none yet');
  expect(dialled([LISTENER.host], DIAL_MS_MAX + 100, { isCut: true })).toBe('ETIMEDOUT');
});

it('tries a limited number of addresses', () => {
  const closed = (count: number): string[] => Array.from({ length: count }, () => CLOSED);
  const within = [...closed(DIALLED_ADDRESSES_MAX - 1), LISTENER.host];
  expect(dialled(within, 5000)).toBe('connected to 10.0.0.2');
  expect(dialled([CLOSED, ...within], 5000)).toBe('ECONNREFUSED');
});

it('can be given up', () => {
  const hosts = new Hosts(2);
  const outcomes: boolean[] = [];
  const relay = { host: LISTENER.host, port: PORT, isIpv6Only: false };
  dial(hosts.here, relay, ({ ok }) => void outcomes.push(ok)).cancel();
  hosts.pass(DIAL_MS_MAX + 1000);
  expect(outcomes).toEqual([]);
});
