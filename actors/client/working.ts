/** How a client carries out its plan, step by step. */
import { REPLY_MS_MAX, SNAPSHOT_MS_MAX } from './context.ts';
import { endOf } from './sentences.ts';
import { clientSetup } from './setup.ts';
import { failing } from './steps.ts';

const registryLost = {
  guard: 'isThisConnection' as const,
  target: 'choosing' as const,
  actions: ['noteLost' as const, failing('REGISTRY_LOST', 'The registry was lost')],
};

const lostOnTheWay = [
  {
    guard: 'isAskedAgain',
    target: '#client.returning',
    actions: ['noteLost', 'noteAskedAgain'],
  },
  registryLost,
] as const;

const noAnswer = {
  target: '#client.done' as const,
  actions: failing('NO_ANSWER', 'The registry does not answer'),
};

/**
 * The client waits for the answer, so that the plan can undo its steps; a second signal ends it at once. Not SIGHUP,
 * which the end of a terminal may cause more than once.
 */
const signalled = [
  {
    guard: 'isInsisted',
    target: '#client.done',
    actions: failing('INTERRUPTED', 'Interrupted'),
  },
  { actions: 'noteInterrupted' },
] as const;

const childEnded = { guard: 'isChild', target: 'choosing', actions: 'keepEnd' } as const;
const snapshotEnded = {
  guard: 'isSnapshotEnd',
  target: 'choosing',
  actions: 'keepSnapshot',
} as const;

export const working = clientSetup.createStateConfig({
  entry: 'beginWork',
  initial: 'beginning',
  states: {
    // After a return to a registry the client has a step already.
    beginning: { always: [{ guard: 'hasStep', target: 'deciding' }, { target: 'choosing' }] },
    choosing: { entry: 'choose', always: 'deciding' },
    deciding: {
      always: [
        { guard: 'isOver', target: '#client.done' },
        { guard: 'isRun', target: 'running' },
        { guard: 'isLost', target: '#client.returning' },
        { guard: 'isSnapshot', target: 'copying' },
        { guard: 'isRequest', target: 'requesting' },
        { guard: 'isRest', target: 'resting' },
      ],
    },
    requesting: {
      entry: 'request',
      after: {
        [REPLY_MS_MAX]: noAnswer,
      },
      on: {
        'wire.message': [
          { guard: 'needsConsumer', target: 'spawningConsumer' },
          { guard: 'isAnswer', target: 'choosing', actions: 'keepAnswer' },
        ],
        'wire.closed': lostOnTheWay,
        'process.signalled': signalled,
      },
    },
    spawningConsumer: {
      entry: 'spawnConsumer',
      after: {
        [REPLY_MS_MAX]: noAnswer,
      },
      on: {
        'wire.message': [
          {
            guard: 'isRefusal',
            target: 'choosing',
            actions: 'keepAnswer',
          },
          { guard: 'isAnswer', target: 'requesting' },
        ],
        'process.spawnFailed': {
          guard: 'isConsumer',
          target: 'choosing',
          actions: {
            type: 'keepFailure',
            params: ({ event }) => ({
              code: 'CONSUMER_FAILED',
              reason: `Cannot start the consumer (${event.error.code})`,
            }),
          },
        },
        'process.ended': {
          guard: 'hasConsumerFailed',
          target: 'choosing',
          actions: {
            type: 'keepFailure',
            params: ({ event }) => ({
              code: 'CONSUMER_FAILED',
              reason: `The consumer ended at once (${endOf(event.exit)})`,
            }),
          },
        },
        'wire.closed': lostOnTheWay,
        'process.signalled': signalled,
      },
    },
    copying: {
      entry: 'spawnSnapshot',
      after: {
        [SNAPSHOT_MS_MAX]: {
          target: 'choosing',
          actions: [
            'endSnapshot',
            failing('SNAPSHOT_FAILED', 'The snapshot took too long and was aborted'),
          ],
        },
      },
      on: {
        'process.ended': snapshotEnded,
        'process.spawnFailed': snapshotEnded,
        'process.signalled': { actions: 'endSnapshot' },
        'wire.closed': { guard: 'isThisConnection', actions: 'noteLost' },
      },
    },
    resting: {
      after: { restMs: { target: 'choosing', actions: 'keepRest' } },
      on: {
        'wire.closed': registryLost,
        'process.signalled': {
          target: '#client.done',
          actions: failing('INTERRUPTED', 'Interrupted'),
        },
      },
    },
    // The child gets each signal, from us unless the terminal sends it. It decides how to react; we wait for its end.
    running: {
      entry: 'runChild',
      on: {
        'process.ended': childEnded,
        'process.spawnFailed': childEnded,
        'process.signalled': {
          guard: ({ event }) => !event.isShared,
          actions: 'passOnSignal',
        },
        'wire.closed': { guard: 'isThisConnection', actions: 'noteLost' },
      },
    },
  },
});
