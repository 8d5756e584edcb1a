/** The relay's end of a data connection as a pure step. */
import { expect, it } from 'vitest';
import { dataLinkMachine } from '../../../../../actors/relayd/data-link/machine.ts';
import { stepsOf, untried } from '../../../../support/step.ts';
import { adopted, closed, closes, end, LINK_INPUT, tellsClosed } from '../links.ts';

const steps = stepsOf(dataLinkMachine);

it('takes packets until the peer ends', () => {
  expect(steps(LINK_INPUT)).toEqual({ value: 'serving', effects: [adopted] });
  expect(steps(LINK_INPUT, closed)).toEqual({ value: 'closed', effects: [tellsClosed] });
});

it('closes when the relay ends', () => {
  expect(steps(LINK_INPUT, end)).toEqual({ value: 'closing', effects: [closes] });
  expect(steps(LINK_INPUT, end, end)).toEqual({ value: 'closing', effects: [] });
  expect(steps(LINK_INPUT, end, closed)).toEqual({ value: 'closed', effects: [tellsClosed] });
});

it('has no other transition', () => {
  expect(untried(dataLinkMachine)).toEqual([]);
});
