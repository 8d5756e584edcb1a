/** Where a session's consumer writes: a directory, or the URIs of a relay (R3.1, R3.2, R3.8). */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { HOST_NAME_MAX } from '../../../../../src/base/host.ts';
import {
  datagramAddress,
  destination,
  destinationText,
  isRelay,
  relayOf,
  relayWay,
  restOf,
  wayOf,
} from '../../../../../src/wire/control/destination.ts';
import { HOPS_MAX, parseUri, type UriUse } from '../../../../../src/wire/uri.ts';
import { must } from '../../../../support/ring/memory.ts';

const relayIn = (text: string, use: UriUse = 'both') => relayOf(must(parseUri(text, use)));

describe('a destination', () => {
  it('is a directory or a relay', () => {
    const relay = { control: 'tcp://a', data: 'tcp://b' };
    expect(v.is(destination, { output: '/home/alice/trace' })).toBe(true);
    expect(v.is(destination, relay)).toBe(true);
    expect(v.is(destination, { control: 'tcp://a', data: 'udp6://b' })).toBe(true);
    expect(isRelay(relay)).toBe(true);
    expect(isRelay({ output: '/t' })).toBe(false);
  });

  it.each([
    { output: 'trace' },
    { control: 'tcp://a' },
    { control: 'udp://a', data: 'tcp://a' },
    { control: 'tcp://a', data: '/t' },
    { control: 'tcp://h,tcp://a', data: 'udp://a' },
    { control: 'tcp://a', data: 'tcp://h,udp://a' },
    { control: 'net://a', data: 'tcp://a' },
    { control: 'tcp://a', data: 'tcp://a', output: '/t' },
    { control: `tcp://a/${'x'.repeat(9000)}`, data: 'tcp://a' },
  ])('is not %j', (value) => {
    expect(v.is(destination, value)).toBe(false);
  });
});

it('splits a URI into those of control and data, with its hops (R3.8)', () => {
  expect(relayIn('net://a:1:2/sub')).toEqual({ control: 'tcp://a:1/sub', data: 'tcp://a:2/sub' });
  expect(relayIn('net6://[::1],net://b')).toEqual({
    control: 'tcp6://[::1]:5342,tcp://b:5342',
    data: 'tcp6://[::1]:5343,tcp://b:5343',
  });
});

it.each(['net://a:5342:5343', 'net6://[::1]:1:2/sub', 'net://hop:1:2,net://b:3:4/sub'])(
  'shows %s as it was given',
  (text) => {
    expect(destinationText(relayIn(text))).toBe(text);
  },
);

it('shows both URIs when the streams go to different places', () => {
  expect(destinationText({ control: 'tcp://a:1', data: 'tcp://b:2' })).toBe(
    'tcp://a:1 (control), tcp://b:2 (data)',
  );
  expect(destinationText({ control: 'tcp://h:1,tcp://a:1', data: 'tcp://a:2' })).toBe(
    'tcp://h:1,tcp://a:1 (control), tcp://a:2 (data)',
  );
  expect(destinationText({ control: 'tcp://a:1', data: 'udp://a:2' })).toBe(
    'tcp://a:1 (control), udp://a:2 (data)',
  );
  expect(destinationText({ output: '/t' })).toBe('/t');
});

it('knows the way of each stream', () => {
  const relay = { control: 'tcp://h:1,tcp://a:1', data: 'tcp://b:2' };
  expect(wayOf(relay, 'control').map(({ host }) => host)).toEqual(['h', 'a']);
  expect(wayOf(relay, 'data').map(({ host }) => host)).toEqual(['b']);
});

it.each([
  [true, { host: '10.0.0.1', port: 5343 }],
  [true, { host: 'fd00::1', port: 1 }],
  [false, { host: 'relay', port: 5343 }],
  [false, { host: '[fd00::1]', port: 5343 }],
  [false, { host: '10.0.0.1', port: 0 }],
  [false, { host: '10.0.0.1' }],
])('says %s of %j as an address for datagrams', (expected, value) => {
  expect(v.is(datagramAddress, value)).toBe(expected);
});

describe('the rest of a way', () => {
  const next = { host: 'b', port: 2, isIpv6Only: false };

  it('has the relays after the first ones', () => {
    const relay = { control: 'tcp://a:1,tcp://b:2,tcp6://[::1]:3/sub', data: 'tcp://[::1]:4/sub' };
    expect(restOf(relay)).toEqual({
      control: [next, { host: '::1', port: 3, isIpv6Only: true }],
      data: [],
    });
  });

  it('of every destination fits its message', () => {
    const label = 'x'.repeat(60);
    for (const hops of [0, 1, HOPS_MAX]) {
      const hosts = Array.from({ length: hops + 1 }, (_, at) => `net6://${label}.${label}.h${at}`);
      const rest = restOf(relayIn(hosts.join(',')));
      expect(rest.control).toHaveLength(hops);
      expect(v.is(relayWay, rest)).toBe(true);
    }
  });

  it.each([
    [{ ...next, host: '' }],
    [{ ...next, host: 'a b' }],
    [{ ...next, host: '[::1]' }],
    [{ ...next, host: `${'x.'.repeat(HOST_NAME_MAX / 2)}x` + 'y' }],
    [{ ...next, port: 0 }],
    [{ ...next, port: 65_536 }],
    [{ ...next, port: 1.5 }],
    [{ host: 'b', port: 2 }],
    Array.from({ length: HOPS_MAX + 1 }, () => next),
  ])('is not %j', (...hops) => {
    expect(v.is(relayWay, { control: hops, data: [] })).toBe(false);
    expect(v.is(relayWay, { control: [], data: hops })).toBe(false);
    expect(v.is(relayWay, { control: [next], data: [next] })).toBe(true);
  });
});
