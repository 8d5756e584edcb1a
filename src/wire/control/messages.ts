/**
 * Protocol on a registry's client socket, version 1: commands of `lttng`, and the registry's talk with consumers.
 *
 * A client sends `hello`, is answered `welcome` or `refused`, then sends requests; each is answered once, in any
 * order, by a reply with the request's id. A consumer says `attach` after `hello`; then the registry tells it the
 * session and its streams, and the consumer reports what became of them.
 */
import * as v from 'valibot';
import { tracepointInfo } from '../app/messages.ts';
import {
  channelName,
  channelSettings,
  counter,
  eventPattern,
  eventRule,
  list,
  logLevel,
  path,
  processName,
  ringShape,
  sessionName,
  target,
  u32,
  uuid,
} from '../common.ts';
import { indexed } from '../indexed.ts';

export const CONTROL_PROTOCOL_MAJOR = 2;

/** A session by readable name or by UUID (R1.2). */
const sessionKey = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

export const operation = indexed(
  v.variant('op', [
    v.strictObject({
      op: v.literal('session.create'),
      name: sessionName,
      output: path,
      /** Its channels overwrite, no consumer empties them, and only snapshots are written (R1.23). */
      flightRecorder: v.optional(v.literal(true)),
    }),
    v.strictObject({ op: v.literal('session.get'), session: sessionKey }),
    /** `abandon`: also when nobody writes what its buffers hold. */
    v.strictObject({
      op: v.literal('session.destroy'),
      session: sessionKey,
      abandon: v.optional(v.boolean()),
    }),
    v.strictObject({ op: v.literal('session.start'), session: sessionKey }),
    v.strictObject({ op: v.literal('session.stop'), session: sessionKey }),
    /** Lists come in pages: `from` is 0, then the `next` of the page before. */
    v.strictObject({ op: v.literal('session.list'), from: counter }),
    v.strictObject({ op: v.literal('consumer.await'), session: sessionKey }),
    /** The session has a consumer when this is answered (R2.10). */
    v.strictObject({ op: v.literal('consumer.continue'), session: sessionKey }),
    /** Answered with NO_CONSUMER when it has lost its consumer: nobody stopped that one. NO_SESSION: it is gone. */
    v.strictObject({ op: v.literal('consumer.watch'), session: sessionKey }),
    /** It has none any more, and goes on without. */
    v.strictObject({ op: v.literal('consumer.stop'), session: sessionKey }),
    v.strictObject({ op: v.literal('channel.add'), session: sessionKey, channel: channelSettings }),
    v.strictObject({
      op: v.literal('event.enable'),
      session: sessionKey,
      channel: v.optional(channelName),
      patterns: list(eventPattern),
      logLevelMax: logLevel,
      target,
    }),
    v.strictObject({
      op: v.literal('event.disable'),
      session: sessionKey,
      channel: v.optional(channelName),
      patterns: list(eventPattern),
    }),
    v.strictObject({ op: v.literal('app.list'), from: counter }),
  ]),
);
export type Operation = v.InferOutput<typeof operation>;

export const toRegistry = indexed(
  v.variant('type', [
    v.strictObject({ type: v.literal('hello'), major: u32, minor: u32 }),
    v.strictObject({ type: v.literal('request'), id: u32, operation }),
    /** As the session's consumer, or to copy what its buffers hold. */
    v.strictObject({
      type: v.literal('attach'),
      session: uuid,
      snapshot: v.optional(v.literal(true)),
    }),
    /**
     * The consumer has its output directory: from now on a session can start. A snapshot has attached every stream:
     * from now on the registry may remove them.
     */
    v.strictObject({ type: v.literal('opened') }),
    v.strictObject({ type: v.literal('stream.released'), streamId: u32 }),
    v.strictObject({ type: v.literal('flushed'), token: u32 }),
    v.strictObject({ type: v.literal('finished') }),
  ]),
);
export type ToRegistry = v.InferOutput<typeof toRegistry>;

