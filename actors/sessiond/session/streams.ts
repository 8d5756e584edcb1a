/** The streams of a session: requested, created, ended, released, removed (R1.7, R1.18). */
import { assert } from '../../../src/base/assert.ts';
import type { LogEvent, LogFields } from '../../../src/port/log.ts';
import { act, type OfType, on } from '../../../src/runtime/act.ts';
import { STREAMS_MAX } from '../../../src/wire/limits.ts';
import { ENDED_BYTES_MAX, ENDED_STREAMS_MAX } from '../limits.ts';
import type { AppIdentity } from '../messages.ts';
import { recordDirectory, WAKE_PREFIX } from '../paths.ts';
import { tellConsumer, tellStream } from './consumer.ts';
import {
  channelsFor,
  excessOf,
  hasPendingStreams,
  isPinned,
  mayTrace,
  type SessionContext,
  type Stream,
  streamOf,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { keepRecord, tellInfo } from './publish.ts';
import { changed, type Parts, sessionActions } from './scene.ts';

export const streamActions = sessionActions({
  /** Requests memory for every stream that the applications need and do not have (R1.18). */
  requestStreams: act((scene) => {
    const { context, event, enqueue } = scene;
    const added: Stream[] = [];
    // An application that joins does not affect the others; visiting all would cost time for each of them.
    const joined = event.type === 'app.joined' ? event.app.link : undefined;
    for (const { app } of context.apps) {
      if ((joined !== undefined && app.link !== joined) || !mayTrace(context, app)) continue;
      for (const { settings } of channelsFor(context, app)) {
        if (streamOf(context, app.link, settings.name) !== undefined) continue;
        if (context.streams.length + added.length >= STREAMS_MAX) {
          logNoRoom({ context, enqueue }, app);
          continue;
        }
        const streamId = context.nextStreamId + added.length;
        const wakePath = wakePathFor(context, app);
        added.push({ streamId, channel: settings.name, app, wakePath, ended: false });
        enqueue.emit({
          type: 'memory.createStream',
          streamId,
          link: app.link,
          shape: settings.shape,
          writer: { uid: app.uid, gid: app.gid },
          consumer: context.owner,
          ...readersOf(context),
          wakePath,
        });
      }
    }
    scene.enqueue.assign({
      streams: [...context.streams, ...added],
      nextStreamId: context.nextStreamId + added.length,
    });
  }),

  keepStream: on('memory.streamCreated', ({ context, event, enqueue }) => {
    const { streamId, dataSegment, positionSegment } = event;
    const streams = context.streams.map((stream) =>
      stream.streamId === streamId
        ? { ...stream, memory: { dataSegment, positionSegment } }
        : stream,
    );
    const now = keepMade({ context, enqueue }, streams, event.link);
    const stream = streams.find((other) => other.streamId === streamId);
    if (stream === undefined) return;
    tellStream(enqueue, context, stream);
    if (stream.ended && context.isFlightRecorder) forgetExcess({ context: now, enqueue });
  }),

  dropStream: on('memory.streamFailed', ({ context, event, enqueue }) => {
    const failed = context.streams.find(({ streamId }) => streamId === event.streamId);
    const streams = context.streams.filter(({ streamId }) => streamId !== event.streamId);
    keepMade({ context, enqueue }, streams, event.link);
    enqueue.emit({ type: 'log.write', ...whyFailed(context, event, failed) });
  }),

  releaseStream: on('consumer.released', ({ context, event, enqueue }) => {
    const stream = context.streams.find(({ streamId }) => streamId === event.streamId);
    if (stream === undefined || !stream.ended || stream.memory === undefined) return;
    removeStreams({ context, enqueue }, [stream]);
  }),

  /** Removes the streams that only snapshots still needed, once the snapshots have attached them. */
  removeReleased: act(({ context, enqueue }) => {
    const released = context.streams.filter(({ isReleased }) => isReleased);
    if (released.length > 0 && !isPinned(context)) removeStreams({ context, enqueue }, released);
  }),

  removeAllStreams: act(({ context, enqueue }) => {
    for (const { memory, wakePath } of context.streams) {
      assert(memory !== undefined, 'pre:session.removeAllStreams:all-are-made');
      enqueue.emit({ type: 'memory.removeStream', ...memory, wakePath });
    }
    enqueue.assign({ streams: [] });
    enqueue.emit({
      type: 'journal.remove',
      directory: recordDirectory(context.location),
      name: context.uuid,
    });
  }),
});

/** Ends streams: no thread writes into them any more. */
export function endStreams({ context, enqueue }: Parts, ending: readonly Stream[]): void {
  if (ending.length === 0) return;
  // In the order in which they end: a flight recorder removes those first that ended first.
  const streams = [
    ...context.streams.filter((stream) => !ending.includes(stream)),
    ...ending.map((stream) => ({ ...stream, ended: true })),
  ];
  const now = keepStreams({ context, enqueue }, streams);
  if (context.isFlightRecorder) forgetExcess({ context: now, enqueue });
  for (const { streamId, memory } of ending) {
    if (memory !== undefined) tellConsumer(enqueue, context, { type: 'stream.ended', streamId });
  }
}

/** Assigns the streams, writes the record, and publishes their number. */
function keepStreams(parts: Parts, streams: readonly Stream[]): SessionContext {
  const now = changed(parts, { streams });
  keepRecord(parts.enqueue, now);
  tellInfo(parts.enqueue, now);
  return now;
}

/**
 * Writes the record when the last requested stream of a thread exists: the thread gets all its streams in one state,
 * and needs no record before that. If the registry dies before, the next registry removes the unrecorded segments.
 */
function keepMade(parts: Parts, streams: readonly Stream[], link: string): SessionContext {
  return hasPendingStreams(streams, link)
    ? changed(parts, { streams })
    : keepStreams(parts, streams);
}

function whyFailed(
  { name }: SessionContext,
  { streamId, error, share }: OfType<SessionEvent, 'memory.streamFailed'>,
  failed: Stream | undefined,
): { event: LogEvent; fields: LogFields } {
  const common = { session: name, uid: failed?.app.uid, 'stream-id': streamId };
  if (share === undefined) {
    const fields = { ...common, code: error.code, call: error.call };
    return { event: 'stream.createFailed', fields };
  }
  const fields = { ...common, 'streams-max': share.streams, 'bytes-max': share.bytes };
  return { event: 'stream.shareExhausted', fields };
}

function wakePathFor({ location, uuid }: SessionContext, { uid }: AppIdentity): string {
  return `${location.directory}/${WAKE_PREFIX}${uuid}-${uid}`;
}

function readersOf({ location: { groupId } }: SessionContext): { readerGid?: number } {
  return groupId === undefined ? {} : { readerGid: groupId };
}

function logNoRoom({ context, enqueue }: Parts, { pid, uid }: AppIdentity): void {
  enqueue.emit({
    type: 'log.write',
    event: 'session.streamsFull',
    fields: { session: context.name, pid, uid, 'streams-max': STREAMS_MAX },
  });
}

function forgetExcess({ context, enqueue }: Parts): void {
  const excess = excessOf(context);
  if (excess.length === 0) return;
  removeStreams({ context, enqueue }, excess);
  enqueue.emit({
    type: 'log.write',
    event: 'stream.oldestReleased',
    fields: {
      session: context.name,
      streams: excess.length,
      'ended-streams-max': ENDED_STREAMS_MAX,
      'ended-bytes-max': ENDED_BYTES_MAX,
    },
  });
}

/** Removes streams; while a snapshot has not attached its list, it only marks them as released. */
function removeStreams({ context, enqueue }: Parts, removed: readonly Stream[]): void {
  const isKept = isPinned(context);
  const streams = isKept
    ? context.streams.map((stream) =>
        removed.includes(stream) ? { ...stream, isReleased: true as const } : stream,
      )
    : context.streams.filter((stream) => !removed.includes(stream));
  keepStreams({ context, enqueue }, streams);
  if (isKept) return;
  for (const { memory, wakePath } of removed) {
    // The streams of one user's applications share a pipe; it is removed with the last of them.
    const isLast = streams.every((other) => other.wakePath !== wakePath);
    if (memory === undefined) continue;
    enqueue.emit({ type: 'memory.removeStream', ...memory, ...(isLast ? { wakePath } : {}) });
  }
}
