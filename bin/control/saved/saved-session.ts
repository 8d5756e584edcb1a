/**
 * A session as `lttng save` keeps it: all that a user has said of it, and nothing of what it has recorded. Pure: from
 * a session to what is saved, and from that to the requests that create the session again.
 *
 * ```json
 * {"version":1,"name":"web","isActive":true,"channels":[{"settings":{…},"rules":[{…}]}]}
 * ```
 */
import * as v from 'valibot';
import type { Plan } from '../../../actors/client/plans/plan.ts';
import { setUpPlan } from '../../../actors/client/plans/set-up.ts';
import { fail, ok, type Result } from '../../../src/base/result.ts';
import { type EventRule, liveTimer, path, sessionName } from '../../../src/wire/common.ts';
import { isRelay, relayDestination } from '../../../src/wire/control/destination.ts';
import { selectionOf } from '../../../src/wire/control/event-rules.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { rotationSchedule } from '../../../src/wire/control/rotation.ts';
import { sessionInfo } from '../../../src/wire/control/session-info.ts';
import { SNAPSHOT_OUTPUT_ID, snapshotOutput } from '../../../src/wire/control/snapshot-output.ts';
import { TRACKERS, type Tracker, trackers } from '../../../src/wire/control/trackers.ts';

const SAVED_VERSION = 1;

const savedSession = v.strictObject({
  version: v.literal(SAVED_VERSION),
  name: sessionName,
  /** The directory of its trace, or of its snapshots; absent: the default one of its name. */
  output: v.exactOptional(path),
  relay: v.exactOptional(relayDestination),
  flightRecorder: v.exactOptional(v.literal(true)),
  /** Null: none. Absent: that of a new session. */
  snapshotOutput: v.exactOptional(v.nullable(snapshotOutput)),
  liveTimerUs: v.exactOptional(liveTimer),
  rotation: v.exactOptional(v.strictObject(rotationSchedule)),
  channels: sessionInfo.entries.channels,
  /** What it records of the kernel. */
  kernel: v.exactOptional(v.strictObject({ channels: sessionInfo.entries.channels })),
  trackers: v.exactOptional(trackers),
  /** Whether it was recording. */
  isActive: v.boolean(),
});
export type SavedSession = v.InferOutput<typeof savedSession>;
type SavedChannel = SavedSession['channels'][number];

/** Where a loaded session writes. */
export type SavedPlace =
  | { readonly output: string }
  | { readonly relay: NonNullable<SavedSession['relay']> };

/** `traces`: the directory that default directories of traces are in, absolute. */
export function savedSessionOf(info: SessionInfo, traces: string): SavedSession {
  const { name, destination, flightRecorder, liveTimerUs, rotation, channels, kernel } = info;
  const to = destination?.to;
  const relay = to !== undefined && isRelay(to) ? to : undefined;
  const output = to === undefined || isRelay(to) ? info.output : to.output;
  const isUsual = output?.startsWith(`${traces}/`) === true;
  const { everyUs, atBytes } = rotation ?? {};
  return {
    version: SAVED_VERSION,
    name,
    ...(relay !== undefined || output === undefined || isUsual ? {} : { output }),
    ...(relay === undefined ? {} : { relay }),
    ...(flightRecorder === undefined ? {} : { flightRecorder }),
    ...savedSnapshotOutput(info),
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
    // A session that sends to a relay does not rotate.
    ...(relay !== undefined || (everyUs === undefined && atBytes === undefined)
      ? {}
      : { rotation: { everyUs, atBytes } }),
    channels,
    ...(kernel === undefined ? {} : { kernel: { channels: kernel.channels } }),
    ...(info.trackers === undefined ? {} : { trackers: info.trackers }),
    isActive: isActive(info) || (kernel !== undefined && isActive(kernel)),
  };
}

function isActive({ state }: Pick<SessionInfo, 'state'>): boolean {
  return state === 'active' || state === 'starting';
}

/** A flight recorder has its directory from the beginning. */
function savedSnapshotOutput({
  flightRecorder,
  output,
  snapshotOutput: present,
}: SessionInfo): Pick<SavedSession, 'snapshotOutput'> {
  if (present === undefined) return flightRecorder ? { snapshotOutput: null } : {};
  const isOwn = present.name === undefined && present.bytesMax === undefined;
  return flightRecorder && isOwn && present.output === output ? {} : { snapshotOutput: present };
}

/** An error is a reason for messages, which put it after the name of the file. */
export function parseSaved(json: unknown): Result<SavedSession, string> {
  const versioned = v.safeParse(v.object({ version: v.number() }), json);
  if (versioned.success && versioned.output.version !== SAVED_VERSION) {
    const { version } = versioned.output;
    return fail(`has version ${version} of the format; this lttng reads version ${SAVED_VERSION}`);
  }
  const parsed = v.safeParse(savedSession, json);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  return fail(`is not a saved session${where === null ? '' : `: ${where} is wrong`}`);
}

/** Creates the session and starts it if it was recording; it is not there if any of that is refused. */
export function loadPlan(saved: SavedSession, place: SavedPlace): Plan {
  const { name, flightRecorder, liveTimerUs } = saved;
  const create = {
    op: 'session.create',
    name,
    ...place,
    ...(flightRecorder === undefined ? {} : { flightRecorder }),
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
  } as const;
  const { kernel } = saved;
  return setUpPlan(create, (session, part) => [
    ...('relay' in place ? [{ op: 'consumer.enable' as const, session }] : []),
    ...settingsOf(session, saved),
    ...(kernel === undefined ? [] : kernelOperations(session, part, saved, kernel.channels)),
    ...startsOf(session, part, saved),
  ]);
}

