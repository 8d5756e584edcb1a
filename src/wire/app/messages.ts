/**
 * Protocol between an application's in-process library and a registry, version 2.
 *
 * On the registry's application socket: `hello` → `welcome` or `refused` (R1.13), then the application opens a
 * socket of its own, leaves it there as a gift and names its token in `register` (R1.15) → `registered`. From then
 * on the gift is the only channel: the registry sends the whole wanted `state` whenever it changes, in as many messages
 * as it takes, the application answers `applied` with the state's revision, and announces the tracepoints it has.
 * It says `leaving` before it closes the channel for good; `docs/protocol.md` has what a channel that just ends means.
 * Who the application is, the registry knows from the kernel, so no message says it.
 */
import * as v from 'valibot';
import {
  channelName,
  counter,
  eventPattern,
  fieldsText,
  list,
  logLevel,
  path,
  processName,
  ringShape,
  u32,
  uuid,
} from '../common.ts';
import { indexed } from '../indexed.ts';

export const APP_PROTOCOL_MAJOR = 2;

// What is said before the versions are known keeps these members for ever; what a later version adds is ignored.
const hello = v.object({ type: v.literal('hello'), major: u32, minor: u32 });
const register = v.strictObject({
  type: v.literal('register'),
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'not a gift token')),
  processName,
  /** Kernel thread id: each thread registers on its own. */
  tid: u32,
  /**
   * The thread's start on its own clock: with process and thread id it tells a thread that comes back from one that
   * has got their numbers.
   */
  incarnation: v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'not a number'))),
  /** The session that this process was spawned for (R1.17). */
  sessionUuid: v.optional(uuid),
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
  dataSegment: u32,
  positionSegment: u32,
  shape: ringShape,
  /** The consumer's named pipe: one byte says that a sub-buffer is ready (R1.21). */
  wakePath: path,
});
export type StreamGrant = v.InferOutput<typeof streamGrant>;

const channelPart = v.strictObject({
  name: channelName,
  stream: streamGrant,
  rules: list(v.strictObject({ pattern: eventPattern, logLevelMax: logLevel })),
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
  /** The state goes on in the next message; it is applied when all of it is there. */
  more: v.optional(v.literal(true)),
});
export type StateMessage = v.InferOutput<typeof state>;
export const channelToApp = indexed(v.variant('type', [state]));

export const tracepointInfo = v.strictObject({
  name: eventPattern,
  logLevel,
  /** For people, e.g. `orderId: u32, customer: string`. */
  fields: fieldsText,
});
export type TracepointInfo = v.InferOutput<typeof tracepointInfo>;
export const channelToRegistry = indexed(
  v.variant('type', [
    v.strictObject({ type: v.literal('applied'), revision: counter }),
    v.strictObject({ type: v.literal('tracepoints'), defined: list(tracepointInfo) }),
    /** It has let go of its streams and does not come back to them; a channel that just ends says nothing like it. */
    v.strictObject({ type: v.literal('leaving') }),
  ]),
);
export type AppMessage = v.InferOutput<typeof channelToRegistry>;
