/**
 * A session as it is written down, so that a registry that was killed goes on where it was. Sessions write it and the
 * registry reads it, so it belongs to neither. Records of earlier versions are read; one of a version that is not known
 * is set aside, not guessed at.
 *
 * Version 1 did not say when the processes of applications started.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../../src/base/result.ts';
import {
  channelName,
  channelSettings,
  counter,
  eventRule,
  list,
  path,
  processName,
  sessionName,
  u32,
  uuid,
} from '../../src/wire/common.ts';
import { CHANNELS_MAX, RULES_MAX, STREAMS_MAX } from './limits.ts';

export const VERSION = 2;

/** What a restart has to know of the state: what is on the way somewhere counts as there. */
export type RecordedState = 'inactive' | 'active' | 'stopped' | 'destroying';

const appOfVersion1 = {
  pid: u32,
  tid: u32,
  uid: u32,
  gid: u32,
  processName,
  sessionUuid: v.optional(uuid),
  incarnation: v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/))),
};

/** What records of all versions have, with applications as those of this one tell them. */
function recordWith<App extends v.GenericSchema>(app: App) {
  return {
    name: sessionName,
    uuid,
    owner: v.strictObject({ uid: u32, gid: u32 }),
    output: path,
    isFlightRecorder: v.optional(v.boolean()),
    state: v.picklist(['inactive', 'active', 'stopped', 'destroying']),
    channels: v.pipe(
      v.array(
        v.strictObject({
          settings: channelSettings,
          rules: v.pipe(list(eventRule), v.maxLength(RULES_MAX)),
        }),
      ),
      v.maxLength(CHANNELS_MAX),
    ),
    streams: v.pipe(
      v.array(
        v.strictObject({
          streamId: u32,
          channel: channelName,
          app,
          wakePath: path,
          memory: v.strictObject({ dataSegment: u32, positionSegment: u32 }),
          ended: v.boolean(),
        }),
      ),
      v.maxLength(STREAMS_MAX),
    ),
    nextStreamId: counter,
    /** Consuming was stopped. Absent: no. */
    isDismissed: v.optional(v.boolean()),
  };
}

const record = v.variant('version', [
  v.strictObject({
    version: v.literal(1),
    ...recordWith(
      v.pipe(
        v.strictObject(appOfVersion1),
        v.transform((app) => ({ ...app, startedAt: 0 })),
      ),
    ),
  }),
  v.strictObject({
    version: v.literal(VERSION),
    ...recordWith(v.strictObject({ ...appOfVersion1, startedAt: counter })),
  }),
]);
export type SessionRecord = v.InferOutput<typeof record>;

/** The session in a record's text, or one sentence saying what is wrong with it. */
export function parseRecord(name: string, text: string): Result<SessionRecord, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
  const parsed = v.safeParse(record, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    return fail(`${v.getDotPath(issue) ?? 'record'}: ${issue.message}`.slice(0, 300));
  }
  if (parsed.output.uuid !== name) return fail('it names another session');
  const contradiction = contradictionIn(parsed.output);
  return contradiction === undefined ? ok(parsed.output) : fail(contradiction);
}

/** A rule that sessions keep (`session/context.ts`) and the record breaks, though each member is as it may be. */
function contradictionIn({ channels, streams, nextStreamId }: SessionRecord): string | undefined {
  const ids = new Set(streams.map(({ streamId }) => streamId));
  if (ids.size < streams.length) return 'two streams have one id';
  if (streams.some(({ streamId }) => streamId >= nextStreamId)) {
    return 'the id of a stream is to be used again';
  }
  const names = new Set(channels.map(({ settings }) => settings.name));
  return streams.every(({ channel }) => names.has(channel)) ? undefined : 'a stream has no channel';
}
