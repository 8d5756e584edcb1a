/** Sessions and applications as clients see them. */
import * as v from 'valibot';
import { libraryVersion, tracepointInfo, unableReason } from '../app/messages.ts';
import {
  channelSettings,
  contextNames,
  counter,
  eventRule,
  list,
  liveTimer,
  path,
  processName,
  sessionName,
  targetBuffers,
  u32,
  uuid,
} from '../common.ts';
import { destination } from './destination.ts';
import { errorCode } from './error-code.ts';
import { outputReason, writingOutcome } from './outcomes.ts';
import { rotationSchedule } from './rotation.ts';
import { snapshotOutput } from './snapshot-output.ts';
import { trackers } from './trackers.ts';
import { unbufferedThread } from './unbuffered.ts';

/** Where the consumer of a session shall write, if that is not the directory that the session was created with. */
export const destinationInfo = v.strictObject({
  to: destination,
  /**
   * `set`: not in use yet. `enabled`: in files. Of a relay: `waiting` for a consumer, `connecting`, `connected`,
   * `lost`. `disabled`: the consumer writes nowhere.
   */
  state: v.picklist(['set', 'enabled', 'waiting', 'connecting', 'connected', 'lost', 'disabled']),
  /** Why it could not be used the last time. */
  failure: v.optional(v.strictObject({ code: errorCode, reason: outputReason })),
});

const sessionState = v.picklist([
  'inactive',
  'starting',
  'active',
  'pausing',
  'paused',
  'stopping',
  'stopped',
  'destroying',
]);

const sessionMembers = {
  name: sessionName,
  uuid,
  uid: u32,
  state: sessionState,
  /** The directory in which consumers write, or wrote last; absent: in none so far. */
  output: v.optional(path),
  destination: v.optional(destinationInfo),
  flightRecorder: v.optional(v.literal(true)),
  /** Where its snapshots go when nothing else is asked for. */
  snapshotOutput: v.exactOptional(snapshotOutput),
  liveTimerUs: v.optional(liveTimer),
  /** Present: the session has archives, or will have. `archive`: what the last rotation made, if it made one. */
  rotation: v.optional(
    v.strictObject({ archives: counter, archive: v.optional(path), ...rotationSchedule }),
  ),
  consumerPid: v.optional(u32),
  channels: list(
    v.strictObject({
      settings: channelSettings,
      rules: list(eventRule),
      targets: v.optional(list(targetBuffers)),
      disabled: v.optional(v.literal(true)),
      contexts: v.exactOptional(contextNames),
    }),
  ),
  /** The processes that it traces; absent: all that it may. */
  trackers: v.exactOptional(trackers),
  /** Present streams, and all streams created so far. */
  streams: counter,
  streamsMade: counter,
  /** Present streams whose thread is alive, as far as the registry knows. */
  writers: counter,
  ...writingOutcome,
  /** After `session.measure`: what the buffers hold that is not stored; `streams`: those that hold something. */
  buffered: v.optional(v.strictObject({ events: counter, bytes: counter, streams: counter })),
  /** What `session.destroy` with `abandon` has given up: events in the buffers, and the streams that held them. */
  abandoned: v.optional(v.strictObject({ events: counter, streams: counter })),
  /** Threads that had no buffers when they should; `more`: further ones, which are not listed. */
  unbuffered: v.optional(v.strictObject({ threads: list(unbufferedThread), more: counter })),
};

const kernelPartInfo = v.strictObject({ ...sessionMembers, domain: v.literal('kernel') });
export const sessionInfo = v.strictObject({
  ...sessionMembers,
  /** Present: this is the kernel part of the session of the same name and owner. */
  domain: v.optional(v.literal('kernel')),
  /** Its kernel part, if it has one. */
  kernel: v.optional(kernelPartInfo),
});

export const appInfo = v.strictObject({
  pid: u32,
  tid: u32,
  uid: u32,
  processName,
  libraryVersion: v.optional(libraryVersion),
  tracepoints: list(tracepointInfo),
  /** Why the thread cannot record: one sentence without its full stop. */
  unable: v.optional(unableReason),
});
