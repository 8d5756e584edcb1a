/** The streams of a session: requested, created, ended, released, removed (R1.7, R1.18). */
import { assert } from '../../../src/base/assert.ts';
import type { LogEvent, LogFields } from '../../../src/port/log.ts';
import { act, type OfType, on } from '../../../src/runtime/act.ts';
import { STREAMS_MAX } from '../../../src/wire/limits.ts';
import { ENDED_BYTES_MAX, ENDED_STREAMS_MAX, UNBUFFERED_RETRY_MS_MIN } from '../limits.ts';
import type { AppIdentity } from '../messages.ts';
import { recordDirectory, WAKE_PREFIX } from '../paths.ts';
import { buffersOf, channelsFor, targetBuffersFor } from './channels.ts';
import { tellConsumer, tellStream } from './consumer.ts';
import {
  excessOf,
  isPinned,
  mayTrace,
  type SessionContext,
  type Stream,
  streamOf,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { pageBytesOf, ringOf } from './kernel-part.ts';
import { keepRecord, tellInfo } from './publish.ts';
import { changed, type Parts, sessionActions } from './scene.ts';
import { freeStreamFor, isOver, isShared } from './shared.ts';
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
    const memory = { dataSegment, positionSegment };
    const streams = context.streams.map((stream) =>
      stream.streamId === streamId ? { ...stream, memory, isUnrecorded: true as const } : stream,
    );
    const unbufferedRestMs = UNBUFFERED_RETRY_MS_MIN;
    const served = changed({ context, enqueue }, { unbufferedRestMs });
    const now = gather({ context: served, enqueue }, streams);
    const stream = streams.find((other) => other.streamId === streamId);
    if (stream === undefined) return;
    tellStream(enqueue, context, stream);
    if (stream.ended) inspect({ context: now, enqueue }, [stream]);
    if (stream.ended && context.isFlightRecorder) forgetExcess({ context: now, enqueue });
  }),

  dropStream: on('memory.streamFailed', ({ context, event, enqueue }) => {
    const failed = context.streams.find(({ streamId }) => streamId === event.streamId);
    const streams = context.streams.filter(({ streamId }) => streamId !== event.streamId);
    const { error, share } = event;
    const isNew = failed !== undefined && !isKnownToWait(context, failed.app);
    const unbuffered =
      failed === undefined || failed.ended
        ? context.unbuffered
        : withRefusal(context.unbuffered, failed.app, share === undefined ? error.code : 'LIMIT');
    const now = changed({ context, enqueue }, { unbuffered });
    gather({ context: now, enqueue }, streams);
    // Later attempts fail without a further line.
    if (isNew) enqueue.emit({ type: 'log.write', ...whyFailed(context, event, failed) });
  }),

  /** Streams whose writers an earlier registry knew to have ended. */
  inspectEnded: act(({ context, enqueue }) =>
    inspect(
      { context, enqueue },
      context.streams.filter(({ ended }) => ended),
    ),
  ),

  noteInspected: on('memory.inspected', ({ context, event: { streamId, fault }, enqueue }) => {
    const ended = context.streams.find((stream) => stream.streamId === streamId && stream.ended);
    if (ended === undefined || ended.isFree === true || isOver(context, ended)) return;
    const mark = fault === undefined ? { isFree: true as const } : { isRetired: true as const };
    const streams = context.streams.map((stream) =>
      stream === ended ? { ...stream, ...mark } : stream,
    );
    enqueue.assign({ streams });
    if (fault === undefined) return;
    tellConsumer(enqueue, context, { type: 'stream.ended', streamId });
    const fields = { session: context.name, uid: ended.app.uid, 'stream-id': streamId };
    enqueue.emit({
      type: 'log.write',
      event: 'stream.retired',
      fields: { ...fields, reason: fault },
    });
  }),

  releaseStream: on('consumer.released', ({ context, event, enqueue }) => {
    const stream = context.streams.find(({ streamId }) => streamId === event.streamId);
    if (stream === undefined || !isOver(context, stream) || stream.memory === undefined) return;
    releaseStreams({ context, enqueue }, [stream]);
  }),

  /** The streams that only snapshots still needed can be removed, once the snapshots have attached them. */
  gatherReleased: act(({ context, enqueue }) => {
    const isDue = context.streams.some(({ isReleased }) => isReleased) && !isPinned(context);
    if (isDue) gather({ context, enqueue }, context.streams);
  }),

  /**
   * Records the gathered changes. Only then threads may write the new streams, and the released ones are removed: if
   * the registry dies before, the next one removes the new segments, and knows the released ones.
   */
  recordStreams: act(({ context, enqueue }) => {
    const mayRemove = !isPinned(context);
    const removed = context.streams.filter(({ isReleased }) => isReleased && mayRemove);
    const fresh = context.streams.filter(({ isUnrecorded }) => isUnrecorded);
    const streams = context.streams
      .filter(({ isReleased }) => !(isReleased && mayRemove))
      .map((stream) => {
        const { isUnrecorded, ...recorded } = stream;
        return isUnrecorded ? recorded : stream;
      });
    const recordedLinks = [...new Set(fresh.map(({ app }) => app.link))];
    const now = changed({ context, enqueue }, { streams, recordedLinks, isGathering: false });
    keepRecord(enqueue, now);
    tellInfo(enqueue, now);
    const wakePaths = new Set(streams.map(({ wakePath }) => wakePath));
    for (const { memory, wakePath } of removed) {
      // The streams of one user's applications share a pipe; it is removed with the last of them.
      const isLast = !wakePaths.has(wakePath);
      if (memory === undefined) continue;
      enqueue.emit({ type: 'memory.removeStream', ...memory, ...(isLast ? { wakePath } : {}) });
    }
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
  let { unbuffered, streams: present } = context;
  for (const app of apps) {
    if (!mayTrace(context, app)) continue;
    for (const channel of channelsFor(context, app)) {
      const { settings } = channel;
      if (streamOf(context, app.link, settings.name) !== undefined) continue;
      const free = freeStreamFor(present, settings.name, app);
      if (free !== undefined) {
        const { isFree: _, ...stream } = free;
        const leased = { ...stream, app, ended: false, isUnrecorded: true as const };
        present = present.map((other) => (other === free ? leased : other));
        tellStream(enqueue, context, leased);
        continue;
      }
      if (context.streams.length + added.length >= STREAMS_MAX) {
        if (!isKnownToWait(context, app)) logNoRoom({ context, enqueue }, app);
        unbuffered = withRefusal(unbuffered, app, 'LIMIT');
        continue;
      }
      const streamId = context.nextStreamId + added.length;
      const wakePath = wakePathFor(context, app);
      const own = targetBuffersFor(channel, app, context.uuid);
      const made = { streamId, channel: settings.name, app, wakePath, ended: false };
      added.push(own === undefined ? made : { ...made, buffers: own });
      enqueue.emit({
        type: 'memory.createStream',
        streamId,
        link: app.link,
        shape: ringOf(context, (own ?? settings).shape),
        writer: { uid: app.uid, gid: app.gid },
        consumer: context.owner,
        ...readersOf(context),
        wakePath,
        ...(context.kernel === undefined ? {} : { pageBytes: pageBytesOf(context, settings) }),
      });
    }
  }
  const isLeased = present !== context.streams;
  const streams = [...present, ...added];
  const nextStreamId = context.nextStreamId + added.length;
  const now = changed({ context, enqueue }, { streams, nextStreamId, unbuffered });
  // The writer of a shared stream is recorded before it writes.
  return isLeased ? gather({ context: now, enqueue }, streams) : now;
}

/** Asks whether threads can go on in those of these streams that are shared. */
function inspect({ context, enqueue }: Parts, ended: readonly Stream[]): void {
  for (const stream of ended) {
    const { streamId, memory } = stream;
    const buffers = buffersOf(context.channels, stream);
    if (memory === undefined || buffers === undefined || isOver(context, stream)) continue;
    enqueue.emit({ type: 'memory.inspectStream', streamId, ...memory, shape: buffers.shape });
  }
}

function isKnownToWait({ unbuffered }: SessionContext, { link }: AppIdentity): boolean {
  return unbuffered.threads.some((one) => one.app.link === link && isWaiting(one));
}

/**
 * Ends streams: their threads write into them no more. Other threads may go on in the shared ones. Returns the session
 * with its streams.
 */
export function endStreams({ context, enqueue }: Parts, ending: readonly Stream[]): SessionContext {
  if (ending.length === 0) return context;
  // In the order in which they end: a flight recorder removes those first that ended first.
  const those = new Set(ending);
  const streams = [
    ...context.streams.filter((stream) => !those.has(stream)),
    ...ending.map((stream) => ({ ...stream, ended: true })),
  ];
  const now = gather({ context, enqueue }, streams);
  if (context.isFlightRecorder) forgetExcess({ context: now, enqueue });
  inspect({ context: now, enqueue }, streams.slice(-ending.length));
  for (const stream of ending) {
    const { streamId, memory } = stream;
    if (memory !== undefined && !isShared(context, stream))
      tellConsumer(enqueue, context, { type: 'stream.ended', streamId });
  }
  return now;
}

/** Assigns the streams. The record follows with the next gathered changes: one write for many threads. */
function gather({ context, enqueue }: Parts, streams: readonly Stream[]): SessionContext {
  if (!context.isGathering) {
    const directory = recordDirectory(context.location);
    enqueue.emit({ type: 'journal.gather', directory, name: context.uuid });
  }
  return changed({ context, enqueue }, { streams, isGathering: true });
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
  releaseStreams({ context, enqueue }, excess);
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

/** The streams are removed with the next gathered changes. */
function releaseStreams(parts: Parts, released: readonly Stream[]): void {
  gather(
    parts,
    parts.context.streams.map((stream) =>
      released.includes(stream) ? { ...stream, isReleased: true as const } : stream,
    ),
  );
}
