/** The context of a session, and pure queries on it (R1.1). */

import type { SegmentRef } from '../../../src/port/shared-memory.ts';
import { POSITION_SEGMENT_BYTES, segmentBytes } from '../../../src/ring/layout.ts';
import type { SessionPart } from '../../../src/wire/app/messages.ts';
import type { BufferSettings } from '../../../src/wire/common.ts';
import { selectionOf } from '../../../src/wire/control/event-rules.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { SnapshotOutput } from '../../../src/wire/control/snapshot-output.ts';
import type { Trackers } from '../../../src/wire/control/trackers.ts';
import {
  ABSENT_CHECK_MS_MIN,
  ENDED_BYTES_MAX,
  ENDED_STREAMS_MAX,
  UNBUFFERED_RETRY_MS_MIN,
} from '../limits.ts';
import type { AppIdentity, ReplyTo, SessionInput } from '../messages.ts';
import type { RecordedState } from '../record.ts';
import { buffersOf, type Channel, rulesFor } from './channels.ts';
import { initialPlace, type Place } from './place.ts';
import { FIRST_CHUNK, owesFiles, type Rotation } from './rotation.ts';
import { initialSnapshotOutput } from './snapshot-output.ts';
import { ALL_BUFFERED, type UnbufferedThreads } from './unbuffered.ts';
import { ALL_WRITTEN, type Writing } from './writing.ts';

/** A stream: one channel for one application thread. Its memory exists from `ready` on. */
export interface Stream {
  readonly streamId: number;
  readonly channel: string;
  readonly app: AppIdentity;
  readonly wakePath: string;
  readonly memory?: { readonly dataSegment: SegmentRef; readonly positionSegment: SegmentRef };
  /** Those of a target (`TargetBuffers`). Absent: those of the channel. */
  readonly buffers?: BufferSettings | undefined;
  /** The application thread has ended: it writes no more events. */
  readonly ended: boolean;
  /**
   * The memory is in order, and another thread of the user can go on in the stream.
   * Invariant: its channel's buffers are shared, it has memory, and it has ended.
   */
  readonly isFree?: true;
  /** No other thread gets the shared stream. The consumer reads it to its end. Invariant: it has ended. */
  readonly isRetired?: true;
  /** It has memory that no record names yet: no thread may write it. Invariant: changes are being gathered. */
  readonly isUnrecorded?: true;
  /**
   * The consumer has written it: it is removed with the next gathered changes, unless a snapshot has not attached yet.
   * Invariant: it has ended, and changes are being gathered or a snapshot has not attached yet.
   */
  readonly isReleased?: true;
}

/** An application thread that this session may trace, and the version that it has applied. */
export interface TracedApp {
  readonly app: AppIdentity;
  /** Version of the part that the session sent last. Invariant: at most the session's version. */
  readonly sent: number;
  /** Version of the part that the thread applied last. Invariant: at most `sent`. */
  readonly applied: number;
  /**
   * A command waited APPLY_MS_MAX for it in vain. No later command waits until it has caught up.
   * Invariant: `applied` is less than `sent`.
   */
  readonly isLagging: boolean;
}

export interface Consumer {
  readonly link: string;
  readonly pid: number;
  readonly gid: number;
  /** It has its output directory. Invariant: not of a consumer that is dismissed, which was told to finish. */
  readonly isOpen: boolean;
  /** It was told to finish, because the session ends. */
  readonly isFinishing?: true;
}

/** A process that copies the contents of the buffers (R1.23). */
export interface Snapshot {
  readonly link: string;
  /** It has attached every stream, and keeps the memory even if the session removes the stream. */
  readonly isAttached: boolean;
}

