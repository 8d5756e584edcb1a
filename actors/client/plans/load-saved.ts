/** The plan of `lttng load`: the requests that create a session as it was saved. */
import type { SavedPlace, SavedSession } from '../../../src/kept/saved-session.ts';
import type { EventRule } from '../../../src/wire/common.ts';
import { selectionOf } from '../../../src/wire/control/event-rules.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { SNAPSHOT_OUTPUT_ID } from '../../../src/wire/control/snapshot-output.ts';
import { TRACKERS, type Tracker } from '../../../src/wire/control/trackers.ts';
import type { Plan } from './plan.ts';
import { setUpPlan } from './set-up.ts';

type SavedChannel = SavedSession['channels'][number];

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
