/**
 * `lttng consume --supervise`: keeps a session consumed without anybody typing a command. Root of its process.
 *
 * ```
 *   joining: connecting ▶ greeting ──▶ watching ──lost──▶ resting ▶ bringing ──▶ watching … ▶ ended
 *      ▲                                      │ registry lost               session gone, too many, signal
 *      └──── SUPERVISOR_REJOIN_MS ◀── away ◀──┘
 * ```
 * It asks the registry to say when the consumer is lost, and brings another one, with the user's credentials and
 * after a rest that doubles from time to time. A consumer that somebody stopped on purpose is not missed.
 */
import {
  CONSUMER_CALM_MS,
  CONSUMER_WINDOW_MS,
  CONSUMERS_BROUGHT_MAX,
  initialContext,
  SUPERVISOR_ANSWER_MS_MAX,
  SUPERVISOR_REJOIN_MS,
} from './context.ts';
import { failure, supervisorSetup } from './setup.ts';

const TOO_MANY = failure(
  'CONSUMER_FAILED',
  `${CONSUMERS_BROUGHT_MAX} consumers were lost within ${CONSUMER_WINDOW_MS / 60_000} minutes; ` +
    'their log says why',
);

export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  context: ({ input }) => initialContext(input),
  type: 'parallel',
  // What comes late or is nobody's concern any more.
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
                    outcome: failure('REGISTRY_LOST', 'The registry went away and stays away'),
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
              after: { rest: 'bringing' },
            },
            bringing: {
              entry: [{ type: 'request', params: { op: 'consumer.await' } }, 'bring'],
              after: { [SUPERVISOR_ANSWER_MS_MAX]: { target: 'watching', actions: 'logFailed' } },
              on: {
                'wire.message': [
                  { guard: 'isReply', target: 'watching', actions: 'logBrought' },
                  // Whether the session is there at all is said to whoever watches it.
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
