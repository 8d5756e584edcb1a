/** What a session knows, and the pure questions that are asked of it (R1.1). */

import { POSITION_SEGMENT_BYTES, segmentBytes } from '../../../src/ring/layout.ts';
import type { SessionPart } from '../../../src/wire/app/messages.ts';
import type { ChannelSettings, EventRule } from '../../../src/wire/common.ts';
import type {
  ConsumerStream,
  SessionInfo,
  ToConsumer,
} from '../../../src/wire/control/messages.ts';
import { ABSENT_CHECK_MS_MIN, ENDED_BYTES_MAX, ENDED_STREAMS_MAX } from '../limits.ts';
import type { AppIdentity, ReplyTo, SessionInput } from '../messages.ts';
import type { RecordedState } from '../record.ts';
import { DEFAULT_CHANNEL, DEFAULT_SHAPE } from './defaults.ts';

export interface Channel {
  readonly settings: ChannelSettings;
  readonly rules: readonly EventRule[];
}

/** A stream: one channel for one application thread. Its memory exists from `ready` on. */
export interface Stream {
  readonly streamId: number;
  readonly channel: string;
  readonly app: AppIdentity;
  readonly wakePath: string;
  readonly memory?: { readonly dataSegment: number; readonly positionSegment: number };
  /** The application thread is gone: nothing is written any more. */
  readonly ended: boolean;
  /**
   * Nobody needs it but snapshots that are about to attach it.
   * Invariant: it has ended, and a snapshot has not attached yet.
   */
  readonly isReleased?: true;
}

/** An application thread this session may trace, and how far it follows. */
export interface TracedApp {
  readonly app: AppIdentity;
  /** Version of the part it was sent last. Invariant: at most the session's. */
  readonly sent: number;
  /** Version of the part it applied last. Invariant: at most `sent`. */
  readonly applied: number;
  /**
   * It let a command wait for APPLY_MS_MAX and has not caught up since: no other command waits for it.
   * Invariant: `applied` is less than `sent`.
   */
  readonly isLagging: boolean;
}

export interface Consumer {
  readonly link: string;
  readonly pid: number;
  /** It has its output directory. Invariant: not of a consumer that is dismissed, which was told to finish. */
  readonly isOpen: boolean;
}

/** A copy that somebody makes of what the buffers hold (R1.23). */
export interface Snapshot {
  readonly link: string;
  /** It has attached every stream, which it keeps from then on, removed or not. */
  readonly isAttached: boolean;
}

export interface SessionContext extends Omit<SessionInput, 'apps' | 'restored'> {
  /** Where a restored session goes on. */
  readonly restoredState?: RecordedState;
  /** As published last. */
  readonly state: SessionInfo['state'];
  /** Invariant: at most CHANNELS_MAX, which only grow: a stream's channel is always among them. */
  readonly channels: readonly Channel[];
  /** Invariant: at most STREAMS_MAX, each with an id of its own, which is less than `nextStreamId`. */
  readonly streams: readonly Stream[];
  /** Invariant: at most APP_LINKS_MAX, each with a link of its own. */
  readonly apps: readonly TracedApp[];
  /** Invariant: a flight recorder has none. */
  readonly consumer: Consumer | undefined;
  /** Invariant: at most SNAPSHOTS_MAX. */
  readonly snapshots: readonly Snapshot[];
  /** Who waits for a consumer that can write. Invariant: at most AWAITING_MAX, and none while there is one. */
  readonly awaiting: readonly ReplyTo[];
  /**
   * How many of these, the first ones, have waited since the timer of the wait was set.
   * Invariant: at most as many as wait.
   */
  readonly awaitingFirst: number;
  /**
   * Rest until absent threads are looked for again, milliseconds; it grows while they stay away.
   * Invariant: from ABSENT_CHECK_MS_MIN to ABSENT_CHECK_MS_MAX.
   */
  readonly absentRestMs: number;
  /**
   * Who waits for the loss of the consumer.
   * Invariant: at most AWAITING_MAX, and none when the consumer was lost without being dismissed.
   */
  readonly watching: readonly ReplyTo[];
  /** Nobody is to consume for now: the user has stopped that. */
  readonly isDismissed: boolean;
  /** Who waits until the consumer is gone. Invariant: at most AWAITING_MAX, and only of a dismissed consumer. */
  readonly dismissing: readonly ReplyTo[];
  /**
   * Who waits for the command in progress; several may wait for the end of the session.
   * Invariant: at most AWAITING_MAX, and none but on the way to another state.
   */
  readonly answering: readonly ReplyTo[];
  /** Recording has stopped, and nobody has said yet that all of it is written. Invariant: not before a start. */
  readonly owesFlush: boolean;
  /** The command in progress is to be carried out even if nobody writes what the buffers hold. */
  readonly isAbandoned: boolean;
  /** The registry ends, and this session with it, or waits for the next one. */
  readonly isEnding: boolean;
  /** Stream ids are unique in a session and never used again. */
  readonly nextStreamId: number;
  readonly version: number;
  readonly flushToken: number;
}

