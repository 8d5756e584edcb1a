/**
 * Protocol on a registry's client socket: commands of `lttng`, and messages between registry and consumers.
 *
 * A client sends `hello`, the registry answers `welcome` or `refused`, then the client sends requests. The registry
 * answers each request once, in any order, by a reply with the request's id. A consumer sends `attach` after `hello`;
 * then the registry sends it the session and its streams, and the consumer reports their progress.
 */
import * as v from 'valibot';
import {
  channelName,
  channelSettings,
  contextNames,
  counter,
  eventPattern,
  kernelKind,
  list,
  liveTimer,
  path,
  selection,
  sessionKey,
  sessionName,
  target,
  u32,
  uuid,
} from '../common.ts';
import { indexed } from '../indexed.ts';
import { STREAMS_MAX } from '../limits.ts';
import { SUBDIRECTORY_CHARACTERS_MAX } from '../uri.ts';
import { consumerStream } from './consumer-stream.ts';
import { datagramAddress, destination, relayDestination, relayWay } from './destination.ts';
import { errorCode } from './error-code.ts';
import {
  kernelFromConsumer,
  kernelOperations,
  kernelRelease,
  kernelReplies,
  kernelToConsumer,
} from './kernel.ts';
import { outputFailure, writingOutcome } from './outcomes.ts';
import { chunk, rotationSchedule, rotationToConsumer } from './rotation.ts';
import { appInfo, type destinationInfo, sessionInfo } from './session-info.ts';
import { snapshotOperations } from './snapshot-output.ts';
import { trackerOperations } from './trackers.ts';

export type { ConsumerStream } from './consumer-stream.ts';

export const CONTROL_PROTOCOL_MAJOR = 3;

