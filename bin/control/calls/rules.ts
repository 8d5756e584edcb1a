/** What sessions record, and into which buffers. */

import { ANSWERED_WITHOUT_SESSION } from '../../../actors/client/plans/in-session.ts';
import {
  allPages,
  appsIn,
  inOrder,
  lastSessionIn,
  type StepResult,
} from '../../../actors/client/plans/plan.ts';
import { sessionIn } from '../../../actors/client/plans/record.ts';
import { targetKey } from '../../../src/wire/control/event-rules.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { TRACKERS } from '../../../src/wire/control/trackers.ts';
import type { RuleCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type { ConfigOptions, EventOptions, Texts, TrackOptions } from '../api/options.ts';
import type { ChannelConfig, EventAddition } from '../api/results.ts';
import { type Calling, checkedNamed, listOf, requestAbout } from '../requests.ts';
import { sessionError } from '../session-error.ts';
import { runInSession } from '../sessions.ts';
import { selectionIn, settingsOf } from './settings.ts';

export function ruleCalls(on: Calling): RuleCalls {
  const about = (session: SessionKey, operation: (key: string) => Operation) =>
    requestAbout(on, session, (key) => [operation(key)]);
  return {
    addChannel: (session, names, { target, orEnable = false, ...shape } = {}) =>
      requestAbout(on, session, (key) =>
        listOf(names).map((name) => ({
          op: 'channel.add',
          session: key,
          channel: settingsOf(name, shape),
          ...(target === undefined ? {} : { target }),
          ...(orEnable ? { orEnable } : {}),
        })),
      ),
    disableChannel: (session, names) =>
      about(session, (key) => ({ op: 'channel.disable', session: key, channels: listOf(names) })),
    config: (session, options = {}) => config(on, session, options),
    addEvent: (session, patterns, options = {}) =>
      about(session, (key) => enabling(key, patterns, options)),
    addEventAndLook: (session, patterns, options = {}) =>
      addEventAndLook(on, session, patterns, options),
    disableEvent: (session, patterns, { channel, target } = {}) =>
      about(session, (key) => ({
        op: 'event.disable',
        session: key,
        ...(channel === undefined ? {} : { channel }),
        patterns: listOf(patterns),
        ...(target === undefined ? {} : { target }),
      })),
    addContext: (session, contexts, { channel, events, target } = {}) =>
      about(session, (key) => ({
        op: 'context.add',
        session: key,
        ...(channel === undefined ? {} : { channel }),
        ...(events === undefined ? {} : { events: [...events] }),
        ...(target === undefined ? {} : { target }),
        contexts: listOf(contexts),
      })),
    track: (session, ids) => requestAbout(on, session, (key) => tracking('tracker.add', key, ids)),
    untrack: (session, ids) =>
      requestAbout(on, session, (key) => tracking('tracker.remove', key, ids)),
  };
}

function enabling(
  session: string,
  patterns: Texts,
  { channel, target = { kind: 'all' }, ...selection }: EventOptions,
): Operation {
  return {
    op: 'event.enable',
    session,
    ...(channel === undefined ? {} : { channel }),
    patterns: listOf(patterns),
    ...selectionIn(selection),
    target,
  };
}

function tracking(
  op: 'tracker.add' | 'tracker.remove',
  session: string,
  ids: TrackOptions,
): Operation[] {
  return TRACKERS.flatMap((tracker): Operation[] => {
    const of = ids[tracker];
    if (of === undefined) return [];
    return [{ op, session, tracker, ...(of === 'all' ? {} : { ids: [...of] }) }];
  });
}

async function config(
  on: Calling,
  session: SessionKey,
  { channel, target = { kind: 'all' } }: ConfigOptions,
): Promise<readonly ChannelConfig[]> {
  const { name: of, channels } = await requestAbout(on, session, (key) => [
    { op: 'session.get', session: key },
  ]);
  const found = channels.filter(
    ({ settings }) => channel === undefined || settings.name === channel,
  );
  if (channel !== undefined && found.length === 0) {
    throw new ControlError('NO_CHANNEL', `There is no channel "${channel}" in session ${of}`);
  }
  return found.map(({ settings: { name, ...buffers }, targets, disabled, contexts }) => {
    const own = targets?.find((other) => targetKey(other.target) === targetKey(target));
    return {
      settings: { name, ...(own?.buffers ?? buffers) },
      ...(disabled === undefined ? {} : { disabled }),
      ...(contexts === undefined ? {} : { contexts }),
    };
  });
}

/** The session before the change, the change, and the applications, over one connection. */
async function addEventAndLook(
  { client }: Calling,
  asked: SessionKey,
  patterns: Texts,
  options: EventOptions,
): Promise<EventAddition> {
  const listApps = allPages(['app.list']);
  const operationsFor = (session: string): Operation[] => [
    { op: 'session.get', session },
    enabling(session, patterns, options),
  ];
  const named = checkedNamed(asked, operationsFor);
  const { results, error } = await runInSession(client, named, (key) => {
    const change = inOrder(operationsFor(key));
    return (sofar) => change(sofar) ?? (isAdded(sofar) ? listApps(sofar.slice(2)) : undefined);
  });
  const session = lastSessionIn(results);
  if (!isAdded(results) || session === undefined) {
    throw sessionError(error ?? ANSWERED_WITHOUT_SESSION);
  }
  return { session, before: sessionIn(results) ?? session, apps: appsIn(results) };
}

function isAdded(results: readonly StepResult[]): boolean {
  return results[1]?.kind === 'reply';
}