/** States on the way to another one. */
const PASSING_STATES: ReadonlySet<string> = new Set(['starting', 'stopping', 'destroying']);

export function isPassing(state: SessionInfo['state']): boolean {
  return PASSING_STATES.has(state);
}

/** Begins the link of an application that has none: it is expected back, or has died. */
const ABSENT = 'absent-';

/** Whether the thread that a stream belongs to may go on writing, and has no connection to say so. */
export function isAbsent({ app, ended }: Stream): boolean {
  return !ended && app.link.startsWith(ABSENT);
}

/** The stream of a thread whose connection is gone. */
export function asAbsent(stream: Stream): Stream {
  return { ...stream, app: { ...stream.app, link: `${ABSENT}${stream.streamId}` } };
}

/** Whether the first one is no more when there is the other: it had the numbers of the thread, or of the process. */
export function isOverFor(one: AppIdentity, other: AppIdentity): boolean {
  return one.pid === other.pid && (one.tid === other.tid || !isSameProcess(one, other));
}

function isSameProcess(one: AppIdentity, other: AppIdentity): boolean {
  const isKnown = one.startedAt !== 0 && other.startedAt !== 0;
  return one.pid === other.pid && (!isKnown || one.startedAt === other.startedAt);
}

/** Whether this is the thread that has written into the stream so far: the same numbers are not enough. */
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

/** One that has been told nothing yet. */
export function tracedApp(app: AppIdentity): TracedApp {
  return { app, sent: 0, applied: 0, isLagging: false };
}

export function initialContext({ restored, apps, ...input }: SessionInput): SessionContext {
  return {
    state: restored?.state ?? 'inactive',
    channels: restored?.channels ?? [],
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
    owesFlush: restored?.state === 'stopped',
    isAbandoned: false,
    isEnding: false,
    consumer: undefined,
    snapshots: [],
    nextStreamId: restored?.nextStreamId ?? 0,
    version: 0,
    flushToken: 0,
    ...(restored === undefined ? {} : { restoredState: restored.state }),
    ...input,
  };
}

/** Whether the buffers may hold what is owed to a trace and not there yet: those of a flight recorder owe nothing. */
export function holdsData({ isFlightRecorder, streams }: SessionContext): boolean {
  return !isFlightRecorder && streams.some(({ memory }) => memory !== undefined);
}

/** Settings of the channel that a rule without a channel makes (R2.8). */
export function defaultChannel(context: SessionContext): Channel {
  return newChannel(context, { ...DEFAULT_CHANNEL, shape: DEFAULT_SHAPE });
}

/** A channel with these settings; those of a flight recorder overwrite whatever they say. */
export function newChannel(
  { isFlightRecorder }: SessionContext,
  settings: ChannelSettings,
): Channel {
  const overwrite = isFlightRecorder || settings.shape.overwrite;
  return { settings: { ...settings, shape: { ...settings.shape, overwrite } }, rules: [] };
}

/** Whether a snapshot still has to attach what it was told of. */
export function isPinned({ snapshots }: SessionContext): boolean {
  return snapshots.some(({ isAttached }) => !isAttached);
}

/**
 * The streams that are more than a flight recorder keeps of ended threads. Those that ended first come first. One whose
 * memory is still being made is not among them: a session that forgot it could not remove what is made.
 */