/** With `noWait` the registry replies when it has begun, and does the rest without an answer. */
const noWait = { noWait: v.optional(v.literal(true)) };
export const operation = indexed(
  v.variant('op', [
    v.strictObject({
      op: v.literal('session.create'),
      name: sessionName,
      /** The directory of the trace. */
      output: v.optional(path),
      /** Consumers send to this relay instead (R3.4). */
      relay: v.optional(relayDestination),
      /** Viewers can follow the session at its relay. Without a relay: refused. */
      liveTimerUs: v.optional(liveTimer),
      /** The session's channels overwrite, it has no consumer, and only snapshots write traces (R1.23). */
      flightRecorder: v.optional(v.literal(true)),
    }),
    v.strictObject({ op: v.literal('session.get'), session: sessionKey }),
    /** As `session.get`, with what the buffers hold at the moment. */
    v.strictObject({ op: v.literal('session.measure'), session: sessionKey }),
    /** `abandon`: also if no consumer writes the content of the session's buffers. */
    v.strictObject({
      op: v.literal('session.destroy'),
      session: sessionKey,
      abandon: v.optional(v.boolean()),
      ...noWait,
    }),
    v.strictObject({ op: v.literal('session.start'), session: sessionKey }),
    v.strictObject({ op: v.literal('session.stop'), session: sessionKey, ...noWait }),
    /** When the registry replies, nothing more is recorded; buffers and consumer stay (R1.29). */
    v.strictObject({ op: v.literal('session.pause'), session: sessionKey }),
    /** Lists have pages: `from` is 0, then the `next` of the previous page. */
    v.strictObject({ op: v.literal('session.list'), from: counter }),
    v.strictObject({ op: v.literal('consumer.await'), session: sessionKey }),
    /** When the registry replies, the session has a consumer (R2.10). */
    v.strictObject({ op: v.literal('consumer.continue'), session: sessionKey }),
    /** NO_CONSUMER: the session has lost its consumer, without a `consumer.stop`. NO_SESSION: the session is gone. */
    v.strictObject({ op: v.literal('consumer.watch'), session: sessionKey }),
    /** When the registry replies, the session has no consumer, and continues without. */
    v.strictObject({ op: v.literal('consumer.stop'), session: sessionKey }),
    /** Says where the consumer shall write: when the destination is enabled. Not while one at a relay is (R3.7). */
    v.strictObject({ op: v.literal('consumer.set'), session: sessionKey, destination }),
    /** When the registry replies, the consumer writes to the destination, and that is frozen. */
    v.strictObject({ op: v.literal('consumer.enable'), session: sessionKey }),
    /** When the registry replies, the consumer writes nowhere; events wait in the buffers. */
    v.strictObject({ op: v.literal('consumer.disable'), session: sessionKey }),
    /** When the registry replies, what was recorded so far is an archive of its own. */
    v.strictObject({ op: v.literal('session.rotate'), session: sessionKey, ...noWait }),
    /** When the registry replies, what was recorded since the last rotation is gone, also from the buffers. */
    v.strictObject({ op: v.literal('session.clear'), session: sessionKey }),
    /** When the registry replies, the session's traces have the present offset of their clock. */
    v.strictObject({ op: v.literal('session.regenerate'), session: sessionKey }),
    /** Sets what is present. */
    v.strictObject({ op: v.literal('rotation.enable'), session: sessionKey, ...rotationSchedule }),
    v.strictObject({
      op: v.literal('rotation.disable'),
      session: sessionKey,
      of: list(v.picklist(['everyUs', 'atBytes'])),
    }),
    /**
     * `target`: these are the buffers of these applications, from now on; others have those of the channel, which is
     * added with default settings if it is missing. `orEnable`: a disabled channel of this name is enabled instead,
     * with the settings that it has.
     */
    v.strictObject({
      op: v.literal('channel.add'),
      session: sessionKey,
      channel: channelSettings,
      target: v.optional(target),
      orEnable: v.optional(v.literal(true)),
    }),
    /** All of them or none. A disabled channel records nothing, whatever its rules are. */
    v.strictObject({
      op: v.literal('channel.disable'),
      session: sessionKey,
      channels: list(channelName),
    }),
    v.strictObject({
      op: v.literal('event.enable'),
      session: sessionKey,
      channel: v.optional(channelName),
      patterns: list(eventPattern),
      ...selection,
      target,
      /** Of a kernel part alone; absent: `tracepoint`. */
      kind: v.exactOptional(kernelKind),
    }),
    v.strictObject({
      op: v.literal('event.disable'),
      session: sessionKey,
      channel: v.optional(channelName),
      patterns: list(eventPattern),
      /** Absent: rules for every target. */
      target: v.optional(target),
      /** Absent: rules of every kind. */
      kind: v.exactOptional(kernelKind),
    }),
    /**
     * From now on the events of a channel, or of all channels, carry these contexts; with `events` or `target`, those
     * of the rules of these names, and for this target. A session without channels gets the default one.
     */
    v.strictObject({
      op: v.literal('context.add'),
      session: sessionKey,
      channel: v.optional(channelName),
      events: v.optional(list(eventPattern)),
      target: v.optional(target),
      contexts: contextNames,
    }),
    ...trackerOperations,
    ...snapshotOperations,
    ...kernelOperations,
    v.strictObject({ op: v.literal('app.list'), from: counter }),
  ]),
);
export type Operation = v.InferOutput<typeof operation>;

export const toRegistry = indexed(
  v.variant('type', [
    v.strictObject({ type: v.literal('hello'), major: u32, minor: u32 }),
    v.strictObject({ type: v.literal('request'), id: u32, operation }),
    /** Attaches as the session's consumer, or as a snapshot that copies its buffers. */
    v.strictObject({
      type: v.literal('attach'),
      session: uuid,
      snapshot: v.optional(v.literal(true)),
    }),
    /**
     * From a consumer: it has created its output directory, so the session can start. From a snapshot: it has attached
     * all streams, so the registry may remove them. `atMs`: when, in milliseconds since 1970.
     */
    v.strictObject({ type: v.literal('opened'), atMs: v.optional(counter) }),
    v.strictObject({ type: v.literal('stream.released'), streamId: u32 }),
    v.strictObject({ type: v.literal('flushed'), token: u32, ...writingOutcome }),
    v.strictObject({ type: v.literal('finished'), ...writingOutcome }),
    /** The consumer has reached the passage of `output.passage`. */
    v.strictObject({ type: v.literal('output.reached'), token: u32 }),
    /**
     * Everything before it is stored where it was taken, and the new output of `output.files`, `output.passed` or
     * `output.none` is in use. With `failed` the consumer keeps its buffers and writes nowhere.
     */
    v.strictObject({
      type: v.literal('output.changed'),
      token: u32,
      failed: v.optional(outputFailure),
      /** After a rotation: the directory of the archive; absent: nothing had been recorded. */
      archive: v.optional(path),
      /** Milliseconds since 1970. */
      atMs: v.optional(counter),
    }),
    /** The chunk has as many bytes as `output.limit` says. */
    v.strictObject({ type: v.literal('output.full') }),
    /** The outcome has changed, without a request. */
    v.strictObject({ type: v.literal('outcome'), ...writingOutcome }),
    ...kernelFromConsumer,
  ]),
);
export type ToRegistry = v.InferOutput<typeof toRegistry>;

