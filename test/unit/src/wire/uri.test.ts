/** URIs of R3.1, R3.2 and R3.8: examples, round trips, positions of errors, and bounds at and past them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATH_CHARACTERS_MAX } from '../../../../src/wire/limits.ts';
import {
  COMPONENT_BYTES_MAX,
  DEFAULT_PORTS,
  HOPS_MAX,
  type LttngUri,
  type NetworkUri,
  parseUri,
  printUri,
  SUBDIRECTORY_CHARACTERS_MAX,
  URI_CHARACTERS_MAX,
  type UriUse,
} from '../../../../src/wire/uri.ts';

const USES: readonly UriUse[] = ['both', 'control', 'data', 'live'];

function parsed(text: string, use: UriUse = 'both'): readonly LttngUri[] {
  const outcome = parseUri(text, use);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

/** The message of the refusal. */
function refusal(text: string, use: UriUse = 'both'): string {
  const outcome = parseUri(text, use);
  if (outcome.ok) throw new Error(`${text} was parsed`);
  expect(outcome.error.position).toBeLessThanOrEqual(text.length);
  return outcome.error.message;
}

const HOST: NetworkUri = {
  destination: 'host',
  kind: 'destination',
  stream: 'control',
  protocol: 'tcp',
  host: 'relay',
  port: 5342,
  subdirectory: '',
};

it('has the default ports of the relay daemon', () => {
  expect(DEFAULT_PORTS).toEqual({ control: 5342, data: 5343, live: 5344 });
  expect(parsed('net://relay')).toEqual([HOST, { ...HOST, stream: 'data', port: 5343 }]);
  expect(parsed('tcp://relay', 'data')).toEqual([{ ...HOST, stream: 'data', port: 5343 }]);
  expect(parsed('net://relay/host/web/s', 'live')).toEqual([
    { ...HOST, stream: 'live', port: 5344, subdirectory: 'host/web/s' },
  ]);
});

it('means TCP for both by net://', () => {
  expect(parsed('net://10.0.0.1:1:2/a/b/')).toEqual([
    { ...HOST, destination: 'ipv4', host: '10.0.0.1', port: 1, subdirectory: 'a/b' },
    {
      ...HOST,
      destination: 'ipv4',
      host: '10.0.0.1',
      stream: 'data',
      port: 2,
      subdirectory: 'a/b',
    },
  ]);
  expect(parsed('NET6://[::1]:7')).toEqual([
    { ...HOST, protocol: 'tcp6', destination: 'ipv6', host: '::1', port: 7 },
    { ...HOST, protocol: 'tcp6', destination: 'ipv6', host: '::1', stream: 'data', port: 5343 },
  ]);
});

it('parses hops before the destination', () => {
  expect(parsed('tcp6://a:9,tcp://[fe80::1],tcp://b:65535/x', 'data')).toEqual([
    { ...HOST, kind: 'hop', stream: 'data', protocol: 'tcp6', host: 'a', port: 9 },
    { ...HOST, kind: 'hop', stream: 'data', destination: 'ipv6', host: 'fe80::1', port: 5343 },
    { ...HOST, stream: 'data', host: 'b', port: 65_535, subdirectory: 'x' },
  ]);
  expect(parsed('net://a,net://b').map(({ kind }) => kind)).toEqual([
    'hop',
    'hop',
    'destination',
    'destination',
  ]);
});

it.each([
  ['file:///tmp/a,b', '/tmp/a,b'],
  ['/tmp/trace', '/tmp/trace'],
  ['traces/net://a', 'traces/net://a'],
  ['http://a', 'http://a'],
  ['relay:5342', 'relay:5342'],
])('takes %s as a path', (text, path) => {
  expect(parsed(text)).toEqual([{ destination: 'path', kind: 'destination', path }]);
});

