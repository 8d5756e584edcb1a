/** The streams of a session, and the threads they belong to: made, given, ended, removed (R1.7, R1.18). */
import { assert } from '../../../src/base/assert.ts';
import type { SceneOf } from '../../../src/runtime/tell.ts';
import { ENDED_BYTES_MAX, ENDED_STREAMS_MAX, STREAMS_MAX } from '../limits.ts';
import type { AppIdentity } from '../messages.ts';
import { recordDirectory, WAKE_PREFIX } from '../paths.ts';
import { tellConsumer, tellStream } from './consumer.ts';
import {
  asAbsent,
  channelsFor,
  excessOf,
  hasPendingStreams,
  isAbsent,
  isOverFor,
  isPinned,
  isWriterOf,
  mayTrace,
  type SessionContext,
  type Stream,
  streamOf,
  tracedApp,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { keepRecord, tellInfo } from './publish.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;
/** What does not need the event. */
type Parts = Pick<Scene, 'context' | 'enqueue'>;

/**
 * A thread that comes back has the streams it had. It is registered once: what an earlier registration of it has here
 * is over, and what another thread or process that had its numbers has.
 */
export function addApp({ context, event, enqueue }: Scene): void {
  assert(event.type === 'app.joined', 'pre:session.addApp:is-joined');
  const { app } = event;
  const streams = context.streams.map((stream) =>
    isWriterOf(stream, app) ? { ...stream, app } : stream,
  );
  enqueue.assign({
    apps: [...context.apps.filter((other) => !isOverFor(other.app, app)), tracedApp(app)],
    streams,
  });
  const ending = streams.filter(
    (stream) => !stream.ended && stream.app !== app && isOverFor(stream.app, app),
  );
  endStreams({ context: { ...context, streams }, enqueue }, ending);
}

/** Asks for every thread that has not come back whether it is there at all. */
export function checkAbsent({ context, enqueue }: Scene): void {
  const absent = context.streams.filter(isAbsent).map(({ app }) => app);
  for (const [index, app] of absent.entries()) {
    const { pid, tid, startedAt } = app;
    const isAsked = absent.slice(0, index).some((other) => isThread(other, app));
    if (!isAsked) enqueue.emit({ type: 'process.check', pid, tid, startedAt });
  }
}

type Thread = Pick<AppIdentity, 'pid' | 'tid' | 'startedAt'>;

function isThread(one: Thread, other: Thread): boolean {
  return one.pid === other.pid && one.tid === other.tid && one.startedAt === other.startedAt;
}

/** The streams of a thread that is no more get nothing more. */
export function endAbsent({ context, event, enqueue }: Scene): void {
  assert(event.type === 'process.checked', 'pre:session.endAbsent:is-checked');
  if (event.isAlive) return;
  const ending = context.streams.filter(
    (stream) => isAbsent(stream) && isThread(stream.app, event),
  );
  endStreams({ context, enqueue }, ending);
}

/**
 * An application thread has no connection any more. When it said so itself, its streams get nothing more. Otherwise
 * it may be alive and go on recording, so they stay: until it comes back, or is seen to be no more.
 */
export function removeApp({ context, event, enqueue }: Scene): void {
  assert(event.type === 'app.left', 'pre:session.removeApp:is-left');
  const { link, hasSaidSo } = event;
  const isIts = ({ app }: Stream): boolean => app.link === link;
  enqueue.assign({ apps: context.apps.filter(({ app }) => app.link !== link) });
  if (hasSaidSo) {
    endStreams({ context, enqueue }, context.streams.filter(isIts));
    return;
  }
  enqueue.assign({
    streams: context.streams.map((stream) =>
      isIts(stream) && !stream.ended ? asAbsent(stream) : stream,
    ),
  });
}

function endStreams({ context, enqueue }: Parts, ending: readonly Stream[]): void {
  if (ending.length === 0) return;
  // In the order in which they end: a flight recorder lets go of the first ones first.
  const streams = [
    ...context.streams.filter((stream) => !ending.includes(stream)),
    ...ending.map((stream) => ({ ...stream, ended: true })),
  ];
  keepStreams({ context, enqueue }, streams);
  if (context.isFlightRecorder) forgetExcess({ context: { ...context, streams }, enqueue });
  for (const { streamId, memory } of ending) {
    if (memory !== undefined) tellConsumer(enqueue, context, { type: 'stream.ended', streamId });
  }
}

/** The streams as they are from now on: written down, and counted where sessions are listed. */
function keepStreams({ context, enqueue }: Parts, streams: readonly Stream[]): void {
  enqueue.assign({ streams });
  keepRecord(enqueue, { ...context, streams });
  tellInfo(enqueue, { ...context, streams });
}

/**
 * Of the streams of one thread, once the last one is made: it is told of them together, and nothing before that needs
 * them written down (a registry that dies meanwhile leaves segments that the next one knows nothing of, and sweeps).
 */
function keepMade(scene: Parts, streams: readonly Stream[], link: string): void {
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

export function keepStream({ context, event, enqueue }: Scene): void {
  assert(event.type === 'memory.streamCreated', 'pre:session.keepStream:is-created');
  const { streamId, dataSegment, positionSegment } = event;
  const streams = context.streams.map((stream) =>
    stream.streamId === streamId ? { ...stream, memory: { dataSegment, positionSegment } } : stream,
  );
  keepMade({ context, enqueue }, streams, event.link);
  const stream = streams.find((other) => other.streamId === streamId);
  if (stream !== undefined) tellStream(enqueue, context, stream);
}

export function dropStream({ context, event, enqueue }: Scene): void {
  assert(event.type === 'memory.streamFailed', 'pre:session.dropStream:is-failed');
  const failed = context.streams.find(({ streamId }) => streamId === event.streamId);
  const streams = context.streams.filter(({ streamId }) => streamId !== event.streamId);
  keepMade({ context, enqueue }, streams, event.link);
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
  removeStreams({ context, enqueue }, [stream]);
}

/** The streams that only snapshots still needed, once these have attached them. */
export function removeReleased({ context, enqueue }: Scene): void {
  const released = context.streams.filter(({ isReleased }) => isReleased);
  if (released.length > 0 && !isPinned(context)) removeStreams({ context, enqueue }, released);
}

function forgetExcess({ context, enqueue }: Parts): void {
  const excess = excessOf(context);
  if (excess.length === 0) return;
  removeStreams({ context, enqueue }, excess);
  enqueue.emit({
    type: 'log.write',
    level: 'info',
    message: 'Let go of the oldest buffers of threads that have ended',
    fields: {
      session: context.name,
      streams: excess.length,
      'ended-streams-max': ENDED_STREAMS_MAX,
      'ended-bytes-max': ENDED_BYTES_MAX,
    },
  });
}

/** Nobody needs these any more; but what a snapshot is about to attach stays until it has. */
function removeStreams({ context, enqueue }: Parts, going: readonly Stream[]): void {
  const isKept = isPinned(context);
  const streams = isKept
    ? context.streams.map((stream) =>
        going.includes(stream) ? { ...stream, isReleased: true as const } : stream,
      )
    : context.streams.filter((stream) => !going.includes(stream));
  keepStreams({ context, enqueue }, streams);
  if (isKept) return;
  for (const { memory, wakePath } of going) {
    // The streams of one user's applications share a pipe; the last one takes it along.
    const isLast = streams.every((other) => other.wakePath !== wakePath);
    if (memory === undefined) continue;
    enqueue.emit({ type: 'memory.removeStream', ...memory, ...(isLast ? { wakePath } : {}) });
  }
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
