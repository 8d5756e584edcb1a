/** The streams of a session: requested, created, ended, released, removed (R1.7, R1.18). */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import {
  ENDED_BYTES_MAX,
  ENDED_STREAMS_MAX,
  STREAMS_MAX,
  UNBUFFERED_RETRY_MS_MIN,
} from '../limits.ts';
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
import { keepRecord, tellInfo } from './publish.ts';
import { changed, type Parts, sessionActions } from './scene.ts';
import { isWaiting, withRefusal } from './unbuffered.ts';

export const streamActions = sessionActions({
  /** Requests memory for every stream that the applications need and do not have (R1.18). */
  requestStreams: act((scene) => {
    const { context, event } = scene;
    // An application that joins does not affect the others; visiting all would cost time for each of them.
    const joined = event.type === 'app.joined' ? event.app.link : undefined;
    const apps = context.apps.map(({ app }) => app);
    requestFor(
      scene,
      apps.filter(({ link }) => joined === undefined || link === joined),
    );
  }),

  keepStream: on('memory.streamCreated', ({ context, event, enqueue }) => {
    const { streamId, dataSegment, positionSegment } = event;
    const streams = context.streams.map((stream) =>
      stream.streamId === streamId
        ? { ...stream, memory: { dataSegment, positionSegment } }
        : stream,
    );
    const unbufferedRestMs = UNBUFFERED_RETRY_MS_MIN;
    const served = changed({ context, enqueue }, { unbufferedRestMs });
    const now = keepMade({ context: served, enqueue }, streams, event.link);
    const stream = streams.find((other) => other.streamId === streamId);
    if (stream === undefined) return;
    tellStream(enqueue, context, stream);
    if (stream.ended && context.isFlightRecorder) forgetExcess({ context: now, enqueue });
  }),

  dropStream: on('memory.streamFailed', ({ context, event, enqueue }) => {
    const failed = context.streams.find(({ streamId }) => streamId === event.streamId);
    const streams = context.streams.filter(({ streamId }) => streamId !== event.streamId);
    const { code, call } = event.error;
    const isNew = failed !== undefined && !isKnownToWait(context, failed.app);
    const unbuffered =
      failed === undefined || failed.ended
        ? context.unbuffered
        : withRefusal(context.unbuffered, failed.app, code);
    const now = changed({ context, enqueue }, { unbuffered });
    keepMade({ context: now, enqueue }, streams, event.link);
    // Later attempts fail without a further line.
    if (!isNew) return;
    enqueue.emit({
      type: 'log.write',
      event: 'stream.createFailed',
      fields: {
        session: context.name,
        uid: failed?.app.uid,
        'stream-id': event.streamId,
        code,
        call,
      },
    });
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

/** Requests memory for the streams that these applications lack; returns the changed context. */
export function requestFor(
  { context, enqueue }: Parts,
  apps: readonly AppIdentity[],
): SessionContext {
  const added: Stream[] = [];
  let { unbuffered } = context;
  for (const app of apps) {
    if (!mayTrace(context, app)) continue;
    for (const { settings } of channelsFor(context, app)) {
      if (streamOf(context, app.link, settings.name) !== undefined) continue;
      if (context.streams.length + added.length >= STREAMS_MAX) {
        if (!isKnownToWait(context, app)) logNoRoom({ context, enqueue }, app);
        unbuffered = withRefusal(unbuffered, app, 'LIMIT');
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
  return changed(
    { context, enqueue },
    {
      streams: [...context.streams, ...added],
      nextStreamId: context.nextStreamId + added.length,
      unbuffered,
    },
  );
}

function isKnownToWait({ unbuffered }: SessionContext, { link }: AppIdentity): boolean {
  return unbuffered.threads.some((one) => one.app.link === link && isWaiting(one));
}

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
