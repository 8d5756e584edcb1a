/**
 * The root of an application's library as a pure step: it starts registrations and forwards changes to them (R1.10).
 */
import { expect, it } from 'vitest';
import { applicationMachine } from '../../../../../actors/library/application/machine.ts';
import type { RegistrationInput } from '../../../../../actors/library/messages.ts';
import type { RegistryScope } from '../../../../../src/wire/endpoints.ts';
import { stepsOf, untried } from '../../../../support/step.ts';
import { tell } from '../../../../support/step-events.ts';

const steps = stepsOf(applicationMachine);

function registration(scope: RegistryScope, ownerUid: number): RegistrationInput {
  return {
    application: 'application',
    scope,
    socketPath: `/${scope}/apps.sock`,
    ownerUid,
    pipePath: '/tmp/.lttng-ts-apps',
    processName: 'web',
    tid: 41,
    incarnation: '5',
  };
}

const GLOBAL = registration('global', 0);
const USER = registration('user', 1000);
const BOTH = { registrations: [GLOBAL, USER] };

const start = (input: RegistrationInput) => ({
  type: 'actor.start',
  logic: 'registration',
  id: `registration-${input.scope}`,
  input,
});
const settled = (scope: RegistryScope) => ({ type: 'registration.settled', scope }) as const;
const changed = (...registrations: RegistrationInput[]) =>
  ({ type: 'user.changed', registrations }) as const;
const defined = { type: 'tracepoints.changed' } as const;

it('starts its registrations with the global and the user registry at once (R1.10)', () => {
  expect(steps(BOTH)).toEqual({ value: 'settling', effects: [start(GLOBAL), start(USER)] });
});

it('reports that it is settled when the last registration is', () => {
  expect(steps(BOTH, settled('user'))).toEqual({ value: 'settling', effects: [] });
  expect(steps(BOTH, settled('user'), settled('global'))).toEqual({
    value: 'settled',
    effects: [{ type: 'tracer.settled' }],
  });
});

it('reports that once', () => {
  const events = [settled('user'), settled('global'), settled('global')] as const;
  expect(steps(BOTH, ...events)).toEqual({ value: 'settled', effects: [] });
});

it('waits for the registrations that there are when the user changes meanwhile (R1.15)', () => {
  const nothing = { value: 'settling', effects: [] };
  const said = { value: 'settled', effects: [{ type: 'tracer.settled' }] };
  const left = [changed(GLOBAL), settled('user')] as const;
  expect(steps(BOTH, ...left)).toEqual(nothing);
  expect(steps(BOTH, ...left, settled('global'))).toEqual(said);
  const anew = [settled('user'), changed(GLOBAL), changed(GLOBAL, USER), settled('user')] as const;
  expect(steps(BOTH, ...anew)).toEqual(nothing);
  expect(steps(BOTH, ...anew, settled('global'))).toEqual(said);
});

it('is settled when the only registration that has not settled is left', () => {
  const { value, effects } = steps(BOTH, settled('global'), changed(GLOBAL));
  expect(value).toBe('settled');
  expect(effects.at(-1)).toEqual({ type: 'tracer.settled' });
});

it('tells every registration that there are new tracepoints', () => {
  expect(steps(BOTH, defined)).toEqual({
    value: 'settling',
    effects: [tell('registration-global', defined), tell('registration-user', defined)],
  });
});

it('notifies every registration when the process changes its user (R1.15)', () => {
  const other = registration('user', 1001);
  expect(steps(BOTH, changed(GLOBAL, other))).toEqual({
    value: 'settling',
    effects: [
      tell('registration-global', { type: 'user.changed', registration: GLOBAL }),
      tell('registration-user', { type: 'user.changed', registration: other }),
    ],
  });
});

it('ends the registration that root does not need, and starts one that a user needs', () => {
  expect(steps(BOTH, changed(GLOBAL)).effects).toEqual([
    tell('registration-global', { type: 'user.changed', registration: GLOBAL }),
    tell('registration-user', { type: 'user.changed', registration: undefined }),
  ]);
  expect(steps({ registrations: [GLOBAL] }, changed(GLOBAL, USER)).effects).toEqual([
    tell('registration-global', { type: 'user.changed', registration: GLOBAL }),
    start(USER),
  ]);
});

it('notifies the registrations that exist at the time of new tracepoints', () => {
  expect(steps(BOTH, changed(GLOBAL), defined).effects).toEqual([
    tell('registration-global', defined),
  ]);
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(applicationMachine)).toEqual([]);
});
