/**
 * A command of `lttng`: finds the registry that serves this user, or starts it, and carries out a plan (R1.4,
 * R1.8, R1.20). Root of its process.
 *
 * ```
 *   finding.connecting ──refused, absent──▶ next place … ▶ spawning ⇄ retrying
 *        └──welcome──▶ working: choosing ▶ requesting, bringingConsumer, resting, running ▶ … ▶ done
 *                            └──registry lost, and needed again──▶ returning ──welcome──▶ working
 * ```
 * A user's registries are tried in order: the global one, then the user's own, which is started when it does not
 * answer. Root has the global one alone. One that dies while a command runs has written down what it was told: the
 * next one of the same place goes on with it, and so does the command. What it has asked for is then unknown, and a
 * failure; only the end of its own session it asks for again.
 */
import { and, setup } from 'xstate';
import type { Effect, EffectEvent } from '../../src/effects/contract/effects.ts';
import { act, emit } from '../../src/runtime/act.ts';
import {
  beginWork,
  bringConsumer,
  choose,
  connect,
  greet,
  keepAnswer,
  keepEnd,
  keepFailure,
  keepSnapshot,
  noteReason,
  report,
  request,
  runChild,
  spawnSessiond,
  spawnSnapshot,
} from './actions.ts';
import {
  CHILD,
  type ClientContext,
  type ClientEffect,
  type ClientInput,
  CONNECT_MS_MAX,
  connectionId,
  initialContext,
  messageOf,
  REPLY_MS_MAX,
  RETURN_MS_MAX,
  SNAPSHOT,
  SNAPSHOT_MS_MAX,
  SPAWN_MS_MAX,
  SPAWN_RETRY_MS,
} from './context.ts';
import { guards } from './guards.ts';
import type { ClientErrorCode } from './plans/plan.ts';
import { endOf, sentenceOf } from './sentences.ts';

/** The action that keeps this failure as the result of the step. */
function failing(code: ClientErrorCode, reason: string) {
  return { type: 'keepFailure' as const, params: { code, reason } };
}

const registryLost = {
  guard: 'isThisConnection' as const,
  target: 'choosing' as const,
  actions: ['noteLost' as const, failing('REGISTRY_LOST', 'The registry went away')],
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

const childEnded = { guard: 'isChild', target: 'choosing', actions: 'keepEnd' } as const;
const snapshotEnded = {
  guard: 'isSnapshotEnd',
  target: 'choosing',
  actions: 'keepSnapshot',
} as const;

export const clientMachine = setup({
  types: {
    context: {} as ClientContext,
    input: {} as ClientInput,
    events: {} as EffectEvent,
    emitted: {} as Effect | ClientEffect,
  },
  guards,
  actions: {
    disconnect: emit(({ context }) => ({
      type: 'wire.close' as const,
      connection: connectionId(context),
    })),
    noteReason: act(noteReason),
    nextCandidate: act(({ context, enqueue }) =>
      enqueue.assign({ candidate: context.candidate + 1 }),
    ),
    keepFailure: act(keepFailure),
    keepRest: act(({ context, enqueue }) =>
      enqueue.assign({ results: [...context.results, { kind: 'rested' }] }),
    ),
    noteInterrupted: act(({ enqueue }) => enqueue.assign({ isInterrupted: true })),
    noteAskedAgain: act(({ context, enqueue }) =>
      enqueue.assign({ timesAskedAgain: context.timesAskedAgain + 1, hasBrought: false }),
    ),
    noteLost: act(({ enqueue }) => enqueue.assign({ isConnected: false })),
    endSnapshot: emit({ type: 'process.kill' as const, key: SNAPSHOT, signal: 'SIGTERM' as const }),
    report: act(report),

    spawnSessiond: act(spawnSessiond),
    runChild: act(runChild),
    spawnSnapshot: act(spawnSnapshot),
    keepSnapshot: act(keepSnapshot),
    keepEnd: act(keepEnd),
    connect: act(connect),
    greet: act(greet),
    beginWork: act(beginWork),
    choose: act(choose),
    request: act(request),
    bringConsumer: act(bringConsumer),
    keepAnswer: act(keepAnswer),
  },
  delays: {
    restMs: ({ context }) => (context.step?.kind === 'rest' ? context.step.ms : 0),
  },
}).createMachine({
  id: 'client',
  context: ({ input }) => initialContext(input),
  initial: 'finding',
  // What comes late or is nobody's concern any more.
  on: {
    'wire.closed': {},
    'wire.message': {},
    'wire.openFailed': {},
    'wire.opened': {
      actions: emit(({ event }) => ({ type: 'wire.close' as const, connection: event.connection })),
    },
    'process.spawned': {},
    'process.ended': {},
    'process.spawnFailed': {},
  },
  states: {
    finding: {
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
                    params: ({ event }) => {
                      const message = messageOf(event);
                      return {
                        reason: message?.type === 'refused' ? message.reason : 'a strange answer',
                      };
                    },
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
    },
    // The registry is there when its socket answers; several clients may have started one, the first one stays.
    spawning: {
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
    },
    // Of the same place alone: no other registry knows of what this command began.
    returning: {
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
    },
    working: {
      entry: 'beginWork',
      initial: 'beginning',
      states: {
        // Who comes back has a step to do already.
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
              { guard: 'needsConsumer', target: 'bringingConsumer' },
              { guard: 'isAnswer', target: 'choosing', actions: 'keepAnswer' },
            ],
            'wire.closed': lostOnTheWay,
            // The answer is waited for, so that a plan can take back what it began; a second signal ends at once.
            'process.signalled': [
              {
                guard: 'isInterrupted',
                target: '#client.done',
                actions: failing('INTERRUPTED', 'Interrupted'),
              },
              { actions: 'noteInterrupted' },
            ],
          },
        },
        bringingConsumer: {
          entry: 'bringConsumer',
          after: {
            [REPLY_MS_MAX]: noAnswer,
          },
          on: {
            'wire.message': [
              {
                guard: and(['isAnswer', ({ event }) => messageOf(event)?.type === 'failure']),
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
            'process.signalled': { actions: 'noteInterrupted' },
          },
        },
        copying: {
          entry: 'spawnSnapshot',
          after: {
            [SNAPSHOT_MS_MAX]: {
              target: 'choosing',
              actions: [
                'endSnapshot',
                failing('SNAPSHOT_FAILED', 'The snapshot took too long and was given up'),
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
        // The terminal sends the child its own SIGINT; it decides what becomes of it, and we wait.
        running: {
          entry: 'runChild',
          on: {
            'process.ended': childEnded,
            'process.spawnFailed': childEnded,
            'process.signalled': {
              guard: ({ event }) => event.signal !== 'SIGINT',
              actions: emit({
                type: 'process.kill' as const,
                key: CHILD,
                signal: 'SIGTERM' as const,
              }),
            },
            'wire.closed': { guard: 'isThisConnection', actions: 'noteLost' },
          },
        },
      },
    },
    done: { entry: ['report', 'disconnect'], on: { 'process.signalled': {} } },
  },
});
