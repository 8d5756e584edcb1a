/**
 * `lttng consume --supervise`: replaces lost consumers of a session without further commands. Root of its process.
 *
 * ```
 *   joining: connecting ▶ greeting ──▶ watching ──lost──▶ resting ▶ spawning ──▶ watching … ▶ ended
 *      ▲                                      │ registry lost               session gone, too many, signal
 *      └──── SUPERVISOR_REJOIN_MS ◀── away ◀──┘
 * ```
 * It requests a notification from the registry when the consumer is lost, and starts another one with the user's
 * credentials, after a rest that doubles with each loss. It does not replace a consumer that was stopped on purpose.
 */

import { checkSteps } from '../../src/runtime/invariants.ts';
import {
  assertInvariants,
  CONSUMER_CALM_MS,
  CONSUMER_WINDOW_MS,
  CONSUMERS_STARTED_MAX,
  initialContext,
  SUPERVISOR_ANSWER_MS_MAX,
  SUPERVISOR_REJOIN_MS,
} from './context.ts';
import { failure, supervisorSetup } from './setup.ts';

const TOO_MANY = failure(
  'CONSUMER_FAILED',
  `${CONSUMERS_STARTED_MAX} consumers were lost within ${CONSUMER_WINDOW_MS / 60_000} minutes; ` +
    'see their log',
);

export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  context: ({ input }) => initialContext(input),
  type: 'parallel',
  // Late events, which need no reaction.
  on: {
    'wire.message': {},
    'wire.closed': {},
    'wire.openFailed': {},
    'wire.opened': { actions: 'closeOpened' },
    'process.spawned': {},
    'process.spawnFailed': {},
    'process.ended': {},
  },
  states: {
    window: {
      initial: 'open',
      states: {
        open: {
          after: { [CONSUMER_WINDOW_MS]: { target: 'open', reenter: true, actions: 'openWindow' } },
        },
      },
    },
    supervising: {
      initial: 'joining',
      on: { 'process.signalled': '.ended' },
      states: {
        joining: {
          initial: 'connecting',
          after: { [SUPERVISOR_ANSWER_MS_MAX]: 'away' },
          on: {
            'wire.closed': { guard: 'isThisConnection', target: 'away' },
            'wire.openFailed': { guard: 'isThisConnection', target: 'away' },
          },
          states: {
            connecting: {
              entry: 'connect',
              on: {
                'wire.opened': [
                  { guard: 'isOwnersRegistry', target: 'greeting' },
                  { guard: 'isThisConnection', target: '#supervisor.supervising.away' },
                ],
              },
            },
            greeting: {
              entry: 'greet',
              on: {
                'wire.message': [
                  {
                    guard: 'isWelcome',
                    target: '#supervisor.supervising.joined',
                    actions: 'noteJoined',
                  },
                  { guard: 'isThisConnection', target: '#supervisor.supervising.away' },
                ],
              },
            },
          },
        },
        away: {
          entry: ['disconnect', 'noteLook'],
          after: {
            [SUPERVISOR_REJOIN_MS]: [
              { guard: 'isPatient', target: 'joining' },
              {
                target: 'ended',
                actions: {
                  type: 'conclude',
                  params: {
                    outcome: failure('REGISTRY_LOST', 'The registry was lost and did not return'),
                  },
                },
              },
            ],
          },
        },
        joined: {
          initial: 'watching',
          on: { 'wire.closed': { guard: 'isThisConnection', target: 'away' } },
          states: {
            watching: {
              entry: { type: 'request', params: { op: 'consumer.watch' } },
              after: { [CONSUMER_CALM_MS]: { actions: 'calmDown' } },
              on: {
                'wire.message': [
                  {
                    guard: { type: 'isFailure', params: { code: 'NO_CONSUMER' } },
                    target: 'resting',
                    actions: 'noteDomain',
                  },
                  {
                    guard: { type: 'isFailure', params: { code: 'NO_SESSION' } },
                    target: '#supervisor.supervising.ended',
                    actions: {
                      type: 'conclude',
                      params: { outcome: { kind: 'over', reason: 'the session is gone' } },
                    },
                  },
                  {
                    guard: { type: 'isFailure', params: {} },
                    target: '#supervisor.supervising.ended',
                    actions: 'concludeRefused',
                  },
                ],
              },
            },
            resting: {
              always: {
                guard: 'isEnough',
                target: '#supervisor.supervising.ended',
                actions: { type: 'conclude', params: { outcome: TOO_MANY } },
              },
              after: { rest: 'spawning' },
            },
            spawning: {
              entry: [{ type: 'request', params: { op: 'consumer.await' } }, 'spawnConsumer'],
              after: { [SUPERVISOR_ANSWER_MS_MAX]: { target: 'watching', actions: 'logFailed' } },
              on: {
                'wire.message': [
                  { guard: 'isReply', target: 'watching', actions: 'logSpawned' },
                  // If the session is gone, the answer to `consumer.watch` reports that.
                  {
                    guard: { type: 'isFailure', params: {} },
                    target: 'watching',
                    actions: 'logFailed',
                  },
                ],
                'process.spawnFailed': { target: 'watching', actions: 'logFailed' },
                'process.ended': {
                  guard: 'hasConsumerFailed',
                  target: 'watching',
                  actions: 'logFailed',
                },
              },
            },
          },
        },
        ended: { entry: ['disconnect', 'report'], on: { 'process.signalled': {} } },
      },
    },
  },
});
checkSteps(supervisorMachine, assertInvariants);