export interface SessionContext
  extends Omit<SessionInput, 'apps' | 'relay' | 'restored' | 'isOrphan'> {
  readonly place: Place;
  readonly rotation: Rotation;
  /** The number of changes of the consumer's output so far: only the newest is answered. */
  readonly outputToken: number;
  /** The newest relay link. */
  readonly relayLink: string | undefined;
  /** The request that waits until the consumer has changed its output. */
  readonly changingFor: ReplyTo | undefined;
  /** The state from which a restored session continues. */
  readonly restoredState?: RecordedState;
  /** What the kernel part of this user part published last. Invariant: a kernel part has none. */
  readonly kernelInfo: SessionInfo | undefined;
  /** As published last. */
  readonly state: SessionInfo['state'];
  /** Invariant: at most CHANNELS_MAX, and none is ever removed: a stream's channel is always among them. */
  readonly channels: readonly Channel[];
  /** Invariant: at most TRACKED_IDS_MAX ids in each set. */
  readonly trackers: Trackers;
  /** Invariant: at most STREAMS_MAX, each with an id of its own, which is less than `nextStreamId`. */
  readonly streams: readonly Stream[];
  /** Invariant: at most APP_LINKS_MAX, each with a link of its own. */
  readonly apps: readonly TracedApp[];
  /** Invariant: a flight recorder has none. */
  readonly consumer: Consumer | undefined;
  readonly writing: Writing;
  readonly unbuffered: UnbufferedThreads;
  /**
   * Milliseconds until the next attempt to give them buffers; it grows while attempts fail.
   * Invariant: from UNBUFFERED_RETRY_MS_MIN to UNBUFFERED_RETRY_MS_MAX.
   */
  readonly unbufferedRestMs: number;
  /** What the session gave up when its user abandoned it. Invariant: none unless `isAbandoned`. */
  readonly abandoned: SessionInfo['abandoned'];
  /** Where snapshots go when nothing else is asked for. */
  readonly snapshotOutput: SnapshotOutput | undefined;
  /** Invariant: at most SNAPSHOTS_MAX. */
  readonly snapshots: readonly Snapshot[];
  /** Requests that wait for a consumer that can write. Invariant: at most AWAITING_MAX; none while one can. */
  readonly awaiting: readonly ReplyTo[];
  /**
   * Number of the first requests in `awaiting`, to which the running timer applies.
   * Invariant: at most the length of `awaiting`.
   */
  readonly awaitingFirst: number;
  /**
   * Milliseconds until the next check of absent threads; it grows while the same ones stay absent.
   * Invariant: from ABSENT_CHECK_MS_MIN to ABSENT_CHECK_MS_MAX.
   */
  readonly absentRestMs: number;
  /**
   * Requests that wait for the loss of the consumer.
   * Invariant: at most AWAITING_MAX; none after the loss of a consumer that was not dismissed.
   */
  readonly watching: readonly ReplyTo[];
  /** The user has stopped the consumer. */
  readonly isDismissed: boolean;
  /** Requests that wait for the end of a dismissed consumer. Invariant: at most AWAITING_MAX; none without one. */
  readonly dismissing: readonly ReplyTo[];
  /**
   * Requests that wait for the command in progress; several may wait for the end of the session.
   * Invariant: at most AWAITING_MAX; none outside a transitional state.
   */
  readonly answering: readonly ReplyTo[];
  /** Recording has stopped, and no consumer has confirmed the flush yet. Invariant: not before a start. */
  readonly owesFlush: boolean;
  /** The session ends even if no consumer writes the contents of the buffers. */
  readonly isAbandoned: boolean;
  /** The registry ends: the session ends too, or waits for the next registry. */
  readonly isEnding: boolean;
  /** Changes of streams are not in the record yet; `journal.gathered` is pending. */
  readonly isGathering: boolean;
  /** The threads whose streams the last gathered changes recorded: they have no part with these yet. */
  readonly recordedLinks: readonly string[];
  /** Stream ids are unique in a session and never reused. */
  readonly nextStreamId: number;
  readonly version: number;
  readonly flushToken: number;
}

/** Transitional states: on the way to another state. */
const PASSING_STATES: ReadonlySet<string> = new Set([
  'starting',
  'pausing',
  'stopping',
  'destroying',
]);

export function isPassing(state: SessionInfo['state']): boolean {
  return PASSING_STATES.has(state);
}

/** Prefix of a placeholder link: the thread has no connection, and will register again or has died. */
const ABSENT = 'absent-';

/** Whether the thread of a stream has no connection but may still write. */
export function isAbsent({ app, ended }: Stream): boolean {
  return !ended && app.link.startsWith(ABSENT);
}

/** The stream, marked as that of a thread without a connection. */
export function asAbsent(stream: Stream): Stream {
  return { ...stream, app: { ...stream.app, link: `${ABSENT}${stream.streamId}` } };
}

/** Whether `other` proves that `one` has ended: it has the same thread id, or its pid in another process. */
export function isOverFor(one: AppIdentity, other: AppIdentity): boolean {
  return one.pid === other.pid && (one.tid === other.tid || !isSameProcess(one, other));
}

function isSameProcess(one: AppIdentity, other: AppIdentity): boolean {
  const isKnown = one.startedAt !== 0 && other.startedAt !== 0;
  return one.pid === other.pid && (!isKnown || one.startedAt === other.startedAt);
}

/** Whether this thread has written into the stream so far; equal ids alone do not prove it. */
export function isWriterOf({ app, ended }: Stream, other: AppIdentity): boolean {
  return (
    !ended &&
    isSameProcess(app, other) &&
    app.tid === other.tid &&
    app.uid === other.uid &&
    app.incarnation !== undefined &&
    app.incarnation === other.incarnation
  );
}

/** An application to which the session has sent no part yet. */
export function tracedApp(app: AppIdentity): TracedApp {
  return { app, sent: 0, applied: 0, isLagging: false };
}