/** The kernel part rotates with the session. */
function kernelOperations(
  session: string,
  part: string,
  { rotation }: SavedSession,
  channels: SavedSession['channels'],
): Operation[] {
  return [
    { op: 'kernel.open', session },
    ...channelsOf(part, channels, 'kernel'),
    ...rotationOf(part, rotation),
  ];
}

/** As `lttng start`: a part without a channel is not started unless neither has one. */
function startsOf(
  session: string,
  part: string,
  { isActive: isRecording, channels, kernel }: SavedSession,
): Operation[] {
  if (!isRecording) return [];
  const isOfKernel = kernel !== undefined && kernel.channels.length > 0;
  const isOfUser = channels.length > 0 || !isOfKernel;
  return [...(isOfUser ? [session] : []), ...(isOfKernel ? [part] : [])].map((of) => ({
    op: 'session.start',
    session: of,
  }));
}

function settingsOf(
  session: string,
  { channels, rotation, trackers: tracked = {}, ...saved }: SavedSession,
): Operation[] {
  return [
    ...channelsOf(session, channels),
    ...rotationOf(session, rotation),
    ...TRACKERS.flatMap((tracker) => trackerOperation(session, tracker, tracked[tracker])),
    ...snapshotOperations(session, saved),
  ];
}

function channelsOf(
  session: string,
  channels: SavedSession['channels'],
  domain?: 'kernel',
): Operation[] {
  const disabled = channels.flatMap((channel) => (channel.disabled ? channel.settings.name : []));
  return [
    ...channels.flatMap((channel) => channelOperations(session, channel, domain)),
    ...(disabled.length === 0
      ? []
      : [{ op: 'channel.disable' as const, session, channels: disabled }]),
  ];
}

function rotationOf(session: string, rotation: SavedSession['rotation']): Operation[] {
  return rotation === undefined ? [] : [{ op: 'rotation.enable', session, ...rotation }];
}

function snapshotOperations(
  session: string,
  {
    flightRecorder,
    snapshotOutput: output,
  }: Pick<SavedSession, 'flightRecorder' | 'snapshotOutput'>,
): Operation[] {
  if (output === undefined) return [];
  const id = String(SNAPSHOT_OUTPUT_ID);
  return [
    ...(flightRecorder ? [{ op: 'snapshot.remove' as const, session, id }] : []),
    ...(output === null ? [] : [{ op: 'snapshot.add' as const, session, ...output }]),
  ];
}

/** A new session traces every process; without an id in the set it traces none. */
function trackerOperation(session: string, tracker: Tracker, ids?: readonly number[]): Operation[] {
  if (ids === undefined) return [];
  if (ids.length === 0) return [{ op: 'tracker.remove', session, tracker }];
  return [{ op: 'tracker.add', session, tracker, ids: [...ids] }];
}

function channelOperations(
  session: string,
  { settings, targets = [], contexts, rules }: SavedChannel,
  domain: 'kernel' | undefined,
): Operation[] {
  const channel = settings.name;
  return [
    { op: 'channel.add', session, channel: settings },
    ...targets.map(({ target, buffers }) => ({
      op: 'channel.add' as const,
      session,
      channel: { name: channel, ...buffers },
      target,
    })),
    ...(contexts === undefined ? [] : [{ op: 'context.add' as const, session, channel, contexts }]),
    ...operationsForRules(session, channel, rules, domain),
  ];
}

/** Disabled rules come first: enabling another rule of the same name and target removes them, as in a session. */
function operationsForRules(
  session: string,
  channel: string,
  rules: readonly EventRule[],
  domain: 'kernel' | undefined,
): Operation[] {
  const enable = (some: readonly EventRule[]): Operation[] =>
    inTurn(some).flatMap((alike) => enableAlike(session, channel, alike));
  const disabled = rules.filter(({ enabled }) => !enabled);
  const names = new Map(
    disabled.map((rule) => [JSON.stringify(disabling(rule, domain)), disabling(rule, domain)]),
  );
  return [
    ...enable(disabled),
    // When all of them are there: the next of one name and target would remove one that is disabled already.
    ...[...names.values()].map((which) => ({
      op: 'event.disable' as const,
      ...{ session, channel, ...which },
    })),
    ...enable(rules.filter(({ enabled }) => enabled)),
  ];
}

/** Which rules of a name are disabled: of the kernel those of one kind, which is not said of tracepoints otherwise. */
function disabling({ pattern, target, kind = 'tracepoint' }: EventRule, domain?: 'kernel') {
  return { target, patterns: [pattern], ...(domain === undefined ? {} : { kind }) };
}

/**
 * Rules that differ in their names only are enabled together, those with the most contexts first: a context is added
 * to all present rules of a name and target, so an older rule has those of a younger one.
 */
function inTurn(rules: readonly EventRule[]): readonly (readonly EventRule[])[] {
  const alike = new Map<string, EventRule[]>();
  for (const rule of rules) {
    const { pattern: _, ...rest } = rule;
    const key = JSON.stringify(rest);
    alike.set(key, [...(alike.get(key) ?? []), rule]);
  }
  const rank = ([first]: readonly EventRule[]): number => first?.contexts?.length ?? 0;
  return [...alike.values()].toSorted((one, other) => rank(other) - rank(one));
}

function enableAlike(session: string, channel: string, alike: readonly EventRule[]): Operation[] {
  const [rule] = alike;
  if (rule === undefined) return [];
  const { target, contexts, kind } = rule;
  const patterns = alike.map(({ pattern }) => pattern);
  const of = { session, channel, target };
  return [
    {
      op: 'event.enable',
      ...of,
      patterns,
      ...selectionOf(rule),
      ...(kind === undefined ? {} : { kind }),
    },
    ...(contexts === undefined
      ? []
      : [{ op: 'context.add' as const, ...of, events: patterns, contexts }]),
  ];
}
