/** How a client finds a registry, starts one, or waits for the one that comes back. */
import { and } from 'xstate';
import { CONNECT_MS_MAX, RETURN_MS_MAX, SPAWN_MS_MAX, SPAWN_RETRY_MS } from './context.ts';
import { endOf, sentenceOf } from './sentences.ts';
import { clientSetup } from './setup.ts';
import { failing } from './steps.ts';

/** What a place says whose registry is on its way; until it is there, again and again. */
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
                params: ({ event }) => ({ reason: `run by a stranger, uid ${event.peer.uid}` }),
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
                  reason: message.type === 'refused' ? message.reason : 'a strange answer',
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

// The registry is there when its socket answers; several clients may have started one, the first one stays.
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
    // One that finds another registry at work ends too, and then that one answers.
    'process.ended': {
      guard: 'hasFailedToStart',
      target: 'done',
      actions: {
        type: 'keepFailure',
        params: ({ event }) => ({
          code: 'NO_REGISTRY',
          reason: `The registry that was started ended at once (${endOf(event.exit)}); its log says why`,
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

// Of the same place alone: no other registry knows of what this command began.
export const returning = clientSetup.createStateConfig({
  initial: 'connecting',
  after: {
    [RETURN_MS_MAX]: {
      target: 'done',
      actions: failing('REGISTRY_LOST', 'The registry went away; what was recorded stays'),
    },
  },
  on: {
    'process.signalled': {
      target: 'done',
      actions: failing('INTERRUPTED', 'Interrupted while the registry was away'),
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
