/** The streams of a session, and the threads they belong to: made, given, ended, removed (R1.7, R1.18). */
import { assert } from '../../src/base/assert.ts';
import { recordDirectory, WAKE_PREFIX } from '../registry/paths.ts';
import type { SceneOf } from '../registry/tell.ts';
import { tellConsumer, tellStream } from './consumer.ts';
import {
  channelsFor,
  hasPendingStreams,
  isAbsent,
  isWriterOf,
  mayTrace,
  type SessionContext,
  STREAMS_MAX,
  type Stream,
  streamOf,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { keepRecord, tellInfo } from './publish.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;

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
  keepStreams({ context, enqueue, system }, streams);
  for (const { streamId, memory } of ending) {
    if (memory !== undefined)
      tellConsumer(enqueue, system, context, { type: 'stream.ended', streamId });
  }
}

/** The streams as they are from now on: written down, and counted where sessions are listed. */
function keepStreams(
  { context, enqueue, system }: Pick<Scene, 'context' | 'enqueue' | 'system'>,
  streams: readonly Stream[],
): void {
  enqueue.assign({ streams });
  keepRecord(enqueue, { ...context, streams });
  tellInfo(enqueue, system, { ...context, streams });
}

/**
 * Of the streams of one thread, once the last one is made: it is told of them together, and nothing before that needs
 * them written down (a registry that dies meanwhile leaves segments that the next one knows nothing of, and sweeps).
 */
function keepMade(
  scene: Pick<Scene, 'context' | 'enqueue' | 'system'>,
  streams: readonly Stream[],
  link: string,
): void {
  if (hasPendingStreams(streams, link)) scene.enqueue.assign({ streams });
  else keepStreams(scene, streams);
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
  keepMade({ context, enqueue, system }, streams, event.link);
  const stream = streams.find((other) => other.streamId === streamId);
  if (stream !== undefined) tellStream(enqueue, system, context, stream);
}

export function dropStream({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'memory.streamFailed', 'pre:session.dropStream:is-failed');
  const failed = context.streams.find(({ streamId }) => streamId === event.streamId);
  const streams = context.streams.filter(({ streamId }) => streamId !== event.streamId);
  keepMade({ context, enqueue, system }, streams, event.link);
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

export function releaseStream({ context, event, enqueue, system }: Scene): void {
  assert(event.type === 'consumer.released', 'pre:session.releaseStream:is-released');
  const stream = context.streams.find(({ streamId }) => streamId === event.streamId);
  if (stream === undefined || !stream.ended || stream.memory === undefined) return;
  const { memory, wakePath } = stream;
  const streams = context.streams.filter((other) => other !== stream);
  // The streams of one user's applications share a pipe; the last one takes it along.
  const isLast = streams.every((other) => other.wakePath !== wakePath);
  enqueue.emit({ type: 'memory.removeStream', ...memory, ...(isLast ? { wakePath } : {}) });
  keepStreams({ context, enqueue, system }, streams);
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
