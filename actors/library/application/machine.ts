/**
 * Root of an application's in-process library: two registrations, global and per-user, in parallel (R1.10), and
 * the word to the program's start that both have got as far as they can at the moment.
 */

import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, assign, emit } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ApplicationEvent, RegistrationEvent, RegistrationInput } from '../messages.ts';

export interface ApplicationInput {
  readonly registrations: readonly RegistrationInput[];
}

type RegistrationStart = StartEffect<'registration', RegistrationInput>;

export const applicationMachine = setup({
  types: {
    context: {} as {
      readonly registrations: readonly RegistrationInput[];
      readonly settled: readonly string[];
    },
    input: {} as ApplicationInput,
    events: {} as ApplicationEvent,
    emitted: {} as Effect | RegistrationStart,
  },
  guards: {
    isLastToSettle: ({ context, event }) =>
      event.type === 'registration.settled' &&
      context.settled.length + 1 >= context.registrations.length,
  },
  actions: {
    startRegistrations: act(({ context, enqueue }) => {
      for (const registration of context.registrations) enqueue.emit(startOf(registration));
    }),
    changeUser: act(({ context, event, enqueue }) => {
      assert(event.type === 'user.changed', 'pre:application.changeUser:is-changed');
      const { registrations } = event;
      for (const { scope } of context.registrations) {
        const registration = registrations.find((other) => other.scope === scope);
        tell<RegistrationEvent>(enqueue, registrationId(scope), {
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
        tell<RegistrationEvent>(enqueue, registrationId(scope), { type: 'tracepoints.changed' });
      }
    }),
  },
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
          {
            actions: assign(({ context, event }) => ({
              settled: [...context.settled, event.scope],
            })),
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

function startOf(input: RegistrationInput): RegistrationStart {
  return { type: 'actor.start', logic: 'registration', id: registrationId(input.scope), input };
}
