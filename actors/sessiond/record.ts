/**
 * The record of a session on disk, from which the next registry restores the session after a kill. Sessions write it
 * and the registry reads it, so it belongs to neither. The registry reads records of earlier versions; it sets aside a
 * record of an unknown version.
 *
 * Version 1 has no start times of the application processes. Versions 1 and 2 have only the ids of segments, which had
 * no key then.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { KERNEL_PAGE_BYTES_MAX, KERNEL_PAGE_BYTES_MIN } from '../../src/port/kernel-tracer.ts';
import type { SegmentRef } from '../../src/port/shared-memory.ts';
import {
  bufferSettings,
  channelName,
  channelSettings,
  contextNames,
  counter,
  eventRule,
  list,
  liveTimer,
  path,
  processName,
  segmentRef,
  sessionName,
  targetBuffers,
  u32,
  uuid,
} from '../../src/wire/common.ts';
import { destination, isRelay } from '../../src/wire/control/destination.ts';
import { contextsOf, ruleFault } from '../../src/wire/control/event-rules.ts';
import { kernelText } from '../../src/wire/control/kernel.ts';
import { chunk, rotationSchedule } from '../../src/wire/control/rotation.ts';
import { snapshotOutput } from '../../src/wire/control/snapshot-output.ts';
import { trackers } from '../../src/wire/control/trackers.ts';
import { CONTEXTS_MAX, STREAMS_MAX } from '../../src/wire/limits.ts';
import { CHANNEL_TARGETS_MAX, CHANNELS_MAX, RULES_MAX } from './limits.ts';

export const VERSION = 3;

/** The state from which a restart continues: a state on the way to another one is recorded as that one. */
export type RecordedState = 'inactive' | 'active' | 'paused' | 'stopped' | 'destroying';

const appOfVersion1 = {
  pid: u32,
  tid: u32,
  uid: u32,
  gid: u32,
  processName,
  sessionUuid: v.optional(uuid),
  incarnation: v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/))),
};

const kernelPart = v.strictObject({
  user: uuid,
  release: kernelText,
  version: kernelText,
  pageKbMax: v.pipe(
    u32,
    v.minValue(KERNEL_PAGE_BYTES_MIN / 1024),
    v.maxValue(KERNEL_PAGE_BYTES_MAX / 1024),
  ),
});

/** Members of records of all versions; `app` and `segment` are the schemas of these in this version. */
function recordWith<App extends v.GenericSchema, Segment extends v.GenericSchema>(
  app: App,
  segment: Segment,
) {
  return {
    name: sessionName,
    uuid,
    owner: v.strictObject({ uid: u32, gid: u32 }),
    /** Absent: the session has written into no files yet. */
    output: v.optional(path),
    /** Absent: the directory `output`, enabled. */
    place: v.optional(
      v.strictObject({
        destination,
        use: v.picklist(['set', 'enabled', 'disabled']),
        present: v.picklist(['files', 'relay', 'nowhere']),
      }),
    ),
    isFlightRecorder: v.optional(v.boolean()),
    /** Absent: no rotation, and no schedule of one. */
    rotation: v.optional(
      v.strictObject({
        chunk,
        pending: v.optional(v.picklist(['archive', 'clear', 'metadata'])),
        archive: v.optional(path),
        ...rotationSchedule,
      }),
    ),
    /** Null: none. Absent: that of a new session. */
    snapshotOutput: v.optional(v.nullable(snapshotOutput)),
    /** Absent: no live session. */
    liveTimerUs: v.optional(liveTimer),
    /** Present: the kernel part of the session with the UUID `user`. */
    kernel: v.exactOptional(kernelPart),
    state: v.picklist(['inactive', 'active', 'paused', 'stopped', 'destroying']),
    channels: v.pipe(
      v.array(
        v.strictObject({
          settings: channelSettings,
          rules: v.pipe(list(eventRule), v.maxLength(RULES_MAX)),
          targets: v.optional(v.pipe(v.array(targetBuffers), v.maxLength(CHANNEL_TARGETS_MAX))),
          disabled: v.optional(v.literal(true)),
          contexts: v.exactOptional(contextNames),
        }),
      ),
      v.maxLength(CHANNELS_MAX),
    ),
    /** Absent: the session traces every process that it may. */
    trackers: v.exactOptional(trackers),
    streams: v.pipe(
      v.array(
        v.strictObject({
          streamId: u32,
          channel: channelName,
          app,
          wakePath: path,
          memory: v.strictObject({ dataSegment: segment, positionSegment: segment }),
          buffers: v.optional(bufferSettings),
          ended: v.boolean(),
        }),
      ),
      v.maxLength(STREAMS_MAX),
    ),
    nextStreamId: counter,
    /** A user stopped the consumer. Absent: no. */
    isDismissed: v.optional(v.boolean()),
  };
}

