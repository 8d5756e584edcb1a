/** What a session does on the way between its states (`machine.ts`). */
import { assert } from '../../src/base/assert.ts';
import type { SessionInfo, ToConsumer } from '../../src/wire/control/messages.ts';
import { recordDirectory, WAKE_PREFIX } from '../registry/paths.ts';
import {
  answer,
  type Enqueue,
  type Refusal,
  refuse,
  type SceneOf,
  type System,
  tell,
} from '../registry/tell.ts';
import type { ToAppLink, ToClientLink, ToRegistry } from '../registry/types.ts';
import { addChannel, disableEvents, enableEvents } from './changes.ts';
import {
  AWAITING_MAX,
  channelsFor,
  consumerStreamOf,
  infoOf,
  isAbsent,
  isWriterOf,
  mayTrace,
  partFor,
  type SessionContext,
  STREAMS_MAX,
  type Stream,
  streamOf,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { CONSUMER_MS_MAX, DRAIN_MS_MAX } from './limits.ts';
import { type RecordedState, recordText } from './record.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;

function tellConsumer(
  enqueue: Enqueue,
  system: System,
  context: SessionContext,
  message: ToConsumer,
): void {
  if (context.consumer === undefined) return;
  tell<ToClientLink>(enqueue, system, context.consumer.link, { type: 'consumer.tell', message });
}

export function answerHeld(
  { context, enqueue, system }: Scene,
  params: { state: SessionInfo['state'] },
): void {
  if (context.answering === undefined) return;
  answer(enqueue, system, context.answering, { session: infoOf(context, params.state) });
}

export function refuseWith({ event, enqueue, system }: Scene, params: Refusal): void {
  assert(event.type === 'session.command', 'pre:session.refuseWith:is-command');
  refuse(enqueue, system, event.replyTo, params);
}

export function refuseBusy({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseBusy:is-command');
  refuse(enqueue, system, event.replyTo, {
    code: 'SESSION_BUSY',
    reason: `Session "${context.name}" is carrying out another command; try again when it is done`,
  });
}

export function refuseAlready(
  { context, event, enqueue, system }: Scene,
  params: { state: string },
): void {
  assert(event.type === 'session.command', 'pre:session.refuseAlready:is-command');
  refuse(enqueue, system, event.replyTo, {
    code: 'ALREADY',
    reason: `Session "${context.name}" is ${params.state} already`,
  });
}

export function refuseNoConsumer({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseNoConsumer:is-command');
  refuse(enqueue, system, event.replyTo, {
    code: 'NO_CONSUMER',
    reason: `Session "${context.name}" has no consumer; the lttng command starts one with your credentials`,
    session: context.uuid,
  });
}

export function awaitConsumer({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.awaitConsumer:is-command');
  if (context.consumer?.isOpen === true) {
    answer(enqueue, system, event.replyTo, {});
  } else if (context.awaiting.length >= AWAITING_MAX) {
    refuse(enqueue, system, event.replyTo, {
      code: 'LIMIT',
      reason: `${AWAITING_MAX} requests wait for a consumer of session "${context.name}" already`,
    });
  } else {
    enqueue.assign({ awaiting: [...context.awaiting, event.replyTo] });
  }
}

/** Channels and rules; the applications learn at once when the session is active. */
export function change(
  { context, event, enqueue, system }: Scene,
  params: { state: SessionInfo['state'] },
): void {
  assert(event.type === 'session.command', 'pre:session.change:is-command');
  const { operation, replyTo } = event;
  const changed =
    operation.op === 'channel.add'
      ? addChannel(context, operation)
      : operation.op === 'event.enable'
        ? enableEvents(context, operation)
        : operation.op === 'event.disable'
          ? disableEvents(context, operation)
          : undefined;
  assert(changed !== undefined, 'pre:session.change:is-change');
  if (!changed.ok) {
    refuse(enqueue, system, replyTo, changed.error);
    return;
  }
  enqueue.assign(changed.value);
  keepRecord(enqueue, { ...context, ...changed.value });
  answer(enqueue, system, replyTo, {
    session: infoOf({ ...context, ...changed.value }, params.state),
  });
}

export function attachConsumer({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'consumer.attached', 'pre:session.attachConsumer:is-attached');
  const consumer = { link: event.link, pid: event.pid, isOpen: false };
  const attached = { ...context, consumer };
  enqueue.assign({ consumer });
  tell<ToClientLink>(enqueue, system, event.link, { type: 'consumer.accepted' });
  const { name, uuid, output } = context;
  tellConsumer(enqueue, system, attached, { type: 'session', name, uuid, output });
  for (const stream of context.streams) {
    const told = consumerStreamOf(context, stream);
    if (told === undefined) continue;
    tellConsumer(enqueue, system, attached, { type: 'stream.add', stream: told });
    if (stream.ended) {
      tellConsumer(enqueue, system, attached, {
        type: 'stream.ended',
        streamId: stream.streamId,
      });
    }
  }
  tellInfo(enqueue, system, attached);
}

/** It can write: from now on the session can start. */
export function openConsumer({ context, enqueue, system }: Scene): void {
  const { consumer, awaiting } = context;
  if (consumer === undefined) return;
  enqueue.assign({ consumer: { ...consumer, isOpen: true }, awaiting: [] });
  for (const waiting of awaiting) answer(enqueue, system, waiting, {});
}

export function refuseConsumer({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'consumer.attached', 'pre:session.refuseConsumer:is-attached');
  tell<ToClientLink>(enqueue, system, event.link, {
    type: 'consumer.refused',
    code: 'ALREADY',
    reason: `Session "${context.name}" has a consumer already`,
  });
}

export function loseConsumer({ context, enqueue, system }: Scene): void {
  const { consumer, awaiting } = context;
  assert(consumer !== undefined, 'pre:session.loseConsumer:has-one');
  enqueue.assign({ consumer: undefined, awaiting: [] });
  tellInfo(enqueue, system, { ...context, consumer: undefined });
  for (const waiting of awaiting) {
    refuse(enqueue, system, waiting, {
      code: 'CONSUMER_FAILED',
      reason: `The consumer of session "${context.name}" left before it could write; its log says why`,
    });
  }
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'Consumer left its session',
    fields: { session: context.name, pid: consumer.pid, uid: context.owner.uid },
  });
}

/** A thread that comes back to a restored session has the streams it had. */
export function addApp({ context, event, enqueue }: Scene): void {
  assert(event.type === 'app.joined', 'pre:session.addApp:is-joined');
  const { app } = event;
  enqueue.assign({
    apps: [...context.apps, { app, sent: 0, applied: 0 }],
    streams: context.streams.map((stream) =>
      isAbsent(stream) && isWriterOf(stream, app) ? { ...stream, app } : stream,
    ),
  });
}

/** Asks for every process that has not come back whether it is there at all. */
export function checkAbsent({ context, enqueue }: Scene): void {
  const pids = new Set(context.streams.filter(isAbsent).map(({ app }) => app.pid));
  for (const pid of pids) enqueue.emit({ type: 'process.check', pid });
}

/** The streams of a process that died meanwhile get nothing more. */
export function endAbsent({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'process.checked', 'pre:session.endAbsent:is-checked');
  if (event.isAlive) return;
  const ending = context.streams.filter(
    (stream) => isAbsent(stream) && stream.app.pid === event.pid,
  );
  endStreams({ context, enqueue, system }, ending);
}

/** An application thread is gone: its streams get nothing more. */
export function removeApp({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'app.left', 'pre:session.removeApp:is-left');
  const ending = context.streams.filter(({ app }) => app.link === event.link);
  enqueue.assign({ apps: context.apps.filter(({ app }) => app.link !== event.link) });
  endStreams({ context, enqueue, system }, ending);
}

function endStreams(
  { context, enqueue, system }: Pick<Scene, 'context' | 'enqueue' | 'system'>,
  ending: readonly Stream[],
): void {
  if (ending.length === 0) return;
  const streams = context.streams.map((stream) =>
    ending.includes(stream) ? { ...stream, ended: true } : stream,
  );
  enqueue.assign({ streams });
  keepRecord(enqueue, { ...context, streams });
  for (const { streamId, memory } of ending) {
    if (memory !== undefined)
      tellConsumer(enqueue, system, context, { type: 'stream.ended', streamId });
  }
}

/** Asks for the memory of every stream that the applications need and do not have (R1.18). */
export function requestStreams({ context, event, enqueue }: Scene): void {
  const added: Stream[] = [];
  const { place, owner, uuid } = context;
  // One that joins changes nothing for the others; looking at them all would take the longer the more there are.
  const joined = event.type === 'app.joined' ? event.app.link : undefined;
  for (const { app } of context.apps) {
    if ((joined !== undefined && app.link !== joined) || !mayTrace(context, app)) continue;
    for (const { settings } of channelsFor(context, app)) {
      if (streamOf(context, app.link, settings.name) !== undefined) continue;
      if (context.streams.length + added.length >= STREAMS_MAX) {
        enqueue.emit({
          type: 'log.write',
          level: 'warn',
          message: 'Session has no room for another stream',
          fields: {
            session: context.name,
            pid: app.pid,
            uid: app.uid,
            'streams-max': STREAMS_MAX,
          },
        });
        continue;
      }
      const streamId = context.nextStreamId + added.length;
      const wakePath = `${place.directory}/${WAKE_PREFIX}${uuid}-${app.uid}`;
      added.push({ streamId, channel: settings.name, app, wakePath, ended: false });
      enqueue.emit({
        type: 'memory.createStream',
        streamId,
        link: app.link,
        shape: settings.shape,
        writer: { uid: app.uid, gid: app.gid },
        consumer: owner,
        ...(place.groupId === undefined ? {} : { readerGid: place.groupId }),
        wakePath,
      });
    }
  }
  enqueue.assign({
    streams: [...context.streams, ...added],
    nextStreamId: context.nextStreamId + added.length,
  });
}

export function keepStream({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'memory.streamCreated', 'pre:session.keepStream:is-created');
  const { streamId, dataSegment, positionSegment } = event;
  const streams = context.streams.map((stream) =>
    stream.streamId === streamId ? { ...stream, memory: { dataSegment, positionSegment } } : stream,
  );
  enqueue.assign({ streams });
  keepRecord(enqueue, { ...context, streams });
  const stream = streams.find((other) => other.streamId === streamId);
  const told = stream && consumerStreamOf(context, stream);
  if (told === undefined) return;
  tellConsumer(enqueue, system, context, { type: 'stream.add', stream: told });
  if (stream?.ended === true)
    tellConsumer(enqueue, system, context, { type: 'stream.ended', streamId });
}

export function dropStream({ context, event, enqueue }: Scene): void {
  assert(event.type === 'memory.streamFailed', 'pre:session.dropStream:is-failed');
  const failed = context.streams.find(({ streamId }) => streamId === event.streamId);
  enqueue.assign({
    streams: context.streams.filter(({ streamId }) => streamId !== event.streamId),
  });
  enqueue.emit({
    type: 'log.write',
    level: 'error',
    message: 'Cannot make the buffers of a stream',
    fields: {
      session: context.name,
      uid: failed?.app.uid,
      'stream-id': event.streamId,
      code: event.error.code,
      call: event.error.call,
    },
  });
}

export function releaseStream({ context, event, enqueue }: Scene): void {
  assert(event.type === 'consumer.released', 'pre:session.releaseStream:is-released');
  const stream = context.streams.find(({ streamId }) => streamId === event.streamId);
  if (stream === undefined || !stream.ended || stream.memory === undefined) return;
  const { memory, wakePath } = stream;
  const streams = context.streams.filter((other) => other !== stream);
  // The streams of one user's applications share a pipe; the last one takes it along.
  const isLast = streams.every((other) => other.wakePath !== wakePath);
  enqueue.emit({ type: 'memory.removeStream', ...memory, ...(isLast ? { wakePath } : {}) });
  enqueue.assign({ streams });
  keepRecord(enqueue, { ...context, streams });
}

export function removeAllStreams({ context, enqueue }: Scene): void {
  for (const { memory, wakePath } of context.streams) {
    if (memory !== undefined) enqueue.emit({ type: 'memory.removeStream', ...memory, wakePath });
  }
  enqueue.assign({ streams: [] });
  enqueue.emit({
    type: 'journal.remove',
    directory: recordDirectory(context.place),
    name: context.uuid,
  });
}

/**
 * Tells applications their part of this session as it stands: the one that an event is about, else all. One
 * whose streams are still being made is told when they are, so that its first state is complete.
 */
export function sendParts(
  { context, event, enqueue, system }: Scene,
  params: { active: boolean; gone?: boolean; everyone?: boolean },
): void {
  const version = context.version + 1;
  const subject = params.everyone === true ? undefined : subjectOf(event);
  const told = context.apps.filter(
    ({ app }) =>
      (subject === undefined || subject === app.link) &&
      (params.gone === true || !hasPendingStreams(context, app.link)),
  );
  enqueue.assign({
    version,
    apps: context.apps.map((traced) =>
      told.includes(traced) ? { ...traced, sent: version } : traced,
    ),
  });
  for (const { app } of told) {
    tell<ToAppLink>(enqueue, system, app.link, {
      type: 'part.changed',
      session: context.session,
      sessionUuid: context.uuid,
      version,
      part: params.gone === true ? undefined : partFor(context, app, params.active),
    });
  }
}

export function askFlush({ context, enqueue, system }: Scene): void {
  const token = context.flushToken + 1;
  enqueue.assign({ flushToken: token });
  tellConsumer(enqueue, system, context, { type: 'flush', token });
}

export function askFinish({ context, enqueue, system }: Scene): void {
  tellConsumer(enqueue, system, context, { type: 'finish' });
}

export function logSlowConsumer({ context, enqueue }: Scene): void {
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'Consumer did not finish in time',
    fields: { session: context.name, 'limit-ms': DRAIN_MS_MAX },
  });
}

