/** Which connections a relay forwards: its own destinations, no loops, and no more than its bounds. */
import { expect, it } from 'vitest';
import { Forwarding } from '../../../../src/relay/forwarding.ts';
import { TUNNELS_MAX, TUNNELS_PER_HOST_MAX } from '../../../../src/relay/limits.ts';

const RELAY = '00000000-0000-4000-8000-00000000000a';
const OTHER = '00000000-0000-4000-8000-00000000000b';
const TO_STORE = [{ host: 'store', ports: [5342] }];

const asking = (host: string, passed: readonly string[] = []) =>
  ({ type: 'forward', passed, next: { host, port: 5342, isIpv6Only: false } }) as const;

function errorOf(outcome: ReturnType<Forwarding['admit']>): string {
  return outcome.ok ? '' : outcome.error;
}

it('forwards to its destinations alone, and to none without options', () => {
  const forwarding = new Forwarding(RELAY, TO_STORE);
  expect(errorOf(forwarding.admit(asking('store', [OTHER]), 'a'))).toBe('');
  expect(errorOf(forwarding.admit(asking('shop'), 'a'))).toBe('it does not forward to shop 5342');
  expect(errorOf(new Forwarding(RELAY, []).admit(asking('store'), 'a'))).toBe(
    'it forwards nothing',
  );
});

it('refuses a way that it is on, also as its end', () => {
  const forwarding = new Forwarding(RELAY, TO_STORE);
  const loop = 'the way passes this relay twice';
  expect(errorOf(forwarding.admit(asking('store', [OTHER, RELAY]), 'a'))).toBe(loop);
  expect(forwarding.loopOf([RELAY])).toBe(loop);
  expect(forwarding.loopOf([OTHER])).toBeUndefined();
});

it('forwards as many connections of an address, and in all, as its bounds allow', () => {
  const forwarding = new Forwarding(RELAY, TO_STORE);
  const open = (host: string): ReturnType<Forwarding['admit']> =>
    forwarding.admit(asking('store'), host);
  const [first, ...others] = Array.from({ length: TUNNELS_PER_HOST_MAX }, () => open('a'));
  expect([first, ...others].every((outcome) => outcome?.ok)).toBe(true);
  const full = `it forwards ${TUNNELS_PER_HOST_MAX} connections of this address already`;
  expect(errorOf(open('a'))).toBe(full);
  if (first?.ok === true) first.value();
  expect(open('a').ok).toBe(true);
  expect(errorOf(open('a'))).toBe(full);
  for (let count = TUNNELS_PER_HOST_MAX; count < TUNNELS_MAX; count++) {
    expect(open(`host ${count % 8}`).ok).toBe(true);
  }
  expect(errorOf(open('b'))).toBe(`it forwards ${TUNNELS_MAX} connections already`);
  for (const outcome of others) if (outcome.ok) outcome.value();
  expect(open('b').ok).toBe(true);
});