export type DestinationInfo = v.InferOutput<typeof destinationInfo>;
export type SessionInfo = v.InferOutput<typeof sessionInfo>;
export type AppInfo = v.InferOutput<typeof appInfo>;

/** The value of a reply; the operation determines which members are set. */
export const replyValue = v.strictObject({
  session: v.optional(sessionInfo),
  sessions: v.optional(list(sessionInfo)),
  apps: v.optional(list(appInfo)),
  ...kernelReplies,
  /** Index at which the next page begins. */
  next: v.optional(counter),
  /** Errno name if the registry could not write the session's record: a kill of the registry would lose the change. */
  unwritten: v.optional(v.pipe(v.string(), v.maxLength(32))),
});
export type ReplyValue = v.InferOutput<typeof replyValue>;

/** Longest reason of a refusal. */
export const REFUSAL_CHARACTERS_MAX = 1000;
const text = v.pipe(v.string(), v.maxLength(REFUSAL_CHARACTERS_MAX));
/** `welcome` or `refused` answers every `hello` on this socket. */
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
      /** With NO_CONSUMER: the session that needs a consumer. */
      session: v.optional(uuid),
      /** With NO_CONSUMER: the session is a kernel part, whose consumer is `ltt-consumerd`. */
      domain: v.optional(v.literal('kernel')),
    }),
  ]),
);
export type ToClient = v.InferOutput<typeof toClient>;

/** Below the session's directory at the relay; empty: none (R3.8). */
const subdirectory = v.pipe(v.string(), v.maxLength(SUBDIRECTORY_CHARACTERS_MAX));

export const toConsumer = indexed(
  v.variant('type', [
    welcome,
    refused,
    v.strictObject({
      type: v.literal('session'),
      name: sessionName,
      uuid,
      /** Absent: the consumer writes nowhere until an `output.*` message. */
      output: v.optional(path),
      /** Present: viewers can follow the session at its relay. */
      liveTimerUs: v.optional(liveTimer),
      /** Ids of the data segments of all present streams; a `stream.add` follows for each that is not yet written. */
      segments: v.pipe(v.array(u32), v.maxLength(STREAMS_MAX)),
      /** Present: it is a kernel part, of this kernel. */
      kernel: v.optional(kernelRelease),
    }),
    v.strictObject({ type: v.literal('stream.add'), stream: consumerStream }),
    v.strictObject({ type: v.literal('stream.ended'), streamId: u32 }),
    /**
     * The consumer is to write elsewhere. When it does, or cannot, it answers `output.changed` with the token. A newer
     * token replaces an older one, which is not answered any more. `output.files`: into files in this directory.
     */
    v.strictObject({ type: v.literal('output.files'), token: u32, output: path }),
    /** To a relay, first step: the consumer reaches the passage at this path and answers `output.reached`. */
    v.strictObject({ type: v.literal('output.passage'), token: u32, passage: path }),
    /**
     * To a relay, second step: the registry has passed the connections for control and data, in this order (R3.4). They
     * lead to the first relays, and `way` has those after them: the consumer asks each to connect to the next (R3.8).
     * With `datagramsTo` it is the control connection alone, and packets go as datagrams to this address (R3.10): the
     * consumer opens the socket, because there is no connection that could be passed.
     */
    v.strictObject({
      type: v.literal('output.passed'),
      token: u32,
      subdirectory,
      way: relayWay,
      datagramsTo: v.optional(datagramAddress),
    }),
    /** Nowhere: events wait in the buffers (R3.7, disabled). */
    v.strictObject({ type: v.literal('output.none'), token: u32 }),
    ...rotationToConsumer,
    v.strictObject({ type: v.literal('flush'), token: u32 }),
    /** With a `chunk` of this directory: it is archived when everything is written. */
    v.strictObject({
      type: v.literal('finish'),
      archive: v.optional(v.strictObject({ output: path, chunk })),
    }),
    ...kernelToConsumer,
  ]),
);
export type ToConsumer = v.InferOutput<typeof toConsumer>;