/** Writes the session down: before whatever comes after it in the same step. */
function keepRecord(enqueue: Enqueue, context: SessionContext): void {
  enqueue.emit({
    type: 'journal.write',
    directory: recordDirectory(context.place),
    name: context.uuid,
    text: recordText(context, recordedStateOf(context.state)),
  });
}

/** A state on the way to another one is written down as that one: so a restart gets there. */
function recordedStateOf(state: SessionInfo['state']): RecordedState {
  if (state === 'starting') return 'active';
  return state === 'stopping' ? 'stopped' : state;
}

export function publish(
  { context, enqueue, system }: Scene,
  { state }: { state: SessionInfo['state'] },
): void {
  enqueue.assign({ state });
  keepRecord(enqueue, { ...context, state });
  tellInfo(enqueue, system, { ...context, state });
}

function tellInfo(enqueue: Enqueue, system: System, context: SessionContext): void {
  const info = infoOf(context, context.state);
  const { session, registry } = context;
  tell<ToRegistry>(enqueue, system, registry, { type: 'session.changed', session, info });
}

export function tellEnded({ context, enqueue, system }: Scene): void {
  tell<ToRegistry>(enqueue, system, context.registry, {
    type: 'session.ended',
    session: context.session,
  });
}

export function failAwaiting({ context, enqueue, system }: Scene): void {
  for (const waiting of context.awaiting) {
    refuse(enqueue, system, waiting, {
      code: 'CONSUMER_FAILED',
      reason: `No consumer attached to session "${context.name}" within ${CONSUMER_MS_MAX / 1000} s`,
    });
  }
  enqueue.assign({ awaiting: [] });
}

/** The application thread that an event is about, or undefined when it is about the whole session. */
function subjectOf(event: SessionEvent): string | undefined {
  if (event.type === 'app.joined') return event.app.link;
  if (event.type !== 'memory.streamCreated' && event.type !== 'memory.streamFailed')
    return undefined;
  return event.link;
}

function hasPendingStreams(context: SessionContext, link: string): boolean {
  return context.streams.some(
    ({ app, memory, ended }) => app.link === link && memory === undefined && !ended,
  );
}