export function excessOf({ channels, streams }: SessionContext): readonly Stream[] {
  const bytesOf = ({ channel }: Stream): number => {
    const shape = channels.find(({ settings }) => settings.name === channel)?.settings.shape;
    return shape === undefined ? 0 : segmentBytes(shape) + POSITION_SEGMENT_BYTES;
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

/** Whether a rule is for this application (R2.8, R1.17). */
export function isRuleFor(rule: EventRule, app: AppIdentity, sessionUuid: string): boolean {
  switch (rule.target.kind) {
    case 'all':
      return true;
    case 'pid':
      return rule.target.pid === app.pid;
    case 'command':
      return rule.target.name === app.processName;
    case 'spawned':
      return app.sessionUuid === sessionUuid;
  }
}

/**
 * Whether this session may trace the application at all (R1.6): its own user's, and in a global registry, whose
 * clients are all root or of the group, everybody's.
 */
export function mayTrace(context: SessionContext, app: AppIdentity): boolean {
  return context.location.scope === 'global' || app.uid === context.owner.uid;
}

/** Channels that have something to record of this application. */
export function channelsFor(context: SessionContext, app: AppIdentity): readonly Channel[] {
  return context.channels.filter((channel) =>
    channel.rules.some((rule) => rule.enabled && isRuleFor(rule, app, context.uuid)),
  );
}

export function streamOf(
  context: SessionContext,
  link: string,
  channel: string,
): Stream | undefined {
  return context.streams.find((stream) => stream.app.link === link && stream.channel === channel);
}

/** Whether memory is still being made for the thread at this link. */
export function hasPendingStreams(streams: readonly Stream[], link: string): boolean {
  return streams.some(
    ({ app, memory, ended }) => app.link === link && memory === undefined && !ended,
  );
}

/** What the application is told of this session: the streams it has, and the rules that apply to it. */
export function partFor(
  context: SessionContext,
  app: AppIdentity,
  active: boolean,
): SessionPart | undefined {
  const channels = context.channels.flatMap((channel) => {
    const stream = streamOf(context, app.link, channel.settings.name);
    if (stream?.memory === undefined || stream.ended) return [];
    const rules = channel.rules
      .filter((rule) => rule.enabled && isRuleFor(rule, app, context.uuid))
      .map(({ pattern, logLevelMax }) => ({ pattern, logLevelMax }));
    const { streamId, wakePath, memory } = stream;
    const grant = { streamId, ...memory, shape: channel.settings.shape, wakePath };
    return [{ name: channel.settings.name, stream: grant, rules }];
  });
  return channels.length === 0 ? undefined : { uuid: context.uuid, active, channels };
}

/** What the consumer is told of a stream, or undefined while it has no memory. */
export function consumerStreamOf(
  context: SessionContext,
  stream: Stream,
): ConsumerStream | undefined {
  const channel = context.channels.find(({ settings }) => settings.name === stream.channel);
  if (stream.memory === undefined || channel === undefined) return undefined;
  const { shape, switchTimerUs, readTimerUs } = channel.settings;
  const { pid, tid, startedAt, processName } = stream.app;
  return {
    streamId: stream.streamId,
    channel: stream.channel,
    ...stream.memory,
    shape,
    pid,
    tid,
    startedAt,
    processName,
    wakePath: stream.wakePath,
    switchTimerUs,
    readTimerUs,
  };
}

/** What one that attaches is told first: which session it is, and the memory of all its streams. */
export function introductionOf({ name, uuid, output, streams }: SessionContext): ToConsumer {
  const segments = streams.flatMap(({ memory }) => memory?.dataSegment ?? []);
  return { type: 'session', name, uuid, output, segments };
}

export function infoOf(context: SessionContext, state: SessionInfo['state']): SessionInfo {
  return {
    name: context.name,
    uuid: context.uuid,
    uid: context.owner.uid,
    state,
    output: context.output,
    ...(context.isFlightRecorder ? { flightRecorder: true } : {}),
    ...(context.consumer === undefined ? {} : { consumerPid: context.consumer.pid }),
    channels: context.channels.map(({ settings, rules }) => ({ settings, rules: [...rules] })),
    streams: context.streams.length,
    streamsMade: context.nextStreamId,
    writers: context.streams.filter(({ ended }) => !ended).length,
  };
}
