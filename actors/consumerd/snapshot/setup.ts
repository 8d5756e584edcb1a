/** The parts that a snapshot's chart is made of: types, guards, actions. */
import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, emit, type OfType, on } from '../../../src/runtime/act.ts';
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

function exitCodeOf({ lost, bytes, leftOut }: OfType<SnapshotEvent, 'snapshot.written'>): number {
  const isShort = leftOut.packets > 0;
  if (isShort && bytes === 0) return SNAPSHOT_EXIT.noRoom;
  if (lost > 0) return isShort ? SNAPSHOT_EXIT.shortAndIncomplete : SNAPSHOT_EXIT.incomplete;
  return isShort ? SNAPSHOT_EXIT.short : 0;
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
      const { output, bytesMax, sessionUuid: uuid } = context;
      const { name, kernel } = message;
      enqueue.emit({
        type: 'snapshot.open',
        session: { name, uuid, ...(kernel === undefined ? {} : { kernel }) },
        output,
        ...(bytesMax === undefined ? {} : { bytesMax }),
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
      const { streams, lost, bytes, leftOut } = event;
      enqueue.assign({ exitCode: exitCodeOf(event) });
      enqueue.emit({
        type: 'log.write',
        event: 'snapshot.written',
        fields: {
          output: context.output,
          streams,
          'streams-lost': lost,
          bytes,
          'packets-left-out': leftOut.packets,
          'events-left-out': leftOut.events,
        },
      });
    }),
    exit: emit(({ context }) => ({ type: 'process.exit', code: context.exitCode })),
  }),
});
