/**
 * A command of `lttng`: finds the registry that serves this user, or starts it, and carries out a plan (R1.4,
 * R1.8, R1.20). Root of its process.
 *
 * ```
 *   finding.connecting ──refused, absent──▶ next place … ▶ spawning ⇄ retrying
 *        └──welcome──▶ working: choosing ▶ requesting │ bringingConsumer │ running ▶ … ▶ done
 * ```
 * A user's registries are tried in order: the global one, then the user's own, which is started when it does not
 * answer. Root has the global one alone.
 */
import { emit, enqueueActions, setup } from 'xstate';
import { assert } from '../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../src/effects/types.ts';
import type { ProcessExit } from '../../src/port/world.ts';
import type { ToClient } from '../../src/wire/control/messages.ts';
import { EXIT_ALREADY_RUNNING } from '../registry/exit.ts';
import {
  beginWork,
  bringConsumer,
  choose,
  connect,
  greet,
  keepAnswer,
  request,
} from './actions.ts';
import {
  CHILD,
  type ClientContext,
  type ClientEffect,
  type ClientInput,
  CONNECT_MS_MAX,
  CONSUMER,
  candidateOf,
  connectionId,
  messageOf,
  REPLY_MS_MAX,
  SESSIOND,
  SPAWN_MS_MAX,
  SPAWN_RETRY_MS,
} from './context.ts';
import type { ClientErrorCode } from './plan.ts';