describe('refuses with the position', () => {
  it.each<[string, UriUse, string]>([
    ['', 'both', 'Character 1: a path is missing.'],
    ['file://', 'both', 'Character 8: a path is missing.'],
    ['file://a', 'both', 'Character 8: file:// needs an absolute path.'],
    ['/a\0b', 'both', 'Character 3: a path has no NUL character.'],
    ['/a', 'data', 'Character 1: the data stream needs an address of the network.'],
    ['net://', 'both', 'Character 7: a host is missing.'],
    ['net:///a', 'both', 'Character 7: a host is missing.'],
    ['net://::1', 'both', 'Character 7: a host is missing.'],
    ['net://fe80::1', 'both', 'Character 7: an IPv6 address stands in brackets.'],
    ['net://[::1', 'both', 'Character 11: a bracket "]" is missing.'],
    ['net://[::g]', 'both', 'Character 8: in brackets stands an IPv6 address.'],
    ['net://[fe80::1%lo]', 'both', 'Character 8: in brackets stands an IPv6 address.'],
    ['net://[::1]5', 'both', 'Character 12: after the host comes ":" or "/".'],
    ['net6://127.0.0.1', 'both', 'Character 8: net6:// needs an IPv6 address or a name.'],
    ['net://a:', 'both', 'Character 9: the control port is a number from 1 to 65535.'],
    ['net://r::2', 'both', 'Character 9: the control port is a number from 1 to 65535.'],
    ['net://a:1:0', 'both', 'Character 11: the data port is a number from 1 to 65535.'],
    ['net://a:65536', 'both', 'Character 9: the control port is a number from 1 to 65535.'],
    ['net://a:1:2:3', 'both', 'Character 12: there is a port too many.'],
    ['tcp://a:1:2', 'data', 'Character 10: there is a port too many.'],
    ['net://a/b//c', 'both', 'Character 11: a name is missing between two slashes.'],
    ['net://a/../b', 'both', 'Character 9: a sub-directory has no part "..".'],
    ['net://a/b/.', 'both', 'Character 11: a sub-directory has no part ".".'],
    ['net://a/b\n', 'both', 'Character 9: a sub-directory has no control characters.'],
    ['net://a/b,net://c', 'both', 'Character 8: a hop has no sub-directory.'],
    ['net://a,/tmp', 'both', 'Character 9: after a comma comes an address of the network.'],
    ['net://a,', 'both', 'Character 9: after a comma comes an address of the network.'],
    [
      'udp://a:1',
      'control',
      'Character 1: the control stream is TCP only; udp:// is for the data stream.',
    ],
    [
      'net://a,udp://b',
      'both',
      'Character 9: the control stream is TCP only; udp:// is for the data stream.',
    ],
    ['tcp://a,udp://b', 'data', 'Character 9: the way through a hop is TCP only.'],
    ['udp6://a,tcp://b', 'data', 'Character 1: the way through a hop is TCP only.'],
    ['udp6://a', 'live', 'Character 1: a viewer reads over TCP only.'],
    ['tcp://a:1', 'both', 'Character 1: tcp:// is for one stream; net:// is for control and data.'],
    [
      'net://a',
      'control',
      'Character 1: net:// is for control and data; tcp:// is for the control stream.',
    ],
  ])('%j for %s', (text, use, message) => {
    expect(refusal(text, use)).toBe(message);
  });
});

const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.constantFrom('relay', 'a_b', '[::]', '[::ffff:1.2.3.4]'),
);
const port = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 65_535 }).map((n) => `:${n}`),
);
const subdirectory = fc
  .array(fc.stringMatching(/^[^/,\p{Cc}.]{1,20}$/u), { maxLength: 4 })
  .map((names) => names.map((name) => `/${name}`).join(''));
const use = fc.constantFrom(...USES);
const address = fc
  .tuple(fc.constantFrom('net', 'net6', 'tcp', 'tcp6', 'udp', 'udp6'), host, port, port)
  .map((parts) => [parts[0], '://', ...parts.slice(1)].join(''));
const text = fc.oneof(
  fc
    .tuple(fc.array(address, { maxLength: 3 }), address, subdirectory)
    .map(([hops, last, end]) => [...hops, last + end].join(',')),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'net://',
          'tcp6://',
          'udp://',
          'file://',
          '[',
          ']',
          ':',
          '/',
          ',',
          '..',
          '1',
        ),
        fc.string(),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

it('gives a value or an error for any text, with a position inside it', () => {
  fc.assert(
    fc.property(text, use, (any, given) => {
      const outcome = parseUri(any, given);
      const isProper = outcome.ok
        ? outcome.value.length > 0
        : outcome.error.position >= 0 &&
          outcome.error.position <= any.length &&
          /^Character \d+: [^.].*\.$/.test(outcome.error.message);
      expect(isProper).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

it('prints what it parsed', () => {
  fc.assert(
    fc.property(text, use, (any, given) => {
      const outcome = parseUri(any, given);
      fc.pre(outcome.ok);
      expect(parseUri(printUri(outcome.value), given)).toEqual(outcome);
    }),
    { numRuns: 3000 },
  );
});

it('bounds the text, its path, its hops and its sub-directory', () => {
  const path = `/${'a'.repeat(PATH_CHARACTERS_MAX - 1)}`;
  expect(parsed(path)).toHaveLength(1);
  expect(refusal(`${path}a`)).toContain(`at most ${PATH_CHARACTERS_MAX}`);
  expect(refusal('a'.repeat(URI_CHARACTERS_MAX))).toContain(`at most ${PATH_CHARACTERS_MAX}`);
  expect(refusal('a'.repeat(URI_CHARACTERS_MAX + 1))).toContain(`more than ${URI_CHARACTERS_MAX}`);
  const hops = 'tcp://a,'.repeat(HOPS_MAX);
  expect(parsed(`${hops}tcp://b`, 'data')).toHaveLength(HOPS_MAX + 1);
  expect(refusal(`${hops}tcp://a,tcp://b`, 'data')).toContain(`more than ${HOPS_MAX} hops`);
  const names = 'ab/'.repeat(SUBDIRECTORY_CHARACTERS_MAX).slice(0, SUBDIRECTORY_CHARACTERS_MAX);
  expect(parsed(`tcp://a/${names}`, 'data')).toHaveLength(1);
  expect(refusal(`tcp://a/${names}c`, 'data')).toContain(`at most ${SUBDIRECTORY_CHARACTERS_MAX}`);
  const name = `${'a'.repeat(COMPONENT_BYTES_MAX - 2)}é`;
  expect(parsed(`tcp://a/${name}`, 'data')).toHaveLength(1);
  expect(refusal(`tcp://a/${name}a`, 'data')).toContain(`at most ${COMPONENT_BYTES_MAX} bytes`);
});
