/** How a client finds a registry, starts one, or waits until a lost registry returns. */
import { and } from 'xstate';
import { CONNECT_MS_MAX, RETURN_MS_MAX, SPAWN_MS_MAX, SPAWN_RETRY_MS } from './context.ts';
import { failedStartOf, sentenceOf } from './sentences.ts';
import { clientSetup } from './setup.ts';
import { failing } from './steps.ts';

/** Transitions of a connection to a registry that is starting; the client retries until the registry welcomes it. */
const asking = {
  'wire.opened': [
    { guard: 'isOwnersRegistry', actions: 'greet' },
    { guard: 'isThisConnection', target: 'waiting', actions: 'disconnect' },
  ],
  'wire.closed': { guard: 'isThisConnection', target: 'waiting' },
  'wire.message': [
    { guard: 'isWelcome', target: '#client.working' },
    { target: 'waiting', actions: 'disconnect' },
  ],
} as const;

export const finding = clientSetup.createStateConfig({
  initial: 'connecting',
  on: {
    'process.signalled': {
      target: 'done',
      actions: failing('INTERRUPTED', 'Interrupted before a registry was found'),
    },
  },
  states: {
    connecting: {
      entry: 'connect',
      after: {
        [CONNECT_MS_MAX]: {
          target: 'next',
          actions: [{ type: 'noteReason', params: { reason: 'no answer' } }, 'disconnect'],
        },
      },
      on: {
        'wire.opened': [
          { guard: 'isOwnersRegistry', actions: 'greet' },
          {
            guard: 'isThisConnection',
            target: 'next',
            actions: [
              {
                type: 'noteReason',
                params: ({ event }) => ({ reason: `run by another user, uid ${event.peer?.uid}` }),
              },
              'disconnect',
            ],
          },
        ],
        'wire.openFailed': {
          guard: 'isThisConnection',
          target: 'next',
          actions: {
            type: 'noteReason',
            params: ({ event }) => ({ reason: sentenceOf(event.error.code) }),
          },
        },
        'wire.closed': {
          guard: 'isThisConnection',
          target: 'next',
          actions: { type: 'noteReason', params: ({ event }) => ({ reason: event.reason }) },
        },
        'wire.message': [
          {
            guard: 'isWelcome',
            target: '#client.working',
          },
          {
            target: 'next',
            actions: [
              {
                type: 'noteReason',
                params: ({ event: { message } }) => ({
                  reason: message.type === 'refused' ? message.reason : 'an unexpected answer',
                }),
              },
              'disconnect',
            ],
          },
        ],
      },
    },
    next: {
      always: [
        { guard: 'canSpawn', target: '#client.spawning' },
        {
          guard: 'isLastCandidate',
          target: '#client.done',
          actions: {
            type: 'keepFailure',
            params: ({ context }) => ({
              code: 'NO_REGISTRY',
              reason: `No registry serves this user (${context.reasons.join('; ')})`,
            }),
          },
        },
        { target: 'connecting', actions: 'nextCandidate' },
      ],
    },
  },
});

// A registry has started when its socket answers. Several clients may start one at the same time; the first one stays.
export const spawning = clientSetup.createStateConfig({
  entry: 'spawnSessiond',
  initial: 'waiting',
  after: {
    [SPAWN_MS_MAX]: {
      target: 'done',
      actions: {
        type: 'keepFailure',
        params: ({ context }) => ({
          code: 'NO_REGISTRY',
          reason: `The registry that was started does not answer (${context.reasons.slice(-1).join('')})`,
        }),
      },
    },
  },
  on: {
    'process.signalled': {
      target: 'done',
      actions: failing('INTERRUPTED', 'Interrupted while the registry was starting'),
    },
    'process.spawnFailed': {
      target: 'done',
      actions: {
        type: 'keepFailure',
        params: ({ event }) => ({
          code: 'NO_REGISTRY',
          reason: `Cannot start a registry: ${event.error.subject} (${event.error.code})`,
        }),
      },
    },
    // A registry also ends when another one runs already; then the other one answers.
    'process.ended': {
      guard: 'hasFailedToStart',
      target: 'done',
      actions: {
        type: 'keepFailure',
        params: ({ event }) => ({
          code: 'NO_REGISTRY',
          reason: failedStartOf(event.exit),
        }),
      },
    },
  },
  states: {
    waiting: { after: { [SPAWN_RETRY_MS]: 'connecting' } },
    connecting: {
      entry: 'connect',
      on: {
        ...asking,
        'wire.openFailed': { guard: 'isThisConnection', target: 'waiting' },
      },
    },
  },
});

// Connects to the same path only: no other registry knows the session of this command.
export const returning = clientSetup.createStateConfig({
  initial: 'connecting',
  after: {
    [RETURN_MS_MAX]: {
      target: 'done',
      actions: failing('REGISTRY_LOST', 'The registry was lost; the recorded data remains'),
    },
  },
  on: {
    'process.signalled': {
      target: 'done',
      actions: failing('INTERRUPTED', 'Interrupted while waiting for the registry to return'),
    },
  },
  states: {
    waiting: { after: { [SPAWN_RETRY_MS]: 'connecting' } },
    connecting: {
      entry: 'connect',
      on: {
        ...asking,
        'wire.openFailed': [
          { guard: and(['isThisConnection', 'canSpawn']), target: '#client.spawning' },
          { guard: 'isThisConnection', target: 'waiting' },
        ],
      },
    },
  },
});
