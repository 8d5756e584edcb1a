/**
 * Protocol between an application's in-process library and a registry, version 3.
 *
 * On the registry's application socket: `hello` → `welcome` or `refused` (R1.13), then the application opens a
 * socket of its own, passes one end to the registry as a passed socket, and sends its token in `register` (R1.15) →
 * `registered`. From then on the passed socket is the only channel. The registry sends the complete wanted `state`
 * after each change, in as many messages as it needs; the application answers `applied` with the state's revision,
 * and announces its tracepoints. The application sends `leaving` before it closes the channel for good;
 * `docs/protocol.md` defines the meaning of a channel that ends without it. No message names the application: the
 * kernel reports its credentials.
 */
import * as v from 'valibot';
import {
  channelName,
  contextNames,
  counter,
  errnoName,
  eventPattern,
  fieldsText,
  list,
  logLevel,
  path,
  processName,
  ringShape,
  segmentRef,
  selection,
  u32,
  uuid,
} from '../common.ts';
import { indexed } from '../indexed.ts';

export const APP_PROTOCOL_MAJOR = 3;
/** Bound on the reason of an `unable` message. */
export const UNABLE_CHARACTERS_MAX = 300;
export const unableReason = v.pipe(v.string(), v.maxLength(UNABLE_CHARACTERS_MAX));

// Messages before the exchange of versions keep these members for ever; receivers ignore members of later versions.
const hello = v.object({ type: v.literal('hello'), major: u32, minor: u32 });
export const libraryVersion = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z.+-]{1,64}$/, 'not a version'),
);
const register = v.strictObject({
  type: v.literal('register'),
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'not the token of a passed socket')),
  processName,
  /** Kernel thread id: each thread registers on its own. */
  tid: u32,
  /**
   * The thread's start on its own clock. Together with process and thread id it identifies a thread that registers
   * again, and distinguishes it from a later thread with the same ids.
   */
  incarnation: v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'not a number'))),
  /** The session for which this process was spawned (R1.17). */
  sessionUuid: v.optional(uuid),
  /** Of the package that the process has loaded (R2.3). */
  libraryVersion: v.optional(libraryVersion),
});
export const toRegistry = indexed(v.variant('type', [hello, register]));

export const handshakeToApp = indexed(
  v.variant('type', [
    v.object({ type: v.literal('welcome'), major: u32, minor: u32 }),
    v.object({ type: v.literal('refused'), reason: v.pipe(v.string(), v.maxLength(300)) }),
    v.strictObject({ type: v.literal('registered') }),
  ]),
);
export type HandshakeToApp = v.InferOutput<typeof handshakeToApp>;

/** A stream that the application may write: one channel of one session, for one thread. */
export const streamGrant = v.strictObject({
  streamId: u32,
  dataSegment: segmentRef,
  positionSegment: segmentRef,
  shape: ringShape,
  /** The consumer's named pipe: one byte reports a complete sub-buffer (R1.21). */
  wakePath: path,
});
export type StreamGrant = v.InferOutput<typeof streamGrant>;

const channelPart = v.strictObject({
  name: channelName,
  stream: streamGrant,
  rules: list(
    v.strictObject({
      pattern: eventPattern,
      ...selection,
      contexts: v.exactOptional(contextNames),
    }),
  ),
  /** What all events of the channel carry. */
  contexts: v.exactOptional(contextNames),
});
export const sessionPart = v.strictObject({
  uuid,
  active: v.boolean(),
  channels: list(channelPart),
});
export type SessionPart = v.InferOutput<typeof sessionPart>;

export const state = v.strictObject({
  type: v.literal('state'),
  revision: counter,
  sessions: list(sessionPart),
  /** The next message continues the state; the application applies it when it is complete. */
  more: v.optional(v.literal(true)),
});
export type StateMessage = v.InferOutput<typeof state>;
export const channelToApp = indexed(v.variant('type', [state]));

export const tracepointInfo = v.strictObject({
  name: eventPattern,
  logLevel,
  /** For display, e.g. `orderId: u32, customer: string`. */
  fields: fieldsText,
});
export type TracepointInfo = v.InferOutput<typeof tracepointInfo>;
export const channelToRegistry = indexed(
  v.variant('type', [
    v.strictObject({
      type: v.literal('applied'),
      revision: counter,
      /** Sessions with a stream that the thread could not attach, and the error. */
      refused: v.optional(list(v.strictObject({ session: uuid, code: errnoName }))),
    }),
    v.strictObject({ type: v.literal('tracepoints'), defined: list(tracepointInfo) }),
    /** The thread cannot record, although sessions want it to: one sentence without its full stop. */
    v.strictObject({
      type: v.literal('unable'),
      reason: unableReason,
    }),
    /** The application has detached its streams for good; the end of a channel alone does not mean that. */
    v.strictObject({ type: v.literal('leaving') }),
  ]),
);
export type AppMessage = v.InferOutput<typeof channelToRegistry>;
