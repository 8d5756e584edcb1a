/**
 * Root of an application's in-process library: runs two registrations, global and per-user, in parallel (R1.10), and
 * notifies the program when both are complete or wait for a registry.
 */

import { setup } from 'xstate';
import { act, emit, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { RegistrationInput, ToRegistration } from '../messages.ts';
import {
  type ApplicationContext,
  type ApplicationInput,
  applicationActions,
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
    isLastToSettle: ({ context }) => context.settled.length + 1 >= context.registrations.length,
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
      for (const registration of registrations) {
        if (context.registrations.some(({ scope }) => scope === registration.scope)) continue;
        enqueue.emit(startOf(registration));
      }
      enqueue.assign({ registrations });
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
      on: {
        'registration.settled': [
          { guard: 'isLastToSettle', target: 'settled' },
          { actions: 'noteSettled' },
        ],
      },
    },
    settled: { entry: 'saySettled' },
  },
});

function registrationId(scope: string): string {
  return `registration-${scope}`;
}

function startOf(input: RegistrationInput): RegistrationStart {
  return { type: 'actor.start', logic: 'registration', id: registrationId(input.scope), input };
}