/** `creatorUid`: the user of the registry, who created all segments. */
function recordSchema(creatorUid: number) {
  const idOnly = v.pipe(
    u32,
    v.transform((id): SegmentRef => ({ id, key: 0, creatorUid })),
  );
  const app = v.strictObject({ ...appOfVersion1, startedAt: counter });
  const appWithoutStart = v.pipe(
    v.strictObject(appOfVersion1),
    v.transform((earlier) => ({ ...earlier, startedAt: 0 })),
  );
  return v.variant('version', [
    v.strictObject({ version: v.literal(1), ...recordWith(appWithoutStart, idOnly) }),
    v.strictObject({ version: v.literal(2), ...recordWith(app, idOnly) }),
    v.strictObject({ version: v.literal(VERSION), ...recordWith(app, segmentRef) }),
  ]);
}
export type SessionRecord = v.InferOutput<ReturnType<typeof recordSchema>>;

/** The session in a record's text, or one sentence that describes the error in it. */
export function parseRecord(
  name: string,
  text: string,
  creatorUid: number,
): Result<SessionRecord, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('the record is not JSON');
  }
  const parsed = v.safeParse(recordSchema(creatorUid), value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    return fail(`${v.getDotPath(issue) ?? 'record'}: ${issue.message}`.slice(0, 300));
  }
  if (parsed.output.uuid !== name) return fail('the record has the UUID of another session');
  const contradiction = contradictionIn(parsed.output);
  return contradiction === undefined ? ok(parsed.output) : fail(contradiction);
}

/** An invariant of sessions (`session/context.ts`) that the record violates, although each member is valid. */
function contradictionIn(record: SessionRecord): string | undefined {
  const { channels, streams, nextStreamId, kernel } = record;
  const ids = new Set(streams.map(({ streamId }) => streamId));
  if (ids.size < streams.length) return 'two streams have the same id';
  if (streams.some(({ streamId }) => streamId >= nextStreamId)) {
    return 'the next stream id is not greater than the id of every stream';
  }
  // The filters of a kernel part are in the kernel's language.
  const isKernel = kernel !== undefined;
  if (
    channels.some(({ rules }) => rules.some((rule) => ruleFault([rule.pattern], rule, isKernel)))
  ) {
    return 'an event rule contradicts itself';
  }
  if (channels.some((channel) => contextsOf(channel).size > CONTEXTS_MAX)) {
    return 'a channel has too many contexts';
  }
  if (!isPlaced(record)) return 'the place of the trace contradicts itself';
  const names = new Set(channels.map(({ settings }) => settings.name));
  return streams.every(({ channel }) => names.has(channel))
    ? undefined
    : 'the channel of a stream does not exist';
}

/** Whether the session can write where it says that it writes. */
function isPlaced({ output, place }: SessionRecord): boolean {
  if (place === undefined) return output !== undefined;
  const { destination: to, use, present } = place;
  if (present === 'files' && output === undefined) return false;
  if (present === 'relay' && !(isRelay(to) && use === 'enabled')) return false;
  const enabled = isRelay(to) ? 'relay' : 'files';
  return use === 'enabled' ? present === enabled : use === 'set' || present === 'nowhere';
}
