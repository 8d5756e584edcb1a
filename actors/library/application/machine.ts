/**
 * Root of an application's in-process library: runs two registrations, global and per-user, in parallel (R1.10), and
 * notifies the program when both are complete or wait for a registry.
 */

import { setup } from 'xstate';
import { act, emit, on } from '../../../src/runtime/act.ts';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { RegistryScope } from '../../../src/wire/endpoints.ts';
import type { RegistrationInput, ToRegistration } from '../messages.ts';
import {
  type ApplicationContext,
  type ApplicationInput,
  applicationActions,
  assertInvariants,
  type Emitted,
  type RegistrationStart,
} from './context.ts';
import type { ApplicationEvent } from './events.ts';

export const applicationMachine = setup({
  types: {
    context: {} as ApplicationContext,
    input: {} as ApplicationInput,
    events: {} as ApplicationEvent,
    emitted: {} as Emitted,
  },
  guards: {
    /** One that the process has left says so too. */
    isRegistered: ({ context, event }) =>
      event.type === 'registration.settled' &&
      context.registrations.some(({ scope }) => scope === event.scope),
    isSettled: ({ context: { registrations, settled } }) =>
      registrations.every(({ scope }) => settled.includes(scope)),
  },
  actions: applicationActions({
    startRegistrations: act(({ context, enqueue }) => {
      for (const registration of context.registrations) enqueue.emit(startOf(registration));
    }),
    changeUser: on('user.changed', ({ context, event: { registrations }, enqueue }) => {
      for (const { scope } of context.registrations) {
        const registration = registrations.find((other) => other.scope === scope);
        tell<ToRegistration>(enqueue, registrationId(scope), {
          type: 'user.changed',
          registration,
        });
      }
      const stays = (scope: RegistryScope): boolean =>
        [context.registrations, registrations].every((all) =>
          all.some((other) => other.scope === scope),
        );
      for (const registration of registrations) {
        if (!stays(registration.scope)) enqueue.emit(startOf(registration));
      }
      enqueue.assign({ registrations, settled: context.settled.filter(stays) });
    }),
    passOn: act(({ context, enqueue }) => {
      for (const { scope } of context.registrations) {
        tell<ToRegistration>(enqueue, registrationId(scope), { type: 'tracepoints.changed' });
      }
    }),
    noteSettled: on('registration.settled', ({ context, event, enqueue }) =>
      enqueue.assign({ settled: [...context.settled, event.scope] }),
    ),
    saySettled: emit({ type: 'tracer.settled' }),
  }),
}).createMachine({
  id: 'application',
  context: ({ input }) => ({ registrations: input.registrations, settled: [] }),
  entry: 'startRegistrations',
  initial: 'settling',
  on: {
    'tracepoints.changed': { actions: 'passOn' },
    'user.changed': { actions: 'changeUser' },
    'registration.settled': {},
  },
  states: {
    settling: {
      always: { guard: 'isSettled', target: 'settled' },
      on: { 'registration.settled': { guard: 'isRegistered', actions: 'noteSettled' } },
    },
    settled: { entry: 'saySettled' },
  },
});
checkSteps(applicationMachine, assertInvariants);

function registrationId(scope: string): string {
  return `registration-${scope}`;
}

function startOf(input: RegistrationInput): RegistrationStart {
  return { type: 'actor.start', logic: 'registration', id: registrationId(input.scope), input };
}
