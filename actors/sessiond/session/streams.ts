/** The streams of a session: requested, made, ended, released, removed (R1.7, R1.18). */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import { ENDED_BYTES_MAX, ENDED_STREAMS_MAX, STREAMS_MAX } from '../limits.ts';
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
import { assignChecked } from './invariants.ts';
import { keepRecord, tellInfo } from './publish.ts';
import { type Parts, sessionActions } from './scene.ts';

export const streamActions = sessionActions({
  /** Asks for the memory of every stream that the applications need and do not have (R1.18). */
  requestStreams: act((scene) => {
    const { context, event, enqueue } = scene;
    const added: Stream[] = [];
    // One that joins changes nothing for the others; looking at them all would take the longer the more there are.
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
    assignChecked(scene, {
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
    enqueue.emit({
      type: 'log.write',
      event: 'stream.createFailed',
      fields: {
        session: context.name,
        uid: failed?.app.uid,
        'stream-id': event.streamId,
        code: event.error.code,
        call: event.error.call,
      },
    });
  }),

  releaseStream: on('consumer.released', ({ context, event, enqueue }) => {
    const stream = context.streams.find(({ streamId }) => streamId === event.streamId);
    if (stream === undefined || !stream.ended || stream.memory === undefined) return;
    removeStreams({ context, enqueue }, [stream]);
  }),

  /** The streams that only snapshots still needed, once these have attached them. */
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

/** These streams get nothing more. */
export function endStreams({ context, enqueue }: Parts, ending: readonly Stream[]): void {
  if (ending.length === 0) return;
  // In the order in which they end: a flight recorder lets go of the first ones first.
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

/** The streams as they are from now on: written down, and counted where sessions are listed. */
function keepStreams(parts: Parts, streams: readonly Stream[]): SessionContext {
  const now = assignChecked(parts, { streams });
  keepRecord(parts.enqueue, now);
  tellInfo(parts.enqueue, now);
  return now;
}

/**
 * Of the streams of one thread, once the last one is made: it is told of them together, and nothing before that needs
 * them written down (a registry that dies meanwhile leaves segments that the next one knows nothing of, and sweeps).
 */
function keepMade(parts: Parts, streams: readonly Stream[], link: string): SessionContext {
  return hasPendingStreams(streams, link)
    ? assignChecked(parts, { streams })
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
