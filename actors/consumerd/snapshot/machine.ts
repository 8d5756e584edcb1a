/**
 * A snapshot (R1.23): root of an `ust-consumerd` that copies what the buffers of a session hold, with the credentials
 * of the user who asked, and ends. The session's own consumer, if it has one, goes on undisturbed.
 *
 * ```
 *   joining: connecting ▶ greeting ▶ attaching ──session──▶ collecting ──finish──▶ copying ──▶ ended
 * ```
 * The registry is needed until every stream is attached; the copy is made without it.
 */
import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../../src/effects/contract/effects.ts';
import { act, emit } from '../../../src/runtime/act.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToConsumer,
  type ToRegistry,
} from '../../../src/wire/control/messages.ts';
import { SNAPSHOT_EXIT } from '../../../src/wire/exit-status.ts';
import { messageOf, whyNotJoined } from '../../shared/registry-connection.ts';

export interface SnapshotInput {
  readonly registryPath: string;
  /** Only a registry of this user is talked to. */
  readonly registryUid: number;
  readonly sessionUuid: string;
  /** Absolute: the directory that the trace becomes. */
  readonly output: string;
}

export interface SnapshotContext extends SnapshotInput {
  readonly exitCode: number;
}

/** How long the registry may take until it has told of every stream. */
const ATTACH_MS_MAX = 10_000;
const CONNECTION = 'registry';

function say(message: ToRegistry): Effect {
  return { type: 'wire.send', connection: CONNECTION, message };
}

const notJoined = { target: '#snapshot.ended', actions: 'failToJoin' } as const;

export const snapshotMachine = setup({
  types: {
    context: {} as SnapshotContext,
    input: {} as SnapshotInput,
    events: {} as EffectEvent,
    emitted: {} as Effect,
  },
  guards: {
    isOwnersRegistry: ({ context, event }) =>
      event.type === 'wire.opened' && event.peer.uid === context.registryUid,
    isMessage: ({ event }, params: { type: ToConsumer['type'] }) =>
      event.type === 'wire.message' && messageOf(event).type === params.type,
    isWelcome: ({ event }) => {
      if (event.type !== 'wire.message') return false;
      const message = messageOf(event);
      return message.type === 'welcome' && message.major === CONTROL_PROTOCOL_MAJOR;
    },
  },
  actions: {
    connect: emit(({ context }) => ({
      type: 'wire.open' as const,
      connection: CONNECTION,
      path: context.registryPath,
      protocol: 'control.consumer' as const,
    })),
    greet: act(({ enqueue }) => {
      enqueue.emit({ type: 'wire.adopt', connection: CONNECTION });
      enqueue.emit(say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }));
    }),
    attach: emit(({ context }) =>
      say({ type: 'attach', session: context.sessionUuid, snapshot: true }),
    ),
    open: emit(({ context, event }) => {
      const message = messageOf(event);
      assert(message.type === 'session', 'pre:snapshot.open:is-session');
      return {
        type: 'snapshot.open' as const,
        sessionName: message.name,
        output: context.output,
      };
    }),
    attachStream: emit(({ event }) => {
      const message = messageOf(event);
      assert(message.type === 'stream.add', 'pre:snapshot.attachStream:is-stream');
      return { type: 'snapshot.attach' as const, stream: message.stream };
    }),
    copy: act(({ enqueue }) => {
      enqueue.emit(say({ type: 'opened' }));
      enqueue.emit({ type: 'snapshot.write' });
    }),
    abandon: emit({ type: 'snapshot.abandon' as const }),
    fail: act(({ enqueue }, params: { code: number; reason: string }) => {
      const { code, reason } = params;
      enqueue.assign({ exitCode: code });
      const message = 'The snapshot cannot be made';
      enqueue.emit({ type: 'log.write', level: 'error', message, fields: { reason } });
    }),
    failToJoin: act(({ event, enqueue }) => {
      const refusal = event.type === 'wire.message' ? messageOf(event) : undefined;
      const isFull = refusal?.type === 'refused' && refusal.code === 'LIMIT';
      enqueue.assign({ exitCode: isFull ? SNAPSHOT_EXIT.tooMany : SNAPSHOT_EXIT.notAttached });
      enqueue.emit({
        type: 'log.write',
        level: 'error',
        message: 'The snapshot cannot be made',
        fields: { reason: whyNotJoined(event) },
      });
    }),
    noteWritten: act(({ context, event, enqueue }) => {
      assert(event.type === 'snapshot.written', 'pre:snapshot.noteWritten:is-written');
      const { streams, lost, bytes } = event;
      if (lost > 0) enqueue.assign({ exitCode: SNAPSHOT_EXIT.incomplete });
      enqueue.emit({
        type: 'log.write',
        level: 'info',
        message: 'Wrote a snapshot',
        fields: { output: context.output, streams, 'streams-lost': lost, bytes },
      });
    }),
  },
}).createMachine({
  id: 'snapshot',
  context: ({ input }) => ({ exitCode: 0, ...input }),
  initial: 'joining',
  states: {
    joining: {
      initial: 'connecting',
      after: { [ATTACH_MS_MAX]: notJoined },
      on: { 'process.signalled': '#snapshot.interrupted', 'wire.closed': notJoined },
      states: {
        connecting: {
          entry: 'connect',
          on: {
            'wire.opened': [{ guard: 'isOwnersRegistry', target: 'greeting' }, notJoined],
            'wire.openFailed': notJoined,
          },
        },
        greeting: {
          entry: 'greet',
          on: { 'wire.message': [{ guard: 'isWelcome', target: 'attaching' }, notJoined] },
        },
        attaching: {
          entry: 'attach',
          on: {
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'session' } },
                target: 'collecting',
                actions: 'open',
              },
              notJoined,
            ],
          },
        },
        collecting: {
          on: {
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'stream.add' } },
                actions: 'attachStream',
              },
              {
                guard: { type: 'isMessage', params: { type: 'finish' } },
                target: '#snapshot.copying',
              },
              notJoined,
            ],
          },
        },
      },
    },
    copying: {
      entry: 'copy',
      on: {
        'wire.closed': {},
        'wire.message': {},
        'snapshot.written': { target: 'ended', actions: 'noteWritten' },
        'snapshot.failed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({
              code: SNAPSHOT_EXIT.notWritten,
              reason: `cannot write ${event.error.subject} (${event.error.code})`,
            }),
          },
        },
        'process.signalled': { target: 'interrupted', actions: 'abandon' },
      },
    },
    interrupted: {
      entry: { type: 'fail', params: { code: SNAPSHOT_EXIT.interrupted, reason: 'interrupted' } },
      always: 'ended',
    },
    ended: {
      entry: emit(({ context }) => ({ type: 'process.exit' as const, code: context.exitCode })),
    },
  },
});
