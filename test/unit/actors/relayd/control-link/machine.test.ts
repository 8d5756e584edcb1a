/** The relay's end of a control connection as a pure step (R3.5): version, requests, packets that are on their way. */
import { expect, it } from 'vitest';
import { controlLinkMachine } from '../../../../../actors/relayd/control-link/machine.ts';
import { NEGOTIATION_MS_MAX, SETTLE_MS_MAX } from '../../../../../actors/relayd/limits.ts';
import type { RelayRequest } from '../../../../../src/wire/relay/requests.ts';
import { createSession } from '../../../../support/relay/relay-client.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import { adopted, CONNECTION, closed, closes, end, LINK_INPUT, tellsClosed } from '../links.ts';

const steps = stepsOf(controlLinkMachine);

const asks = (request: RelayRequest) =>
  ({ type: 'relay.request', connection: CONNECTION, request }) as const;
const versionOf = (major: number, minor: number) => asks({ type: 'version', major, minor });
const request = { type: 'streams-sent' } as const;
const forward = {
  type: 'forward',
  passed: [],
  next: { host: 'store', port: 5342, isIpv6Only: false },
} as const;
const settled = { type: 'relay.settled', connection: CONNECTION } as const;
const AGREED = [versionOf(2, 13)] as const;
const SERVING = [...AGREED, asks(createSession)] as const;
const FORWARDING = [...AGREED, asks(forward)] as const;
const forwarded = { type: 'relay.forwarded', connection: CONNECTION } as const;
const forwardFailed = { type: 'relay.forwardFailed', connection: CONNECTION } as const;
const CLOSING = [...SERVING, closed] as const;

const agrees = (minor: number) => ({ type: 'relay.agree', connection: CONNECTION, minor });
const cutOff = (reason: string) =>
  log('peer.cutOff', { cause: 'protocol', reason, peer: '10.0.0.2', port: 40_000 });
const closing = (...effects: object[]) => ({
  value: 'closing',
  effects: [...effects, closes],
  delays: [SETTLE_MS_MAX],
});

it('waits for the version, for a limited time', () => {
  expect(steps(LINK_INPUT)).toEqual({
    value: 'negotiating',
    effects: [adopted],
    delays: [NEGOTIATION_MS_MAX],
  });
  expect(steps(LINK_INPUT, passed(NEGOTIATION_MS_MAX))).toEqual(
    closing(cutOff('did not send its version in time')),
  );
});

it.each([
  [4, 4],
  [13, 13],
  [15, 15],
  [16, 15],
])('agrees with a peer of revision 2.%i on 2.%i', (theirs, agreed) => {
  expect(steps(LINK_INPUT, versionOf(2, theirs))).toEqual({
    value: 'agreed',
    effects: [agrees(agreed)],
  });
});

it.each([
  [1, 13, 13],
  [3, 0, 4],
  [2, 3, 4],
])('says its own version to a peer of version %i.%i, and ends', (major, minor, own) => {
  expect(steps(LINK_INPUT, versionOf(major, minor))).toEqual(
    closing(agrees(own), cutOff('does not speak version 2.4 to 2.15')),
  );
});

it('takes the version first, and once', () => {
  expect(steps(LINK_INPUT, asks(request))).toEqual(
    closing(cutOff('did not begin with its version')),
  );
  for (const before of [AGREED, SERVING]) {
    expect(steps(LINK_INPUT, ...before, versionOf(2, 13))).toEqual(
      closing(cutOff('sent its version twice')),
    );
  }
});

it('answers requests', () => {
  const answers = (what: RelayRequest) => ({
    type: 'relay.answer',
    connection: CONNECTION,
    request: what,
  });
  const asked = { type: 'get-configuration' } as const;
  expect(steps(LINK_INPUT, ...AGREED, asks(asked))).toEqual({
    value: 'agreed',
    effects: [answers(asked)],
  });
  expect(steps(LINK_INPUT, ...SERVING)).toEqual({
    value: 'serving',
    effects: [answers(createSession), { type: 'relay.serve', connection: CONNECTION }],
  });
  expect(steps(LINK_INPUT, ...SERVING, asks(request))).toEqual({
    value: 'serving',
    effects: [answers(request)],
  });
});

it('becomes a tunnel to another relay, unless it has a session', () => {
  expect(steps(LINK_INPUT, ...FORWARDING)).toEqual({
    value: 'forwarding',
    effects: [{ type: 'relay.forward', connection: CONNECTION, request: forward }],
  });
  expect(steps(LINK_INPUT, ...FORWARDING, forwarded)).toEqual({ value: 'tunnel', effects: [] });
  expect(steps(LINK_INPUT, ...FORWARDING, forwardFailed)).toEqual(closing());
  expect(steps(LINK_INPUT, ...SERVING, asks(forward))).toEqual(
    closing(cutOff('asks to forward a session')),
  );
});

it('ends with its peer, or with the relay', () => {
  for (const event of [closed, end]) {
    expect(steps(LINK_INPUT, event)).toEqual(closing());
    for (const before of [AGREED, SERVING, FORWARDING, [...FORWARDING, forwarded] as const]) {
      expect(steps(LINK_INPUT, ...before, event)).toEqual(closing());
    }
  }
});

it('waits for packets that are on their way, for a limited time', () => {
  for (const event of [closed, end, asks(request), forwarded, forwardFailed]) {
    expect(steps(LINK_INPUT, ...CLOSING, event)).toEqual({ value: 'closing', effects: [] });
  }
  expect(steps(LINK_INPUT, ...CLOSING, settled)).toEqual({
    value: 'closed',
    effects: [tellsClosed],
  });
  expect(steps(LINK_INPUT, ...CLOSING, passed(SETTLE_MS_MAX))).toEqual({
    value: 'closing',
    effects: [{ type: 'relay.abandon', connection: CONNECTION }],
  });
});

it('has no other transition', () => {
  expect(untried(controlLinkMachine)).toEqual([]);
});
