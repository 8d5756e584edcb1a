/** The parts that a snapshot's chart is made of: types, guards, actions. */
import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { SNAPSHOT_EXIT } from '../../../src/wire/exit-status.ts';
import {
  connectAs,
  connectionGuards,
  greet,
  say,
  whyNotJoined,
} from '../../shared/registry-connection.ts';
import { type SnapshotContext, type SnapshotInput, snapshotActions } from './context.ts';
import type { SnapshotEvent } from './events.ts';

function failureLine(reason: string): Effect {
  return { type: 'log.write', event: 'snapshot.failed', fields: { reason } };
}

export const snapshotSetup = setup({
  types: {
    context: {} as SnapshotContext,
    input: {} as SnapshotInput,
    events: {} as SnapshotEvent,
    emitted: {} as Effect,
  },
  guards: {
    ...connectionGuards,
    isMessage: ({ event }, { type }: { type: ToConsumer['type'] }) =>
      event.type === 'wire.message' && event.message.type === type,
  },
  actions: snapshotActions({
    connect: act((scene) => connectAs(scene, 'control.consumer')),
    greet: act((scene) => greet(scene)),
    attach: emit(({ context }) =>
      say(context, { type: 'attach', session: context.sessionUuid, snapshot: true }),
    ),
    open: on('wire.message', ({ context, event: { message }, enqueue }) => {
      assert(message.type === 'session', 'pre:snapshot.open:is-session');
      const { output } = context;
      enqueue.emit({
        type: 'snapshot.open',
        session: { name: message.name, uuid: context.sessionUuid },
        output,
      });
    }),
    attachStream: on('wire.message', ({ event: { message }, enqueue }) => {
      assert(message.type === 'stream.add', 'pre:snapshot.attachStream:is-stream');
      enqueue.emit({ type: 'snapshot.attach', stream: message.stream });
    }),
    copy: act(({ context, enqueue }) => {
      enqueue.emit(say(context, { type: 'opened' }));
      enqueue.emit({ type: 'snapshot.write' });
    }),
    abandon: emit({ type: 'snapshot.abandon' }),
    fail: act(({ enqueue }, { code, reason }: { code: number; reason: string }) => {
      enqueue.assign({ exitCode: code });
      enqueue.emit(failureLine(reason));
    }),
    failToJoin: act(({ event, enqueue }) => {
      const refusal = event.type === 'wire.message' ? event.message : undefined;
      const isFull = refusal?.type === 'refused' && refusal.code === 'LIMIT';
      enqueue.assign({ exitCode: isFull ? SNAPSHOT_EXIT.tooMany : SNAPSHOT_EXIT.notAttached });
      enqueue.emit(failureLine(whyNotJoined(event)));
    }),
    noteWritten: on('snapshot.written', ({ context, event, enqueue }) => {
      const { streams, lost, bytes } = event;
      if (lost > 0) enqueue.assign({ exitCode: SNAPSHOT_EXIT.incomplete });
      enqueue.emit({
        type: 'log.write',
        event: 'snapshot.written',
        fields: { output: context.output, streams, 'streams-lost': lost, bytes },
      });
    }),
    exit: emit(({ context }) => ({ type: 'process.exit', code: context.exitCode })),
  }),
});
