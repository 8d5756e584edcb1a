/** Hosts of addresses: what node's own parser calls an address is one, and names keep the rules and lengths of DNS. */
import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  HOST_LABEL_MAX,
  HOST_NAME_MAX,
  isHostName,
  isIpv4,
  isIpv6,
} from '../../../../src/base/host.ts';

const nearly = fc
  .array(
    fc.constantFrom(':', '::', '.', '1', '0', 'f', 'ffff', '255', '256', '10000', '127.0.0.1'),
    {
      maxLength: 16,
    },
  )
  .map((parts) => parts.join(''));

it('tells addresses as Node.js does, but for zones', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearly, fc.string()), (text) => {
      expect(isIpv4(text)).toBe(isIPv4(text));
      expect(isIpv6(text)).toBe(isIPv6(text) && !text.includes('%'));
    }),
    { numRuns: 2000 },
  );
});

it('takes every host name of a domain', () => {
  fc.assert(
    fc.property(fc.domain(), (name) => {
      expect(isHostName(name)).toBe(true);
    }),
  );
});

it.each(['relay', 'my_relay', 'a', '1a', 'xn--bcher-kva.example', '3com.example', '1.2.3.a'])(
  'takes %s',
  (name) => {
    expect(isHostName(name)).toBe(true);
  },
);

it.each([
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  '-a',
  'a-',
  'a b',
  'bücher',
  '1.2.3',
  '1.2.3.256',
  '7',
  'a@b',
])('refuses "%s"', (name) => {
  expect(isHostName(name)).toBe(false);
});

it('bounds a name and its parts', () => {
  const label = 'a'.repeat(HOST_LABEL_MAX);
  expect(isHostName(label)).toBe(true);
  expect(isHostName(`${label}a`)).toBe(false);
  const name = `${label}.${label}.${label}.${label}`.slice(0, HOST_NAME_MAX);
  expect(name).toHaveLength(HOST_NAME_MAX);
  expect(isHostName(name)).toBe(true);
  expect(isHostName(`${name}a`)).toBe(false);
});
