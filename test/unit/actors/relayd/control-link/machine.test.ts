/** The relay's end of a control connection as a pure step (R3.5): version, requests, packets that are on their way. */
import { expect, it } from 'vitest';
import { controlLinkMachine } from '../../../../../actors/relayd/control-link/machine.ts';
import { NEGOTIATION_MS_MAX, SETTLE_MS_MAX } from '../../../../../actors/relayd/limits.ts';
import type { RelayRequest } from '../../../../../src/wire/relay/requests.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import { adopted, CONNECTION, closed, closes, end, LINK_INPUT, tellsClosed } from '../links.ts';

const steps = stepsOf(controlLinkMachine);

const asks = (request: RelayRequest) =>
  ({ type: 'relay.request', connection: CONNECTION, request }) as const;
const versionOf = (major: number, minor: number) => asks({ type: 'version', major, minor });
const request = { type: 'streams-sent' } as const;
const settled = { type: 'relay.settled', connection: CONNECTION } as const;
const SERVING = [versionOf(2, 13)] as const;
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
    value: 'serving',
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
  expect(steps(LINK_INPUT, ...SERVING, versionOf(2, 13))).toEqual(
    closing(cutOff('sent its version twice')),
  );
});

it('answers requests', () => {
  expect(steps(LINK_INPUT, ...SERVING, asks(request))).toEqual({
    value: 'serving',
    effects: [{ type: 'relay.answer', connection: CONNECTION, request }],
  });
});

it('ends with its peer, or with the relay', () => {
  for (const event of [closed, end]) {
    expect(steps(LINK_INPUT, event)).toEqual(closing());
    expect(steps(LINK_INPUT, ...SERVING, event)).toEqual(closing());
  }
});

it('waits for packets that are on their way, for a limited time', () => {
  for (const event of [closed, end, asks(request)]) {
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
