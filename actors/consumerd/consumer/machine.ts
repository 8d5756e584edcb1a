/**
 * `ust-consumerd` and `ltt-consumerd`: each writes one trace of one session, the former that of user space, the latter
 * that of the kernel, with the credentials of the recording user (R1.19, R1.20). Root of its process.
 *
 * ```
 *   joining: connecting ▶ greeting ▶ attaching ──▶ consuming ──finish, signal──▶ closing ▶ leaving ▶ ended
 *      ▲                                              │ registry lost                ▲
 *      └─────── CONSUMER_REJOIN_MS ◀── alone ◀────────┘──no application is left──────┘
 * ```
 * The death of a registry loses no data: the consumer continues to write what applications record, and joins the next
 * registry. Streams unknown to the new registry are orphaned; the consumer drains and releases them. A consumer ends
 * when it finds no registry for CONSUMER_REJOINS_MAX attempts and all its applications have died.
 */
import { and } from 'xstate';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import { CONSUMERD_EXIT } from '../../../src/wire/exit-status.ts';
import {
  assertInvariants,
  CONSUMER_JOIN_MS_MAX,
  CONSUMER_LEAVE_MS_MAX,
  CONSUMER_REJOIN_MS,
  initialContext,
} from './context.ts';
import { consumerSetup } from './setup.ts';

/** A consumer with a session continues without a registry; a consumer without a session ends. */
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
  // Late messages of earlier connections, and outcomes that the next registry will request again.
  on: {
    'wire.opened': { actions: 'closeOpened' },
    'wire.closed': {},
    'wire.message': {},
    'wire.openFailed': {},
    'process.signalled': {},
    'process.checked': {},
    'recorder.flushed': {},
    'recorder.passageReached': {},
    'recorder.outputChanged': {},
    'recorder.pagesReached': {},
    'recorder.pagesTaken': {},
    'recorder.pagesFailed': {},
    'recorder.changed': { actions: 'noteOutcome' },
    'recorder.full': {},
    'recorder.streamReleased': { actions: 'release' },
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
            'wire.message': [
              {
                guard: and(['isThisConnection', 'isOtherDomain']),
                target: '#consumer.ended',
                actions: {
                  type: 'fail',
                  params: ({ context }) => ({
                    code: CONSUMERD_EXIT.notAttached,
                    reason: `the session is not what a consumer of the ${context.domain} domain consumes`,
                  }),
                },
              },
              {
                guard: { type: 'isMessage', params: { type: 'session' } },
                target: '#consumer.consuming',
                actions: 'openTrace',
              },
            ],
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
                reason: `the registry sent an unexpected "${event.message.type}" message`,
              }),
            },
          },
          { guard: 'isThisConnection', actions: 'follow' },
        ],
        'recorder.opened': { actions: 'sayOpened' },
        'recorder.openFailed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({
              code: CONSUMERD_EXIT.noOutput,
              reason: `cannot create ${event.error.subject} (${event.error.code})`,
            }),
          },
        },
        'recorder.passageReached': { actions: 'sayReached' },
        'recorder.outputChanged': { actions: 'sayOutputChanged' },
        'recorder.pagesReached': { actions: 'sayPagesReached' },
        'recorder.pagesTaken': { actions: 'sayPagesTaken' },
        'recorder.pagesFailed': { actions: 'sayPagesFailed' },
        'recorder.flushed': {
          actions: 'sayFlushed',
        },
        'recorder.changed': { actions: ['noteOutcome', 'sayOutcome'] },
        'recorder.full': { actions: 'sayFull' },
        'wire.closed': { guard: 'isThisConnection', target: 'alone', actions: 'noteLoss' },
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
        'recorder.closed': {
          target: 'leaving',
          actions: 'sayFinished',
        },
      },
    },
    // The other consumer continues our files as soon as we close them.
    yielding: {
      entry: 'yieldTrace',
      on: { 'recorder.closed': 'leaving' },
    },
    // The connection closes after the last message is sent, and then the process ends.
    leaving: {
      entry: 'disconnect',
      after: { [CONSUMER_LEAVE_MS_MAX]: 'ended' },
      on: { 'wire.closed': { guard: 'isThisConnection', target: 'ended' } },
    },
    ended: { entry: 'exit' },
  },
});
checkSteps(consumerMachine, assertInvariants);
