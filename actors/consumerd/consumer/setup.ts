/** The parts that a consumer's chart is made of: types, guards, actions. */
import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import type { RecorderEffect } from '../../../src/effects/contract/recorder.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT } from '../../../src/wire/exit-status.ts';
import {
  closeOpened,
  connectAs,
  connectionGuards,
  disconnect,
  greet,
  say,
  whyNotJoined,
} from '../../shared/registry-connection.ts';
import {
  CONSUMER_REJOINS_MAX,
  type ConsumerContext,
  type ConsumerInput,
  type ConsumerScene,
  consumerActions,
  hasTrace,
  KERNEL_PID,
} from './context.ts';
import type { ConsumerEvent } from './events.ts';

type GuardScene = Pick<ConsumerScene, 'context' | 'event'>;

/** Another consumer has the session. */
function isReplaced(scene: GuardScene): boolean {
  const { event } = scene;
  if (event.type !== 'wire.message' || !connectionGuards.isThisConnection(scene)) return false;
  const { message } = event;
  return message.type === 'refused' && message.code === 'ALREADY';
}

function isMessage(scene: GuardScene, ...types: readonly ToConsumer['type'][]): boolean {
  const { event } = scene;
  return (
    event.type === 'wire.message' &&
    connectionGuards.isThisConnection(scene) &&
    types.includes(event.message.type)
  );
}

/** What the recorder does at a message of the registry. */
function effectOf(message: ToConsumer, context: ConsumerContext): RecorderEffect | undefined {
  const { into, sessionName } = context;
  switch (message.type) {
    case 'stream.add':
      return { type: 'recorder.addStream', stream: message.stream };
    case 'stream.ended':
      return { type: 'recorder.endStream', streamId: message.streamId };
    case 'flush':
      return { type: 'recorder.flush', token: message.token };
    case 'output.files':
    case 'output.regenerate': {
      const output = into === undefined ? message.output : `${into}/${sessionName}`;
      const type = message.type === 'output.files' ? 'recorder.toFiles' : 'recorder.regenerate';
      return { type, token: message.token, output };
    }
    case 'output.passage':
      return { type: 'recorder.reachPassage', token: message.token, passage: message.passage };
    case 'output.passed': {
      const { token, subdirectory: basePath, way, datagramsTo } = message;
      const datagrams = datagramsTo === undefined ? {} : { datagramsTo };
      return { type: 'recorder.toRelay', token, basePath, way, ...datagrams };
    }
    case 'output.none':
      return { type: 'recorder.toNowhere', token: message.token };
    case 'output.rotate': {
      const { token, output, chunk, clear: isClear = false } = message;
      return { type: 'recorder.rotate', token, output, chunk, isClear };
    }
    case 'kernel.layout':
      return { type: 'recorder.kernelLayout', text: message.text };
    case 'kernel.formats':
      return { type: 'recorder.kernelFormats', formats: message.formats };
    case 'kernel.passage':
      return { type: 'recorder.reachPages', token: message.token, passage: message.passage };
    case 'kernel.passed':
      return { type: 'recorder.takePages', token: message.token, streams: message.streams };
    case 'output.limit':
      return { type: 'recorder.limit', bytes: message.bytes };
    default:
      return undefined;
  }
}

function endLine(reason: string): Effect {
  return { type: 'log.write', event: 'consumer.failed', fields: { reason } };
}

const joiningActions = consumerActions({
  connect: act((scene) => connectAs(scene, 'control.consumer')),
  greet: act((scene) => greet(scene)),
  disconnect: act((scene) => disconnect(scene)),
  closeOpened: on('wire.opened', (scene) => closeOpened(scene)),
  attach: emit(({ context }) => say(context, { type: 'attach', session: context.sessionUuid })),
  /** The registry did not take us. */
  failToJoin: act((scene) => {
    const { event, enqueue } = scene;
    enqueue.assign({
      exitCode: isReplaced(scene) ? CONSUMERD_EXIT.hasAnother : CONSUMERD_EXIT.notAttached,
    });
    enqueue.emit(endLine(whyNotJoined(event)));
  }),
  openTrace: on('wire.message', ({ context, event: { message }, enqueue }) => {
    assert(message.type === 'session', 'pre:consumer.openTrace:is-session');
    enqueue.assign({ looks: 0 });
    const { name, segments } = message;
    if (hasTrace(context)) {
      const known = Object.entries(context.writers).filter(([, writer]) =>
        segments.includes(writer.dataSegment.id),
      );
      enqueue.assign({ writers: Object.fromEntries(known) });
      enqueue.emit({ type: 'recorder.keepOnly', segments });
      // First: a registry sees from it that the consumer has kept its link to a relay.
      if (Object.keys(context.outcome).length > 0)
        enqueue.emit(say(context, { type: 'outcome', ...context.outcome }));
      enqueue.emit(say(context, { type: 'opened' }));
      return;
    }
    enqueue.assign({ sessionName: name });
    const { into, sessionUuid: uuid } = context;
    const { liveTimerUs, kernel } = message;
    const session = {
      name,
      uuid,
      ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
      ...(kernel === undefined ? {} : { kernel }),
    };
    if (message.output === undefined) enqueue.emit({ type: 'recorder.open', session });
    else if (into === undefined)
      enqueue.emit({ type: 'recorder.open', session, output: message.output });
    else enqueue.emit({ type: 'recorder.open', session, output: `${into}/${name}`, isApart: true });
  }),
});

