/** Events that the step tests of a session send, and effects that they expect. */

import type {
  AppIdentity,
  OwnedRegistryLocation,
  SessionCommand,
  SessionInput,
} from '../../../../../actors/sessiond/messages.ts';
import { sessionMachine } from '../../../../../actors/sessiond/session/machine.ts';
import type { SessionPart } from '../../../../../src/wire/app/messages.ts';
import type { ChannelSettings, EventRule } from '../../../../../src/wire/common.ts';
import type { Destination } from '../../../../../src/wire/control/destination.ts';
import type { ErrorCode } from '../../../../../src/wire/control/error-code.ts';
import type {
  ConsumerStream,
  SessionInfo,
  ToConsumer,
} from '../../../../../src/wire/control/messages.ts';
import type { WritingOutcome } from '../../../../../src/wire/control/outcomes.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { type Outcome, stepsOf } from '../../../../support/step.ts';
import { osError, tell } from '../../../../support/step-events.ts';

export const UUID = '00000000-0000-4000-8000-000000000001';
const SESSION = `session-${UUID}`;
const DIRECTORY = '/run/lttng-ts';
export const RECORDS = `${DIRECTORY}/sessions`;
const GROUP = 500;
export const PLACE: OwnedRegistryLocation = {
  scope: 'global',
  directory: DIRECTORY,
  directoryMode: 0o755,
  clientPath: `${DIRECTORY}/client.sock`,
  appPath: `${DIRECTORY}/apps.sock`,
  pipePath: '/tmp/.lttng-ts-apps',
  uid: 0,
  groupId: GROUP,
};
const OWNER = { uid: 1000, gid: 1000 };
export const INPUT: SessionInput = {
  session: SESSION,
  registry: 'registry',
  location: PLACE,
  name: 'web',
  uuid: UUID,
  owner: OWNER,
  output: '/home/alice/trace',
  isFlightRecorder: false,
  apps: [],
};
export const FLIGHT_RECORDER: SessionInput = { ...INPUT, isFlightRecorder: true };
/** A thread of an application, and another process. */
export const APP: AppIdentity = {
  link: 'app-9',
  pid: 40,
  uid: 1000,
  gid: 1000,
  tid: 40,
  startedAt: 9,
  processName: 'shop',
  incarnation: '5',
};
export const OTHER: AppIdentity = { ...APP, link: 'app-10', pid: 50, tid: 50, processName: 'db' };

export const SETTINGS: ChannelSettings = {
  name: 'default',
  shape: { subbufferBytes: 512 * 1024, subbufferCount: 4, overwrite: false },
  switchTimerUs: 1_000_000,
  readTimerUs: 200_000,
};
export const RULE: EventRule = {
  pattern: 'shop:*',
  logLevelMax: 14,
  target: { kind: 'all' },
  enabled: true,
};
export const CHANNELS: SessionInfo['channels'] = [{ settings: SETTINGS, rules: [RULE] }];

const machineSteps = stepsOf(sessionMachine);

/**
 * Outcomes whose records are parsed, as the next registry does. Changes are gathered at once, as by a journal that has
 * rested: the effects of `journal.gathered` are those of the event before it.
 */
export function steps(...[input, ...events]: Parameters<typeof machineSteps>) {
  const all: (typeof events)[number][] = [];
  let outcome = machineSteps(input);
  for (const event of events) {
    all.push(event);
    outcome = machineSteps(input, ...all);
    if (!outcome.effects.some(({ type }) => type === 'journal.gather')) continue;
    all.push(changesGathered);
    const { value, effects, delays = [] } = machineSteps(input, ...all);
    const before = outcome.effects.filter(({ type }) => type !== 'journal.gather');
    const begun = [...(outcome.delays ?? []), ...delays];
    outcome = {
      value,
      effects: [...before, ...effects],
      ...(begun.length === 0 ? {} : { delays: begun }),
    };
  }
  return readable(outcome);
}

/** As `steps`, with a journal that rests: the test says when changes are gathered. */
export function restingSteps(...all: Parameters<typeof machineSteps>) {
  return readable(machineSteps(...all));
}

