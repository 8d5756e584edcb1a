/**
 * Root of an application's in-process library: two registrations, global and per-user, in parallel (R1.10), and
 * the word to the program's start that both have got as far as they can at the moment.
 */
import { type AnyActorRef, assign, emit, enqueueActions, setup } from 'xstate';
import type { Effect } from '../../src/effects/types.ts';
import { type RegistrationInput, registrationMachine } from '../registration/machine.ts';

export interface ApplicationInput {
  readonly registrations: readonly RegistrationInput[];
}

export type ApplicationEvent =
  | { type: 'registration.settled'; scope: string }
  | { type: 'tracepoints.changed' };

export const applicationMachine = setup({
  types: {
    context: {} as {
      readonly registrations: readonly RegistrationInput[];
      readonly settled: readonly string[];
    },
    input: {} as ApplicationInput,
    events: {} as ApplicationEvent,
    emitted: {} as Effect,
  },
  actors: { registration: registrationMachine },
  guards: {
    isLastToSettle: ({ context, event }) =>
      event.type === 'registration.settled' &&
      context.settled.length + 1 >= context.registrations.length,
  },
  actions: {
    startRegistrations: enqueueActions(({ context, enqueue }) => {
      for (const registration of context.registrations) {
        enqueue.spawnChild('registration', {
          id: registrationId(registration.scope),
          systemId: registrationId(registration.scope),
          input: registration,
        });
      }
    }),
    passOn: enqueueActions(({ context, enqueue }) => {
      for (const { scope } of context.registrations) {
        enqueue.sendTo(({ system }) => system.get(registrationId(scope)) as AnyActorRef, {
          type: 'tracepoints.changed',
        });
      }
    }),
  },
}).createMachine({
  id: 'application',
  context: ({ input }) => ({ registrations: input.registrations, settled: [] }),
  entry: 'startRegistrations',
  initial: 'settling',
  on: { 'tracepoints.changed': { actions: 'passOn' } },
  states: {
    settling: {
      on: {
        'registration.settled': [
          { guard: 'isLastToSettle', target: 'settled' },
          {
            actions: assign({ settled: ({ context, event }) => [...context.settled, event.scope] }),
          },
        ],
      },
    },
    settled: { entry: emit({ type: 'tracer.settled' as const }) },
  },
});

function registrationId(scope: string): string {
  return `registration-${scope}`;
}