const sessionState = v.picklist([
  'inactive',
  'starting',
  'active',
  'stopping',
  'stopped',
  'destroying',
]);
export const sessionInfo = v.strictObject({
  name: sessionName,
  uuid,
  uid: u32,
  state: sessionState,
  output: path,
  flightRecorder: v.optional(v.literal(true)),
  consumerPid: v.optional(u32),
  channels: list(v.strictObject({ settings: channelSettings, rules: list(eventRule) })),
  /** At this moment, and ever made. */
  streams: counter,
  streamsMade: counter,
  /** Of the present streams, those whose thread is alive, as far as is known. */
  writers: counter,
});
export type SessionInfo = v.InferOutput<typeof sessionInfo>;
export const appInfo = v.strictObject({
  pid: u32,
  tid: u32,
  uid: u32,
  processName,
  tracepoints: list(tracepointInfo),
});
export type AppInfo = v.InferOutput<typeof appInfo>;

/** What a request answers; which member is set depends on the operation. */
export const replyValue = v.strictObject({
  session: v.optional(sessionInfo),
  sessions: v.optional(list(sessionInfo)),
  apps: v.optional(list(appInfo)),
  /** There is more of the list from here on. */
  next: v.optional(counter),
  /** The session's record could not be written (an errno name): a registry that is killed now does not know of this. */
  unwritten: v.optional(v.pipe(v.string(), v.maxLength(32))),
});
export type ReplyValue = v.InferOutput<typeof replyValue>;

/** Stable codes of refused requests; the command line's exit status is 1 for each. */
export const errorCode = v.picklist([
  'NO_SESSION',
  'SESSION_EXISTS',
  'SESSION_BUSY',
  'NOT_ALLOWED',
  'NO_CONSUMER',
  'CONSUMER_FAILED',
  'NO_CHANNEL',
  'CHANNEL_EXISTS',
  'NO_RULE',
  'ALREADY',
  'AMBIGUOUS',
  'LIMIT',
  'INCOMPATIBLE',
]);
export type ErrorCode = v.InferOutput<typeof errorCode>;

const text = v.pipe(v.string(), v.maxLength(1000));
/** What every `hello` on this socket is answered with, one of the two. */
const welcome = v.strictObject({
  type: v.literal('welcome'),
  major: u32,
  minor: u32,
  scope: v.picklist(['global', 'user']),
  pid: u32,
});
const refused = v.strictObject({ type: v.literal('refused'), code: errorCode, reason: text });
export const toClient = indexed(
  v.variant('type', [
    welcome,
    refused,
    v.strictObject({ type: v.literal('reply'), id: u32, value: replyValue }),
    v.strictObject({
      type: v.literal('failure'),
      id: u32,
      code: errorCode,
      reason: text,
      /** With NO_CONSUMER: the session that needs one. */
      session: v.optional(uuid),
    }),
  ]),
);
export type ToClient = v.InferOutput<typeof toClient>;

export const consumerStream = v.strictObject({
  streamId: u32,
  channel: channelName,
  dataSegment: u32,
  positionSegment: u32,
  shape: ringShape,
  pid: u32,
  tid: u32,
  /** Of the process, hundredths of a second since the machine started; 0: it is not known. */
  startedAt: counter,
  processName,
  wakePath: path,
  switchTimerUs: u32,
  readTimerUs: u32,
});
export type ConsumerStream = v.InferOutput<typeof consumerStream>;

export const toConsumer = indexed(
  v.variant('type', [
    welcome,
    refused,
    v.strictObject({
      type: v.literal('session'),
      name: sessionName,
      uuid,
      output: path,
      /** Data segments of all streams that there are; each is told of, too, unless everything of it is written. */
      segments: list(u32),
    }),
    v.strictObject({ type: v.literal('stream.add'), stream: consumerStream }),
    v.strictObject({ type: v.literal('stream.ended'), streamId: u32 }),
    v.strictObject({ type: v.literal('flush'), token: u32 }),
    v.strictObject({ type: v.literal('finish') }),
  ]),
);
export type ToConsumer = v.InferOutput<typeof toConsumer>;