function readable({ effects, ...rest }: Outcome) {
  return {
    ...rest,
    effects: effects.map((effect) => {
      if (!('text' in effect)) return effect;
      const { text, ...more } = effect;
      return { ...more, record: JSON.parse(text as string) as unknown };
    }),
  };
}

// ------------------------------------------------------------------------------------------------ events

type AddingContexts = Extract<SessionCommand, { op: 'context.add' }>;

export const command = (operation: SessionCommand, id = 8, uid = OWNER.uid) =>
  ({ type: 'session.command', operation, replyTo: { link: 'client-0', id, uid } }) as const;
const plain =
  (
    op: Exclude<
      SessionCommand['op'],
      | `${'channel' | 'event' | 'context' | 'tracker' | 'rotation' | 'snapshot'}.${string}`
      | 'consumer.set'
    >,
  ) =>
  (id?: number) =>
    command({ op, session: 'web' }, id);
export const start = plain('session.start');
export const pause = plain('session.pause');
export const stop = plain('session.stop');
export const destroy = plain('session.destroy');
export const abandon = (id?: number) =>
  command({ op: 'session.destroy', session: 'web', abandon: true }, id);
export const rotate = plain('session.rotate');
export const clear = plain('session.clear');
export const regenerate = plain('session.regenerate');
export const enableRotation = (
  of: { readonly everyUs?: number; readonly atBytes?: number },
  id?: number,
) => command({ op: 'rotation.enable', session: 'web', ...of }, id);
export const disableRotation = (of: 'everyUs' | 'atBytes') =>
  command({ op: 'rotation.disable', session: 'web', of: [of] });
export const measure = plain('session.measure');
export const awaitConsumer = plain('consumer.await');
export const continueConsumer = plain('consumer.continue');
export const watchConsumer = plain('consumer.watch');
export const stopConsumer = plain('consumer.stop');
export const enableConsumer = plain('consumer.enable');
export const disableConsumer = plain('consumer.disable');
export const setConsumer = (destination: Destination, id?: number) =>
  command({ op: 'consumer.set', session: 'web', destination }, id);
export const addChannel = (
  channel: ChannelSettings,
  more: Partial<Extract<SessionCommand, { op: 'channel.add' }>> = {},
) => command({ op: 'channel.add', session: 'web', channel, ...more });
export const disableChannels = (...channels: string[]) =>
  command({ op: 'channel.disable', session: 'web', channels });
export const enable = (more: Partial<Extract<SessionCommand, { op: 'event.enable' }>> = {}) => {
  const { pattern, logLevelMax, target } = RULE;
  const operation = { op: 'event.enable', session: 'web', patterns: [pattern] } as const;
  return command({ ...operation, patterns: [pattern], logLevelMax, target, ...more });
};
export const addContexts = (more: Omit<AddingContexts, 'op' | 'session'>) =>
  command({ op: 'context.add', session: 'web', ...more });
export const disable = (pattern: string, more: { channel?: string } = {}) =>
  command({ op: 'event.disable', session: 'web', patterns: [pattern], ...more });
export const ending = { type: 'registry.ending' } as const;

export const joined = (app: AppIdentity = APP) => ({ type: 'app.joined', app }) as const;
export const left = (hasSaidSo: boolean, { link }: AppIdentity = APP) =>
  ({ type: 'app.left', link, hasSaidSo }) as const;
export const applied = (version: number, { link }: AppIdentity = APP) =>
  ({ type: 'app.applied', link, version }) as const;
export const refusing = (version: number, refused: string, { link }: AppIdentity = APP) =>
  ({ type: 'app.applied', link, version, refused }) as const;
export const changesGathered = { type: 'journal.gathered', name: UUID } as const;
const memoryOf = (streamId: number) => ({
  dataSegment: segmentRef(70 + 2 * streamId),
  positionSegment: segmentRef(71 + 2 * streamId),
});
export const created = (streamId: number, { link }: AppIdentity = APP) =>
  ({ type: 'memory.streamCreated', streamId, link, ...memoryOf(streamId) }) as const;
export const streamFailed = (streamId: number, { link }: AppIdentity = APP) =>
  ({ type: 'memory.streamFailed', streamId, link, error: osError('ENOMEM', 'memory') }) as const;
