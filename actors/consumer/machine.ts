/**
 * `ust-consumerd`: writes the user-space trace of one session, with the credentials of the user that records
 * (R1.19, R1.20). Root of its process.
 *
 * ```
 *   connecting ▶ greeting ▶ attaching ▶ opening ▶ consuming ──finish, registry lost, signal──▶ closing ──▶ ended
 * ```
 * A registry that goes away takes nothing along: what the buffers hold is written before the consumer ends.
 */
import { emit, enqueueActions, setup } from 'xstate';
import { assert } from '../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../src/effects/types.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToConsumer,
  type ToRegistry,
} from '../../src/wire/control/messages.ts';

export interface ConsumerInput {
  readonly registryPath: string;
  /** Only a registry of this user is talked to. */
  readonly registryUid: number;
  readonly sessionUuid: string;
}

export interface ConsumerContext extends ConsumerInput {
  readonly exitCode: number;
}

/** How long the registry may take until it has named the session. */
export const ATTACH_MS_MAX = 10_000;
/** How long the last words may take. */
export const LEAVE_MS_MAX = 1000;
/** Exit statuses of the consumer. */
export const EXIT_NOT_ATTACHED = 1;
export const EXIT_NO_OUTPUT = 2;
export const EXIT_REGISTRY_LOST = 4;

const CONNECTION = 'registry';

function messageOf(event: EffectEvent): ToConsumer {
  assert(event.type === 'wire.message', 'pre:consumer.messageOf:is-message');
  return event.message as ToConsumer;
}

function say(message: ToRegistry): Effect {
  return { type: 'wire.send', connection: CONNECTION, message };
}

export const consumerMachine = setup({
  types: {
    context: {} as ConsumerContext,
    input: {} as ConsumerInput,
    events: {} as EffectEvent,
    emitted: {} as Effect,
  },
  guards: {
    isOwnersRegistry: ({ context, event }) =>
      event.type === 'wire.opened' && event.peer.uid === context.registryUid,
    isMessage: ({ event }, params: { type: ToConsumer['type'] }) =>
      event.type === 'wire.message' && messageOf(event).type === params.type,
    isWelcome: ({ event }) => {
      const message = messageOf(event);
      return message.type === 'welcome' && message.major === CONTROL_PROTOCOL_MAJOR;
    },
    isOutOfPlace: ({ event }) => ['welcome', 'refused', 'session'].includes(messageOf(event).type),
  },
  actions: {
    fail: enqueueActions(({ enqueue }, params: { code: number; reason: string }) => {
      enqueue.assign({ exitCode: params.code });
      enqueue.emit({
        type: 'log.write',
        level: 'error',
        message: 'Consumer ends',
        fields: { reason: params.reason },
      });
    }),
    openTrace: emit(({ event }) => {
      const message = messageOf(event);
      assert(message.type === 'session', 'pre:consumer.openTrace:is-session');
      return { type: 'trace.open' as const, sessionName: message.name, output: message.output };
    }),
    follow: enqueueActions(({ event, enqueue }) => {
      const message = messageOf(event);
      if (message.type === 'stream.add') {
        enqueue.emit({ type: 'trace.addStream', stream: message.stream });
      } else if (message.type === 'stream.ended') {
        enqueue.emit({ type: 'trace.endStream', streamId: message.streamId });
      } else if (message.type === 'flush') {
        enqueue.emit({ type: 'trace.flush', token: message.token });
      }
    }),
  },
}).createMachine({
  id: 'consumer',
  context: ({ input }) => ({ ...input, exitCode: 0 }),
  initial: 'joining',
  on: { 'wire.closed': {}, 'wire.message': {}, 'process.signalled': {} },
  states: {
    joining: {
      initial: 'connecting',
      after: {
        [ATTACH_MS_MAX]: {
          target: 'ended',
          actions: {
            type: 'fail',
            params: { code: EXIT_NOT_ATTACHED, reason: 'the registry does not answer' },
          },
        },
      },
      on: {
        'process.signalled': 'ended',
        'wire.message': {
          guard: { type: 'isMessage', params: { type: 'refused' } },
          target: 'leaving',
          actions: {
            type: 'fail',
            params: ({ event }) => {
              const message = messageOf(event);
              assert(message.type === 'refused', 'pre:consumer.refused:is-refusal');
              return { code: EXIT_NOT_ATTACHED, reason: message.reason };
            },
          },
        },
        'wire.closed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({ code: EXIT_NOT_ATTACHED, reason: event.reason }),
          },
        },
      },
      states: {
        connecting: {
          entry: emit(({ context }) => ({
            type: 'wire.open' as const,
            connection: CONNECTION,
            path: context.registryPath,
          })),
          on: {
            'wire.opened': [
              { guard: 'isOwnersRegistry', target: 'greeting' },
              {
                target: '#consumer.ended',
                actions: {
                  type: 'fail',
                  params: ({ event }) => ({
                    code: EXIT_NOT_ATTACHED,
                    reason: `the registry runs as uid ${event.peer.uid}, a stranger`,
                  }),
                },
              },
            ],
            'wire.openFailed': {
              target: '#consumer.ended',
              actions: {
                type: 'fail',
                params: ({ event }) => ({
                  code: EXIT_NOT_ATTACHED,
                  reason: `cannot connect to ${event.error.subject} (${event.error.code})`,
                }),
              },
            },
          },
        },
        greeting: {
          entry: [
            emit({
              type: 'wire.adopt' as const,
              connection: CONNECTION,
              protocol: 'control.consumer' as const,
            }),
            emit(say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 })),
          ],
          on: {
            'wire.message': {
              guard: 'isWelcome',
              target: 'attaching',
            },
          },
        },
        attaching: {
          entry: emit(({ context }) => say({ type: 'attach', session: context.sessionUuid })),
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
                code: EXIT_REGISTRY_LOST,
                reason: `the registry said "${messageOf(event).type}" out of place`,
              }),
            },
          },
          { actions: 'follow' },
        ],
        'trace.opened': {},
        'trace.openFailed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({
              code: EXIT_NO_OUTPUT,
              reason: `cannot make ${event.error.subject} (${event.error.code})`,
            }),
          },
        },
        'trace.flushed': {
          actions: emit(({ event }) => say({ type: 'flushed', token: event.token })),
        },
        'trace.streamReleased': {
          actions: emit(({ event }) => say({ type: 'stream.released', streamId: event.streamId })),
        },
        'wire.closed': {
          target: 'closing',
          actions: {
            type: 'fail',
            params: ({ event }) => ({ code: EXIT_REGISTRY_LOST, reason: event.reason }),
          },
        },
        'process.signalled': 'closing',
      },
    },
    closing: {
      entry: emit({ type: 'trace.close' as const }),
      on: {
        'trace.closed': { target: 'leaving', actions: emit(say({ type: 'finished' })) },
        'trace.streamReleased': {},
        'trace.flushed': {},
      },
    },
    // What was said last is sent before the connection closes, and the process ends after that.
    leaving: {
      entry: emit({ type: 'wire.close' as const, connection: CONNECTION }),
      after: { [LEAVE_MS_MAX]: 'ended' },
      on: { 'wire.closed': 'ended' },
    },
    ended: {
      entry: emit(({ context }) => ({ type: 'process.exit' as const, code: context.exitCode })),
    },
  },
});