export const clientMachine = setup({
  types: {
    context: {} as ClientContext,
    input: {} as ClientInput,
    events: {} as EffectEvent,
    emitted: {} as Effect | ClientEffect,
  },
  guards: {
    isOwnersRegistry: ({ context, event }) =>
      event.type === 'wire.opened' && event.peer.uid === candidateOf(context).ownerUid,
    isMessage: ({ event }, params: { type: ToClient['type'] }) =>
      messageOf(event)?.type === params.type,
    isThisConnection: ({ context, event }) =>
      'connection' in event && event.connection === connectionId(context),
    isLastCandidate: ({ context }) => context.candidate + 1 >= context.candidates.length,
    canSpawn: ({ context }) =>
      context.candidate + 1 >= context.candidates.length && context.sessiond !== undefined,
    isAnswer: ({ context, event }) => {
      const message = messageOf(event);
      const isReply = message?.type === 'reply' || message?.type === 'failure';
      return isReply && message.id === context.requestId;
    },
    needsConsumer: ({ context, event }) => {
      const message = messageOf(event);
      return (
        message?.type === 'failure' &&
        message.id === context.requestId &&
        message.code === 'NO_CONSUMER' &&
        message.session !== undefined
      );
    },
    isChild: ({ event }) => 'key' in event && event.key === CHILD,
    isConsumer: ({ event }) => 'key' in event && event.key === CONSUMER,
    hasFailedToStart: ({ event }) =>
      event.type === 'process.ended' &&
      event.key === SESSIOND &&
      event.exit.code !== EXIT_ALREADY_RUNNING,
    isRequest: ({ context }) => context.step?.kind === 'request',
    isRun: ({ context }) => context.step?.kind === 'run',
    isOver: ({ context }) => context.step === undefined,
    isInterrupted: ({ context }) => context.isInterrupted,
    isLost: ({ context }) => !context.isConnected,
  },
  actions: {
    disconnect: emit(({ context }) => ({
      type: 'wire.close' as const,
      connection: connectionId(context),
    })),
    noteReason: enqueueActions(({ context, enqueue }, params: { reason: string }) => {
      const { clientPath } = candidateOf(context);
      enqueue.assign({ reasons: [...context.reasons, `${clientPath}: ${params.reason}`] });
    }),
    nextCandidate: enqueueActions(({ context, enqueue }) =>
      enqueue.assign({ candidate: context.candidate + 1 }),
    ),
    spawnSessiond: enqueueActions(({ context, enqueue }) => {
      assert(context.sessiond !== undefined, 'pre:client.spawnSessiond:allowed');
      enqueue.assign({ hasSpawned: true });
      enqueue.emit({
        type: 'process.spawn',
        key: SESSIOND,
        ...context.sessiond,
        environment: context.environment,
        style: 'daemon',
      });
    }),
    keepFailure: enqueueActions(
      ({ context, enqueue }, params: { code: ClientErrorCode; reason: string }) =>
        enqueue.assign({ results: [...context.results, { kind: 'failure', ...params }] }),
    ),
    runChild: emit(({ context }) => {
      assert(context.step?.kind === 'run', 'pre:client.runChild:is-run');
      const { program, args, environment } = context.step;
      return {
        type: 'process.spawn' as const,
        key: CHILD,
        program,
        args,
        environment,
        style: 'inherit' as const,
      };
    }),
    noteInterrupted: enqueueActions(({ enqueue }) => enqueue.assign({ isInterrupted: true })),
    noteLost: enqueueActions(({ enqueue }) => enqueue.assign({ isConnected: false })),
    report: emit(({ context }) => ({
      type: 'client.done' as const,
      results: context.results,
      scope: context.isConnected ? candidateOf(context).scope : undefined,
    })),

    connect: enqueueActions(connect),
    greet: enqueueActions(greet),
    beginWork: enqueueActions(beginWork),
    choose: enqueueActions(choose),
    request: enqueueActions(request),
    bringConsumer: enqueueActions(bringConsumer),
    keepAnswer: enqueueActions(keepAnswer),
  },
}).createMachine({
  id: 'client',
  context: ({ input }) => ({
    ...input,
    candidate: 0,
    connectionCount: 0,
    requestId: 0,
    results: [],
    step: undefined,
    reasons: [],
    isConnected: false,
    hasSpawned: false,
    isInterrupted: false,
  }),
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
          actions: {
            type: 'keepFailure',
            params: { code: 'INTERRUPTED', reason: 'Interrupted before a registry was found' },
          },
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
                guard: { type: 'isMessage', params: { type: 'welcome' } },
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
          actions: {
            type: 'keepFailure',
            params: { code: 'INTERRUPTED', reason: 'Interrupted while the registry was starting' },
          },
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
            'wire.opened': [
              { guard: 'isOwnersRegistry', actions: 'greet' },
              { target: 'waiting', actions: 'disconnect' },
            ],
            'wire.openFailed': { guard: 'isThisConnection', target: 'waiting' },
            'wire.closed': { guard: 'isThisConnection', target: 'waiting' },
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'welcome' } },
                target: '#client.working',
              },
              { target: 'waiting', actions: 'disconnect' },
            ],
          },
        },
      },
    },
    working: {
      entry: 'beginWork',
      initial: 'choosing',
      states: {
        choosing: {
          entry: 'choose',
          always: [
            { guard: 'isOver', target: '#client.done' },
            { guard: 'isRun', target: 'running' },
            {
              guard: 'isLost',
              target: '#client.done',
              actions: {
                type: 'keepFailure',
                params: {
                  code: 'REGISTRY_LOST',
                  reason: 'The registry went away; what was recorded stays',
                },
              },
            },
            { guard: 'isRequest', target: 'requesting' },
          ],
        },
        requesting: {
          entry: 'request',
          after: {
            [REPLY_MS_MAX]: {
              target: '#client.done',
              actions: {
                type: 'keepFailure',
                params: { code: 'NO_ANSWER', reason: 'The registry does not answer' },
              },
            },
          },
          on: {
            'wire.message': [
              { guard: 'needsConsumer', target: 'bringingConsumer' },
              { guard: 'isAnswer', target: 'choosing', actions: 'keepAnswer' },
            ],
            'wire.closed': {
              guard: 'isThisConnection',
              target: 'choosing',
              actions: [
                'noteLost',
                {
                  type: 'keepFailure',
                  params: { code: 'REGISTRY_LOST', reason: 'The registry went away' },
                },
              ],
            },
            // The answer is waited for, so that a plan can take back what it began; a second signal ends at once.
            'process.signalled': [
              {
                guard: 'isInterrupted',
                target: '#client.done',
                actions: {
                  type: 'keepFailure',
                  params: { code: 'INTERRUPTED', reason: 'Interrupted' },
                },
              },
              { actions: 'noteInterrupted' },
            ],
          },
        },
        bringingConsumer: {
          entry: 'bringConsumer',
          on: {
            'wire.message': [
              {
                guard: ({ event }) => messageOf(event)?.type === 'failure',
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
              guard: 'isConsumer',
              target: 'choosing',
              actions: {
                type: 'keepFailure',
                params: ({ event }) => ({
                  code: 'CONSUMER_FAILED',
                  reason: `The consumer ended at once (${endOf(event.exit)})`,
                }),
              },
            },
            'wire.closed': {
              guard: 'isThisConnection',
              target: 'choosing',
              actions: [
                'noteLost',
                {
                  type: 'keepFailure',
                  params: { code: 'REGISTRY_LOST', reason: 'The registry went away' },
                },
              ],
            },
            'process.signalled': { actions: 'noteInterrupted' },
          },
        },
        // The terminal sends the child its own SIGINT; it decides what becomes of it, and we wait.
        running: {
          entry: 'runChild',
          on: {
            'process.ended': {
              guard: 'isChild',
              target: 'choosing',
              actions: enqueueActions(({ context, event, enqueue }) =>
                enqueue.assign({
                  results: [...context.results, { kind: 'exit', exit: event.exit }],
                }),
              ),
            },
            'process.spawnFailed': {
              guard: 'isChild',
              target: 'choosing',
              actions: enqueueActions(({ context, event, enqueue }) =>
                enqueue.assign({
                  results: [...context.results, { kind: 'cannotRun', error: event.error }],
                }),
              ),
            },
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

function endOf({ code, signal }: ProcessExit): string {
  return signal ?? `status ${code}`;
}

function sentenceOf(code: string): string {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'nobody listens';
  if (code === 'EACCES') return 'this user is not in its group';
  return code;
}