export function initialContext(given: SessionInput): SessionContext {
  const { restored, apps, relay: _, isOrphan = false, ...input } = given;
  return {
    place: initialPlace(given),
    rotation: restored?.rotation ?? FIRST_CHUNK,
    outputToken: 0,
    relayLink: undefined,
    changingFor: undefined,
    kernelInfo: undefined,
    state: restored?.state ?? 'inactive',
    channels: restored?.channels ?? [],
    trackers: restored?.trackers ?? {},
    // JSON has no members that are undefined.
    streams: (restored?.streams ?? []).map((stream) => asAbsent(stream as Stream)),
    absentRestMs: ABSENT_CHECK_MS_MIN,
    apps: apps.map(tracedApp),
    awaiting: [],
    awaitingFirst: 0,
    watching: [],
    isDismissed: restored?.isDismissed ?? false,
    dismissing: [],
    answering: [],
    owesFlush: restored?.state === 'stopped' || restored?.state === 'paused',
    isAbandoned: isOrphan,
    isEnding: false,
    isGathering: false,
    recordedLinks: [],
    consumer: undefined,
    writing: ALL_WRITTEN,
    unbuffered: ALL_BUFFERED,
    unbufferedRestMs: UNBUFFERED_RETRY_MS_MIN,
    abandoned: undefined,
    snapshotOutput: initialSnapshotOutput(given),
    snapshots: [],
    nextStreamId: restored?.nextStreamId ?? 0,
    version: 0,
    flushToken: 0,
    ...(restored === undefined
      ? {}
      : { restoredState: isOrphan ? ('destroying' as const) : restored.state }),
    ...input,
  };
}

/** Whether the buffers may hold data that a consumer must still write; false for a flight recorder. */
export function holdsData({ isFlightRecorder, streams }: SessionContext): boolean {
  return (
    !isFlightRecorder &&
    streams.some(({ memory, isReleased }) => memory !== undefined && !isReleased)
  );
}

/** Whether a consumer must still write data, archive the last chunk, or finish what another one has begun with it. */
export function owesWriting(context: SessionContext): boolean {
  return holdsData(context) || (!context.isFlightRecorder && owesFiles(context.rotation));
}

/** Whether a snapshot has not yet attached all streams of its list. */
export function isPinned({ snapshots }: SessionContext): boolean {
  return snapshots.some(({ isAttached }) => !isAttached);
}

/**
 * Streams of ended threads beyond the bounds of a flight recorder, in the order in which they ended. A stream whose
 * memory is still pending is not among them: a session that dropped it could not remove the memory.
 */
export function excessOf({ channels, streams }: SessionContext): readonly Stream[] {
  const bytesOf = (stream: Stream): number => {
    const buffers = buffersOf(channels, stream);
    return buffers === undefined ? 0 : segmentBytes(buffers.shape) + POSITION_SEGMENT_BYTES;
  };
  const kept = streams.filter(
    ({ ended, isReleased, memory }) => ended && isReleased === undefined && memory !== undefined,
  );
  let bytes = kept.reduce((sum, stream) => sum + bytesOf(stream), 0);
  let excess = 0;
  for (const stream of kept) {
    if (kept.length - excess <= ENDED_STREAMS_MAX && bytes <= ENDED_BYTES_MAX) break;
    bytes -= bytesOf(stream);
    excess += 1;
  }
  return kept.slice(0, excess);
}

/**
 * Whether this session may trace the application at all (R1.6). A session traces its owner's applications. In a global
 * registry, whose clients are root or members of the group, it traces those of all users.
 */
export function mayTrace(context: SessionContext, app: AppIdentity): boolean {
  return context.location.scope === 'global' || app.uid === context.owner.uid;
}

export function streamOf(
  context: SessionContext,
  link: string,
  channel: string,
): Stream | undefined {
  return context.streams.find((stream) => stream.app.link === link && stream.channel === channel);
}

/** The memory of the streams that may hold unread events. */
export function memoryOf({ streams }: SessionContext): readonly NonNullable<Stream['memory']>[] {
  return streams.flatMap(({ memory, isReleased }) =>
    memory === undefined || isReleased ? [] : memory,
  );
}

/** Whether no thread may write the stream yet. */
export function isPending({ memory, isUnrecorded }: Stream): boolean {
  return memory === undefined || isUnrecorded === true;
}

/** Whether memory for the thread at this link is being created, or not recorded yet. */
export function hasPendingStreams(streams: readonly Stream[], link: string): boolean {
  return streams.some((stream) => stream.app.link === link && isPending(stream) && !stream.ended);
}

/** The part that the session sends to the application: its streams, and the rules that apply to it. */
export function partFor(
  context: SessionContext,
  app: AppIdentity,
  active: boolean,
): SessionPart | undefined {
  const channels = context.channels.flatMap((channel) => {
    const stream = streamOf(context, app.link, channel.settings.name);
    if (stream?.memory === undefined || stream.isUnrecorded || stream.ended) return [];
    const rules = rulesFor(channel, app, context).map((rule) => ({
      pattern: rule.pattern,
      ...selectionOf(rule),
      ...contextsIn(rule),
    }));
    const { streamId, wakePath, memory } = stream;
    const { shape } = stream.buffers ?? channel.settings;
    const grant = { streamId, ...memory, shape, wakePath };
    return [{ name: channel.settings.name, stream: grant, rules, ...contextsIn(channel) }];
  });
  return channels.length === 0 ? undefined : { uuid: context.uuid, active, channels };
}

export function contextsIn({ contexts }: { readonly contexts?: readonly string[] | undefined }): {
  contexts?: string[];
} {
  return contexts === undefined ? {} : { contexts: [...contexts] };
}
