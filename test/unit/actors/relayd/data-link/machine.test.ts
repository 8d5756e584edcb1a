/** The relay's end of a data connection as a pure step. */
import { expect, it } from 'vitest';
import { dataLinkMachine } from '../../../../../actors/relayd/data-link/machine.ts';
import { stepsOf, untried } from '../../../../support/step.ts';
import { adopted, CONNECTION, closed, closes, end, LINK_INPUT, tellsClosed } from '../links.ts';

const steps = stepsOf(dataLinkMachine);

const request = {
  type: 'forward',
  passed: [],
  next: { host: 'store', port: 5343, isIpv6Only: false },
} as const;
const FORWARDING = [{ type: 'relay.request', connection: CONNECTION, request }] as const;
const forwarded = { type: 'relay.forwarded', connection: CONNECTION } as const;
const forwardFailed = { type: 'relay.forwardFailed', connection: CONNECTION } as const;

it('takes packets until the peer ends', () => {
  expect(steps(LINK_INPUT)).toEqual({ value: 'serving', effects: [adopted] });
  expect(steps(LINK_INPUT, closed)).toEqual({ value: 'closed', effects: [tellsClosed] });
});

it('becomes a tunnel to another relay', () => {
  expect(steps(LINK_INPUT, ...FORWARDING)).toEqual({
    value: 'forwarding',
    effects: [{ type: 'relay.forward', connection: CONNECTION, request }],
  });
  expect(steps(LINK_INPUT, ...FORWARDING, forwarded)).toEqual({ value: 'tunnel', effects: [] });
  expect(steps(LINK_INPUT, ...FORWARDING, forwardFailed)).toEqual({
    value: 'closing',
    effects: [closes],
  });
  for (const before of [FORWARDING, [...FORWARDING, forwarded] as const]) {
    expect(steps(LINK_INPUT, ...before, closed)).toEqual({
      value: 'closed',
      effects: [tellsClosed],
    });
    expect(steps(LINK_INPUT, ...before, end)).toEqual({ value: 'closing', effects: [closes] });
  }
});

it('closes when the relay ends', () => {
  expect(steps(LINK_INPUT, end)).toEqual({ value: 'closing', effects: [closes] });
  for (const event of [end, forwarded, forwardFailed]) {
    expect(steps(LINK_INPUT, end, event)).toEqual({ value: 'closing', effects: [] });
  }
  expect(steps(LINK_INPUT, end, closed)).toEqual({ value: 'closed', effects: [tellsClosed] });
});

it('has no other transition', () => {
  expect(untried(dataLinkMachine)).toEqual([]);
});
