/**
 * `ust-consumerd`: writes the user-space trace of one session, with the credentials of the user that records
 * (R1.19, R1.20). Root of its process.
 *
 * ```
 *   joining: connecting ▶ greeting ▶ attaching ──▶ consuming ──finish, signal──▶ closing ▶ leaving ▶ ended
 *      ▲                                              │ registry lost                ▲
 *      └─────── CONSUMER_REJOIN_MS ◀── alone ◀────────┘──no application is left──────┘
 * ```
 * A registry that is killed takes nothing along: the consumer goes on writing what applications record, and joins
 * the registry that comes next. What that one does not know is nobody's any more: it is read to its end. A consumer
 * ends when there is no registry for a while and all its applications have died.
 */
import { and } from 'xstate';
import { CONSUMERD_EXIT } from '../../../src/wire/exit-status.ts';
import {
  CONSUMER_JOIN_MS_MAX,
  CONSUMER_LEAVE_MS_MAX,
  CONSUMER_REJOIN_MS,
  initialContext,
} from './context.ts';
import { consumerSetup } from './setup.ts';

/** One that has a session goes on without a registry; one that has none is of no use. */
const notJoined = [
  { guard: 'hasTrace', target: '#consumer.alone' },
  { target: '#consumer.ended', actions: 'failToJoin' },
] as const;

/** The present attempt failed. What an earlier connection says is not about it. */
const attemptFailed = [
  { guard: and(['isThisConnection', 'hasTrace']), target: '#consumer.alone' },
  { guard: 'isThisConnection', target: '#consumer.ended', actions: 'failToJoin' },
] as const;

export const consumerMachine = consumerSetup.createMachine({
  id: 'consumer',
  context: ({ input }) => initialContext(input),
  initial: 'joining',
  // Late words of connections that do not count any more, and outcomes that a registry will ask for again.
  on: {
    'wire.opened': { actions: 'closeOpened' },
    'wire.closed': {},
    'wire.message': {},
    'wire.openFailed': {},
    'process.signalled': {},
    'process.checked': {},
    'trace.flushed': {},
    'trace.streamReleased': { actions: 'release' },
  },
  states: {
    joining: {
      initial: 'connecting',
      after: { [CONSUMER_JOIN_MS_MAX]: notJoined },
      on: {
        'process.signalled': [{ guard: 'hasTrace', target: 'closing' }, { target: 'ended' }],
        'wire.message': [
          {
            guard: and(['isReplaced', 'hasTrace']),
            target: 'yielding',
            actions: 'failToJoin',
          },
          { guard: 'isReplaced', target: 'ended', actions: 'failToJoin' },
          {
            guard: { type: 'isMessage', params: { type: 'refused' } },
            target: 'closing',
            actions: 'failToJoin',
          },
          ...attemptFailed,
        ],
        'wire.closed': attemptFailed,
      },
      states: {
        connecting: {
          entry: 'connect',
          on: {
            'wire.opened': [{ guard: 'isOwnersRegistry', target: 'greeting' }, ...attemptFailed],
            'wire.openFailed': attemptFailed,
          },
        },
        greeting: {
          entry: 'greet',
          on: {
            'wire.message': {
              guard: 'isWelcome',
              target: 'attaching',
            },
          },
        },
        attaching: {
          entry: 'attach',
          on: {
            'wire.message': {
              guard: { type: 'isMessage', params: { type: 'session' } },
              target: '#consumer.consuming',
              actions: 'openTrace',
            },
          },
        },
      },
    },
    consuming: {
      on: {
        'wire.message': [
          { guard: { type: 'isMessage', params: { type: 'finish' } }, target: 'closing' },
          {
            guard: 'isOutOfPlace',
            target: 'closing',
            actions: {
              type: 'fail',
              params: ({ event }) => ({
                code: CONSUMERD_EXIT.registryLost,
                reason: `the registry said "${event.message.type}" out of place`,
              }),
            },
          },
          { guard: 'isThisConnection', actions: 'follow' },
        ],
        'trace.opened': { actions: 'sayOpened' },
        'trace.openFailed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({
              code: CONSUMERD_EXIT.noOutput,
              reason: `cannot make ${event.error.subject} (${event.error.code})`,
            }),
          },
        },
        'trace.flushed': {
          actions: 'sayFlushed',
        },
        'wire.closed': { guard: 'isThisConnection', target: 'alone', actions: 'logLoss' },
        'process.signalled': 'closing',
      },
    },
    alone: {
      entry: ['disconnect', 'lookForNeed'],
      after: {
        [CONSUMER_REJOIN_MS]: [
          { guard: 'isWorthWaiting', target: 'joining' },
          {
            target: 'closing',
            actions: {
              type: 'fail',
              params: {
                code: CONSUMERD_EXIT.registryLost,
                reason: 'there is no registry, and no application is left',
              },
            },
          },
        ],
      },
      on: {
        'process.checked': { actions: 'noteNeed' },
        'process.signalled': 'closing',
      },
    },
    closing: {
      entry: 'closeTrace',
      on: {
        'trace.closed': {
          target: 'leaving',
          actions: 'sayFinished',
        },
      },
    },
    // The other one goes on in our files as soon as we let go of them.
    yielding: {
      entry: 'yieldTrace',
      on: { 'trace.closed': 'leaving' },
    },
    // What was said last is sent before the connection closes, and the process ends after that.
    leaving: {
      entry: 'disconnect',
      after: { [CONSUMER_LEAVE_MS_MAX]: 'ended' },
      on: { 'wire.closed': { guard: 'isThisConnection', target: 'ended' } },
    },
    ended: { entry: 'exit' },
  },
});