export const checked = (
  isAlive: boolean,
  { pid, tid, startedAt }: AppIdentity = APP,
  isWhole = false,
) =>
  ({
    type: 'process.threadsChecked',
    ended: isAlive ? [] : [{ pid, tid, startedAt, isWhole }],
  }) as const;

export const attached = (link = 'client-4') =>
  ({ type: 'consumer.attached', link, pid: 90, gid: 1000 }) as const;
export const opened = { type: 'consumer.opened' } as const;
export const lost = { type: 'consumer.lost', link: 'client-4' } as const;
export const outcome = (of: WritingOutcome) => ({ type: 'consumer.outcome', outcome: of }) as const;
export const counted = (events: number, streams: number) =>
  ({ type: 'memory.counted', events, streams }) as const;
export const flushed = (token: number) => ({ type: 'consumer.flushed', token }) as const;
export const finished = { type: 'consumer.finished' } as const;
export const released = (streamId: number) => ({ type: 'consumer.released', streamId }) as const;
export const begun = (link = 'client-6') => ({ type: 'snapshot.begun', link, pid: 95 }) as const;
export const copied = (link = 'client-6') => ({ type: 'snapshot.attached', link }) as const;
export const copyEnded = (link = 'client-6') => ({ type: 'snapshot.ended', link }) as const;

/** The events that lead to a state. */
export const CONSUMED = [attached(), opened];
/** Active, without an application yet. */
export const ACTIVE = [enable(), ...CONSUMED, start()];
/** Recording an application, which has not yet applied the part that was sent. */
export const TOLD = [...ACTIVE, joined(), created(0)];
/** Version of the part that the application got. */
export const TOLD_VERSION = 3;
export const RECORDING = [...TOLD, applied(TOLD_VERSION)];
export const PAUSING = [...RECORDING, pause()];
export const PAUSED = [...PAUSING, applied(TOLD_VERSION + 1)];
export const STOPPING = [...RECORDING, stop()];
export const FLUSHING = [...STOPPING, applied(TOLD_VERSION + 1)];
export const STOPPED = [...FLUSHING, flushed(1)];
export const DESTROYING = [...RECORDING, destroy()];
export const FINISHING = [...DESTROYING, applied(TOLD_VERSION + 1)];

// ------------------------------------------------------------------------------------------------ effects

/** The state of the recording, with those of the other regions. */
export const value = (recording: string | object, beside: object = {}) => ({
  recording,
  following: 'watching',
  missing: 'none',
  unbuffered: 'none',
  dismissingConsumer: 'idle',
  awaitingConsumer: 'idle',
  rotating: 'never',
  output: 'apart',
  ...beside,
});
export const at = (
  recording: string | object,
  effects: readonly object[],
  ...delays: number[]
) => ({
  value: value(recording),
  effects,
  ...(delays.length === 0 ? {} : { delays }),
});
const info = (state: SessionInfo['state'], more: object = {}) => ({
  name: 'web',
  uuid: UUID,
  uid: OWNER.uid,
  state,
  output: INPUT.output,
  channels: [],
  streams: 0,
  streamsMade: 0,
  writers: 0,
  ...more,
});
/** The effect that publishes the session to the registry. */
export const published = (state: SessionInfo['state'], more: object = {}) =>
  tell('registry', { type: 'session.changed', session: SESSION, info: info(state, more) });
/** The effect that writes the record for the next registry. */
export const recorded = (state: RecordedState, more: object = {}) => ({
  type: 'journal.write',
  directory: RECORDS,
  name: UUID,
  record: {
    version: 3,
    name: 'web',
    uuid: UUID,
    owner: OWNER,
    output: INPUT.output,
    isFlightRecorder: false,
    state,
    channels: [],
    streams: [],
    nextStreamId: 0,
    ...more,
  },
});
export type RecordedState = 'inactive' | 'active' | 'paused' | 'stopped' | 'destroying';
export const unrecorded = { type: 'journal.remove', directory: RECORDS, name: UUID };
export const sessionEnded = tell('registry', { type: 'session.ended', session: SESSION });
export const sessionKept = tell('registry', { ...sessionEnded.event, isKept: true });
const toClient = (event: object) => tell('client-0', event);
export const reply = (state: SessionInfo['state'], more: object = {}, id = 8) =>
  toClient({ type: 'reply.value', id, value: { session: info(state, more) } });
