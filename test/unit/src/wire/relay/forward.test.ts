/** Requests to forward: what a peer may ask for. */
import { expect, it } from 'vitest';
import { ControlParser } from '../../../../../src/wire/relay/control-frames.ts';
import {
  decodeRequest,
  encodeRequest,
  type RelayRequest,
} from '../../../../../src/wire/relay/requests.ts';
import { HOPS_MAX } from '../../../../../src/wire/uri.ts';

const UUID = '00000000-0000-4000-8000-00000000000a';
const NEXT = { host: 'store', port: 5342, isIpv6Only: false };

function errorOf(request: RelayRequest): string {
  const [frame] = new ControlParser().push(encodeRequest(request, 13)).frames;
  if (frame === undefined) throw new Error('no frame');
  const decoded = decodeRequest(frame, 13);
  return decoded.ok ? '' : decoded.error;
}

const passing = (count: number): string[] => Array.from({ length: count }, () => UUID);

it('has at most the relays that a way may have', () => {
  const forward = (count: number): string =>
    errorOf({ type: 'forward', passed: passing(count), next: NEXT });
  expect(forward(HOPS_MAX - 1)).toBe('');
  expect(forward(HOPS_MAX)).toBe('forward: number of relays: is 8, more than 7');
  const arrive = (count: number): string => errorOf({ type: 'arrive', passed: passing(count) });
  expect(arrive(2 * HOPS_MAX)).toBe('');
  expect(arrive(2 * HOPS_MAX + 1)).toBe('arrive: number of relays: is 17, more than 16');
});

it.each([
  [{ ...NEXT, port: 0 }, 'forward: port: is 0, not 1 to 65535'],
  [{ ...NEXT, port: 65_536 }, 'forward: port: is 65536, not 1 to 65535'],
  [{ ...NEXT, host: '' }, 'forward: host: is neither a name nor an address'],
  [{ ...NEXT, host: 'a/b' }, 'forward: host: is neither a name nor an address'],
  [{ ...NEXT, host: '[fd00::2]' }, 'forward: host: is neither a name nor an address'],
  [{ ...NEXT, host: 'a'.repeat(256) }, 'forward: length of host: is 257, more than 256'],
])('names a host and a port: %j', (next, error) => {
  expect(errorOf({ type: 'forward', passed: [], next })).toBe(error);
});
