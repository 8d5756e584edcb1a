/** The relay's end of a viewer's connection as a pure step: version, requests, end. */
import { expect, it } from 'vitest';
import { NEGOTIATION_MS_MAX } from '../../../../../actors/relayd/limits.ts';
import { viewerMachine } from '../../../../../actors/relayd/viewer/machine.ts';
import type { ViewerRequest } from '../../../../../src/wire/live/requests.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import { adopted, CONNECTION, closed, closes, end, LINK_INPUT, tellsClosed } from '../links.ts';

const steps = stepsOf(viewerMachine);

const asks = (request: ViewerRequest) =>
  ({ type: 'relay.viewerRequest', connection: CONNECTION, request }) as const;
const connects = (major: number, minor: number, purpose = 1) =>
  asks({ type: 'connect', viewer: 0n, major, minor, purpose });
const request = { type: 'list-sessions' } as const;
const SERVING = [connects(2, 4)] as const;

const agrees = (minor: number) => ({ type: 'relay.agree', connection: CONNECTION, minor });
const cutOff = (reason: string) =>
  log('peer.cutOff', { cause: 'protocol', reason, peer: '10.0.0.2', port: 40_000 });
const closing = (...effects: object[]) => ({ value: 'closing', effects: [...effects, closes] });

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
  [15, 15],
  [16, 15],
])('agrees with a viewer of revision 2.%i on 2.%i', (theirs, agreed) => {
  expect(steps(LINK_INPUT, connects(2, theirs))).toEqual({
    value: 'serving',
    effects: [agrees(agreed)],
  });
});

it.each([
  [1, 13, 1, 13],
  [2, 3, 1, 4],
  [2, 4, 2, 4],
])('says its own version to a viewer of version %i.%i for purpose %i, and ends', (...sent) => {
  const [major, minor, purpose, own] = sent;
  expect(steps(LINK_INPUT, connects(major, minor, purpose))).toEqual(
    closing(agrees(own), cutOff('does not speak version 2.4 to 2.15 with commands')),
  );
});

it('takes the version first, and once', () => {
  expect(steps(LINK_INPUT, asks(request))).toEqual(
    closing(cutOff('did not begin with its version')),
  );
  expect(steps(LINK_INPUT, ...SERVING, connects(2, 4))).toEqual(
    closing(cutOff('sent its version twice')),
  );
});

it('answers requests', () => {
  expect(steps(LINK_INPUT, ...SERVING, asks(request))).toEqual({
    value: 'serving',
    effects: [{ type: 'relay.answerViewer', connection: CONNECTION, request }],
  });
});

it('ends with its viewer, or with the relay', () => {
  for (const before of [[], SERVING, [...SERVING, end]]) {
    expect(steps(LINK_INPUT, ...before, closed)).toEqual({
      value: 'closed',
      effects: [tellsClosed],
    });
  }
  for (const before of [[], SERVING]) expect(steps(LINK_INPUT, ...before, end)).toEqual(closing());
  for (const late of [end, asks(request)]) {
    expect(steps(LINK_INPUT, ...SERVING, end, late)).toEqual({ value: 'closing', effects: [] });
  }
});

it('has no other transition', () => {
  expect(untried(viewerMachine)).toEqual([]);
});