export const refusal = (code: ErrorCode, reason: string, id = 8) =>
  toClient({ type: 'reply.failure', id, code, reason });
export const noConsumer = (id = 8) =>
  toClient({
    type: 'reply.failure',
    id,
    code: 'NO_CONSUMER',
    reason: 'Session "web" has no consumer; the lttng command starts one with your credentials',
    session: UUID,
  });
export const busy = (id = 8) =>
  refusal(
    'SESSION_BUSY',
    'Session "web" is executing another command; try again when that has finished',
    id,
  );
export const notWritten = (what: string, id = 8) =>
  refusal(
    'NOT_WRITTEN',
    `Session "web" is stopped, but ${what}: they stay in the buffers. ` +
      'Repeat the command when they can be written, or give them up with "lttng destroy --abandon"',
    id,
  );
/** The consumer has no room on the disk for the events of one stream. */
export const FULL = { unwritten: { streams: 1, code: 'ENOSPC' } };
export const FULL_REASON = 'events of 1 of its streams cannot be written (ENOSPC)';
export const toConsumer = (message: ToConsumer, link = 'client-4') =>
  tell(link, { type: 'consumer.tell', message });
export const introduction = (...segments: number[]): ToConsumer => ({
  type: 'session',
  name: 'web',
  uuid: UUID,
  output: INPUT.output,
  segments,
});

const wakePath = ({ uid }: AppIdentity = APP) => `${DIRECTORY}/wake-${UUID}-${uid}`;
export const createStream = (streamId: number, app: AppIdentity = APP, more: object = {}) => ({
  type: 'memory.createStream',
  streamId,
  link: app.link,
  shape: SETTINGS.shape,
  writer: { uid: app.uid, gid: app.gid },
  consumer: OWNER,
  readerGid: GROUP,
  wakePath: wakePath(app),
  ...more,
});
/** `isLast`: the effect also removes the pipe of the user's applications. */
export const removeStream = (streamId: number, isLast = true) => ({
  type: 'memory.removeStream',
  ...memoryOf(streamId),
  ...(isLast ? { wakePath: wakePath() } : {}),
});
export const streamRecord = (streamId: number, app: AppIdentity = APP, ended = false) => {
  const { link: _, ...identity } = app;
  return {
    streamId,
    channel: 'default',
    app: identity,
    wakePath: wakePath(app),
    memory: memoryOf(streamId),
    ended,
  };
};
export const consumerStream = (streamId: number, app: AppIdentity = APP): ConsumerStream => {
  const { pid, tid, startedAt, processName } = app;
  const { shape, switchTimerUs, readTimerUs } = SETTINGS;
  return {
    streamId,
    channel: 'default',
    ...memoryOf(streamId),
    shape,
    pid,
    tid,
    startedAt,
    processName,
    wakePath: wakePath(app),
    switchTimerUs,
    readTimerUs,
  };
};
export const partOf = (active: boolean, streamId = 0): SessionPart => ({
  uuid: UUID,
  active,
  channels: [
    {
      name: 'default',
      stream: { streamId, ...memoryOf(streamId), shape: SETTINGS.shape, wakePath: wakePath() },
      rules: [{ pattern: RULE.pattern, logLevelMax: RULE.logLevelMax }],
    },
  ],
});
export const told = (version: number, part: SessionPart | undefined, { link } = APP) =>
  tell(link, { type: 'part.changed', session: SESSION, sessionUuid: UUID, version, part });

/** The published and recorded description of a session that records one application. */
export const CONSUMED_BY = { consumerPid: 90 };
export const ONE = { channels: CHANNELS, streams: 1, streamsMade: 1, writers: 1 };
export const ONE_CONSUMED = { ...ONE, ...CONSUMED_BY };
export const ONE_RECORD = { channels: CHANNELS, streams: [streamRecord(0)], nextStreamId: 1 };
