/** What sessions record, and into which buffers. */

import { ANSWERED_WITHOUT_SESSION } from '../../../actors/client/plans/in-session.ts';
import { kernelChangePlan, userChangePlan } from '../../../actors/client/plans/kernel.ts';
import { wholeSessionIn } from '../../../actors/client/plans/parts.ts';
import {
  allPages,
  appsIn,
  failureIn,
  inOrder,
  inTurn,
  type Plan,
  resultsOf,
} from '../../../actors/client/plans/plan.ts';
import { sessionIn } from '../../../actors/client/plans/record.ts';
import { targetKey } from '../../../src/wire/control/event-rules.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { TRACKERS } from '../../../src/wire/control/trackers.ts';
import type { RuleCalls } from '../api/control.ts';
import { ControlError } from '../api/control-error.ts';
import type { SessionKey } from '../api/current.ts';
import type {
  ChannelOptions,
  ConfigOptions,
  DisableOptions,
  EventOptions,
  Texts,
  TrackOptions,
} from '../api/options.ts';
import type { ChannelConfig, EventAddition } from '../api/results.ts';
import { changeKernel, changePresentKernel } from '../kernel/part.ts';
import { type Calling, checkedNamed, listOf, requestAbout } from '../requests.ts';
import { sessionError } from '../session-error.ts';
import { runInSession } from '../sessions.ts';
import { selectionIn, settingsOf } from './settings.ts';

export function ruleCalls(on: Calling): RuleCalls {
  const about = (session: SessionKey, operations: (key: string) => readonly Operation[]) =>
    requestAbout(on, session, operations);
  return {
    addChannel: (session, names, { domain, ...options } = {}) => {
      const adding = (key: string) => addingChannels(key, names, options);
      return domain === 'kernel' ? changeKernel(on, session, adding) : about(session, adding);
    },
    disableChannel: (session, names, { domain } = {}) => {
      const channels = listOf(names);
      const disabling = (key: string): Operation[] => [
        { op: 'channel.disable', session: key, channels },
      ];
      return domain === 'kernel'
        ? changePresentKernel(on, session, disabling, 'NO_CHANNEL')
        : about(session, disabling);
    },
    config: (session, options = {}) => config(on, session, options),
    addEvent: async (session, patterns, options = {}) =>
      (await addEvent(on, session, patterns, options, nothing)).session,
    addEventAndLook: (session, patterns, options = {}) =>
      addEvent(
        on,
        session,
        patterns,
        options,
        options.domain === 'kernel' ? nothing : allPages(['app.list']),
      ),
    disableEvent: (session, patterns, options = {}) => {
      const disabling = (key: string) => disablingEvents(key, patterns, options);
      return options.domain === 'kernel'
        ? changePresentKernel(on, session, disabling, 'NO_RULE')
        : about(session, disabling);
    },
    addContext: (session, contexts, { channel, events, target } = {}) =>
      about(session, (key) => [
        {
          op: 'context.add',
          session: key,
          ...(channel === undefined ? {} : { channel }),
          ...(events === undefined ? {} : { events: [...events] }),
          ...(target === undefined ? {} : { target }),
          contexts: listOf(contexts),
        },
      ]),
    track: (session, ids) => about(session, (key) => tracking('tracker.add', key, ids)),
    untrack: (session, ids) => about(session, (key) => tracking('tracker.remove', key, ids)),
  };
}

function addingChannels(
  session: string,
  names: Texts,
  { target, orEnable = false, ...shape }: ChannelOptions,
): Operation[] {
  return listOf(names).map((name) => ({
    op: 'channel.add',
    session,
    channel: settingsOf(name, shape),
    ...(target === undefined ? {} : { target }),
    ...(orEnable ? { orEnable } : {}),
  }));
}

/** A rule of the kernel means all of the machine. */
function enabling(
  session: string,
  patterns: Texts,
  { channel, domain, kind, target = { kind: 'all' }, ...selection }: EventOptions,
): Operation[] {
  const rule = {
    op: 'event.enable' as const,
    session,
    ...(channel === undefined ? {} : { channel }),
    patterns: listOf(patterns),
    ...selectionIn(selection),
    target,
  };
  return kindsOf(domain, kind).map((of) => ({ ...rule, ...of }));
}

function disablingEvents(
  session: string,
  patterns: Texts,
  { channel, domain, kind, target }: DisableOptions,
): Operation[] {
  const rule = {
    op: 'event.disable' as const,
    session,
    ...(channel === undefined ? {} : { channel }),
    patterns: listOf(patterns),
    ...(target === undefined ? {} : { target }),
  };
  // Those of each kind, unless one is named.
  const kinds = kind === undefined || kind === 'all' ? [{}] : kindsOf(domain, kind);
  return kinds.map((of) => ({ ...rule, ...of }));
}

/** The kinds of a rule in the words of the protocol. */
function kindsOf(
  domain: EventOptions['domain'],
  kind: EventOptions['kind'] = 'tracepoint',
): readonly { readonly kind?: 'tracepoint' | 'syscall' }[] {
  if (domain === undefined) return [{}];
  return kind === 'all' ? [{ kind: 'tracepoint' }, { kind: 'syscall' }] : [{ kind }];
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
  { channel, domain, target = { kind: 'all' } }: ConfigOptions,
): Promise<readonly ChannelConfig[]> {
  const found = await requestAbout(on, session, (key) => [{ op: 'session.get', session: key }]);
  const channels = domain === 'kernel' ? (found.kernel?.channels ?? []) : found.channels;
  const meant = channels.filter(
    ({ settings }) => channel === undefined || settings.name === channel,
  );
  if (channel !== undefined && meant.length === 0) {
    const which = domain === 'kernel' ? 'kernel channel' : 'channel';
    throw new ControlError(
      'NO_CHANNEL',
      `There is no ${which} "${channel}" in session ${found.name}`,
    );
  }
  return meant.map(({ settings: { name, ...buffers }, targets, disabled, contexts }) => {
    const own = targets?.find((other) => targetKey(other.target) === targetKey(target));
    return {
      settings: { name, ...(own?.buffers ?? buffers) },
      ...(disabled === undefined ? {} : { disabled }),
      ...(contexts === undefined ? {} : { contexts }),
    };
  });
}

const nothing: Plan = () => undefined;

/** The session before the change, the change, and what `look` asks for, over one connection. */
async function addEvent(
  { client }: Calling,
  asked: SessionKey,
  patterns: Texts,
  options: EventOptions,
  look: Plan,
): Promise<EventAddition> {
  const adding = (key: string) => enabling(key, patterns, options);
  const changeOf = (key: string): Plan =>
    options.domain === 'kernel'
      ? kernelChangePlan(key, adding)
      : inTurn(inOrder([{ op: 'session.get', session: key }]), userChangePlan(adding(key)));
  const named = checkedNamed(asked, adding);
  const { results, error } = await runInSession(client, named, (key) =>
    inTurn(changeOf(key), look),
  );
  const change = resultsOf(changeOf(named ?? 'current'), results) ?? results;
  const session = wholeSessionIn(results);
  if (failureIn(change) !== undefined || session === undefined) {
    throw sessionError(error ?? ANSWERED_WITHOUT_SESSION);
  }
  return { session, before: sessionIn(results) ?? session, apps: appsIn(results) };
}