const consumingActions = consumerActions({
  sayOpened: on('recorder.opened', ({ context, event: { atMs }, enqueue }) =>
    enqueue.emit(say(context, { type: 'opened', atMs })),
  ),
  sayFull: emit(({ context }) => say(context, { type: 'output.full' })),
  follow: on('wire.message', ({ context, event: { message }, enqueue }) => {
    if (message.type === 'stream.add') {
      const { streamId, pid, startedAt, dataSegment } = message.stream;
      const writer = { pid, startedAt, dataSegment };
      enqueue.assign({ writers: { ...context.writers, [streamId]: writer } });
    }
    const effect = effectOf(message, context);
    if (effect !== undefined) enqueue.emit(effect);
  }),
  sayReached: on('recorder.passageReached', ({ context, event: { token }, enqueue }) =>
    enqueue.emit(say(context, { type: 'output.reached', token })),
  ),
  sayOutputChanged: on('recorder.outputChanged', ({ context, event, enqueue }) => {
    const { type: _, ...changed } = event;
    enqueue.emit(say(context, { type: 'output.changed', ...changed }));
  }),
  sayPagesReached: on('recorder.pagesReached', ({ context, event: { token }, enqueue }) =>
    enqueue.emit(say(context, { type: 'kernel.reached', token })),
  ),
  sayPagesTaken: on('recorder.pagesTaken', ({ context, event: { token }, enqueue }) =>
    enqueue.emit(say(context, { type: 'kernel.taken', token })),
  ),
  sayPagesFailed: on('recorder.pagesFailed', ({ context, event: { token, error }, enqueue }) => {
    const { code, call } = error;
    const reason = `the consumer cannot take the buffers of the kernel (${code} from ${call})`;
    enqueue.emit(say(context, { type: 'kernel.taken', token, failed: { code, reason } }));
  }),
  sayFlushed: on('recorder.flushed', ({ context, event: { token, outcome }, enqueue }) => {
    enqueue.assign({ outcome });
    enqueue.emit(say(context, { type: 'flushed', token, ...outcome }));
  }),
  noteOutcome: on('recorder.changed', ({ event: { outcome }, enqueue }) =>
    enqueue.assign({ outcome }),
  ),
  sayOutcome: on('recorder.changed', ({ context, event: { outcome }, enqueue }) =>
    enqueue.emit(say(context, { type: 'outcome', ...outcome })),
  ),
  release: on('recorder.streamReleased', ({ context, event: { streamId }, enqueue }) => {
    const { [streamId]: _, ...writers } = context.writers;
    enqueue.assign({ writers });
    enqueue.emit(say(context, { type: 'stream.released', streamId }));
  }),
});

const aloneActions = consumerActions({
  noteLoss: on('wire.closed', ({ event, enqueue }) => {
    enqueue.emit({
      type: 'log.write',
      event: 'consumer.registryLost',
      fields: { reason: event.reason },
    });
    enqueue.emit({ type: 'recorder.noteAlone' });
  }),
  lookForNeed: act(({ context, enqueue }) => {
    const writers = Object.values(context.writers);
    const isNeeded = writers.some(({ pid }) => pid === KERNEL_PID);
    enqueue.assign({ isNeeded, looks: context.looks + 1 });
    if (isNeeded) return;
    const each = new Map(writers.map((one) => [`${one.pid} ${one.startedAt}`, one]));
    for (const { pid, startedAt } of each.values())
      enqueue.emit({ type: 'process.check', pid, startedAt });
  }),
  noteNeed: on('process.checked', ({ context, event, enqueue }) =>
    enqueue.assign({ isNeeded: context.isNeeded || event.isAlive }),
  ),
});

const endingActions = consumerActions({
  fail: act(({ enqueue }, { code, reason }: { code: number; reason: string }) => {
    enqueue.assign({ exitCode: code });
    enqueue.emit(endLine(reason));
  }),
  closeTrace: act(({ event, enqueue }) => {
    const message = event.type === 'wire.message' ? event.message : undefined;
    const archive = message?.type === 'finish' ? message.archive : undefined;
    enqueue.emit({ type: 'recorder.close', ...(archive === undefined ? {} : { archive }) });
  }),
  yieldTrace: emit({ type: 'recorder.close', isReplaced: true }),
  sayFinished: on('recorder.closed', ({ context, event: { outcome }, enqueue }) =>
    enqueue.emit(say(context, { type: 'finished', ...outcome })),
  ),
  exit: emit(({ context }) => ({ type: 'process.exit', code: context.exitCode })),
});

export const consumerSetup = setup({
  types: {
    context: {} as ConsumerContext,
    input: {} as ConsumerInput,
    events: {} as ConsumerEvent,
    emitted: {} as Effect,
  },
  guards: {
    ...connectionGuards,
    isReplaced,
    isMessage: (scene, { type }: { type: ToConsumer['type'] }) => isMessage(scene, type),
    isOutOfPlace: (scene) => isMessage(scene, 'welcome', 'refused', 'session'),
    hasTrace: ({ context }) => hasTrace(context),
    /** The session of the registry is of the other domain. */
    isOtherDomain: ({ context, event }) =>
      event.type === 'wire.message' &&
      event.message.type === 'session' &&
      (event.message.kernel !== undefined) !== (context.domain === 'kernel'),
    isWorthWaiting: ({ context }) => context.isNeeded || context.looks < CONSUMER_REJOINS_MAX,
  },
  actions: { ...joiningActions, ...consumingActions, ...aloneActions, ...endingActions },
});
