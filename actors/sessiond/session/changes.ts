/**
 * Changes of a session's channels, rules, trackers and snapshot output: pure functions that return the new ones or a
 * refusal.
 */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { ChannelSettings, EventRule, KernelKind, Target } from '../../../src/wire/common.ts';
import {
  contextsOf,
  isSameRule,
  kindKey,
  ruleFault,
  selectionOf,
  targetKey,
} from '../../../src/wire/control/event-rules.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { sharesNames } from '../../../src/wire/control/tracefiles.ts';
import { encodedBytes } from '../../../src/wire/frames.ts';
import { CONTEXTS_MAX } from '../../../src/wire/limits.ts';
import { CHANNEL_TARGETS_MAX, CHANNELS_MAX, DESCRIPTION_BYTES_MAX, RULES_MAX } from '../limits.ts';
import type { Refusal } from '../reply.ts';
import {
  type Channel,
  channelNamed,
  defaultChannel,
  fitted,
  newChannel,
  schemeOf,
} from './channels.ts';
import type { SessionContext } from './context.ts';
import { DEFAULT_CHANNEL } from './defaults.ts';
import { kernelRefusal } from './kernel-part.ts';
import { snapshotOutputAfter } from './snapshot-output.ts';
import { trackersAfter } from './trackers.ts';

type Changed = Result<
  Partial<Pick<SessionContext, 'channels' | 'trackers' | 'snapshotOutput'>>,
  Refusal
>;
type Op<K extends Operation['op']> = Extract<Operation, { op: K }>;

/** What the operation changes, or its refusal; undefined: it changes none of these. */
export function changedBy(context: SessionContext, operation: Operation): Changed | undefined {
  const refused = context.kernel === undefined ? undefined : kernelRefusal(context, operation);
  if (refused !== undefined) return fail(refused);
  switch (operation.op) {
    case 'channel.add':
      return addChannel(context, operation);
    case 'channel.disable':
      return disableChannels(context, operation);
    case 'event.enable':
      return enableEvents(context, operation);
    case 'event.disable':
      return disableEvents(context, operation);
    case 'context.add':
      return addContexts(context, operation);
    case 'tracker.add':
    case 'tracker.remove': {
      const after = trackersAfter(context, operation);
      return after.ok ? ok({ trackers: after.value }) : after;
    }
    case 'snapshot.add':
    case 'snapshot.remove': {
      const after = snapshotOutputAfter(context, operation);
      return after.ok ? ok({ snapshotOutput: after.value }) : after;
    }
    default:
      return undefined;
  }
}

function addChannel(context: SessionContext, operation: Op<'channel.add'>): Changed {
  const { channel, target, orEnable } = operation;
  const existing = channelNamed(context.channels, channel.name);
  if (existing?.disabled === true && orEnable === true) {
    const { disabled: _, ...enabled } = existing;
    return ok({ channels: replaced(context.channels, enabled) });
  }
  const scheme = schemeOf(context.channels) ?? channel.bufferScheme ?? 'pid';
  if (target !== undefined && target.kind !== 'all') {
    if (scheme === 'pid') return addTarget(context, channel, target);
    const reason = `Applications share the buffers of session "${context.name}": none can have its own`;
    return fail({ code: 'NOT_ALLOWED', reason });
  }
  if (existing !== undefined) {
    return fail({
      code: 'CHANNEL_EXISTS',
      reason: `Session "${context.name}" already has a channel "${channel.name}"`,
    });
  }
  if ((channel.bufferScheme ?? scheme) !== scheme) {
    const present = scheme === 'uid' ? 'user' : 'process';
    const reason = `The buffers of session "${context.name}" are per ${present}: so are those of all its channels`;
    return fail({ code: 'NOT_ALLOWED', reason });
  }
  return withNew(context, newChannel(context, { ...channel, bufferScheme: scheme }));
}

/** Buffers of these applications; the channel is added if it is missing. */
function addTarget(context: SessionContext, channel: ChannelSettings, target: Target): Changed {
  const { name } = channel;
  const existing = channelNamed(context.channels, name);
  const { targets = [] } = existing ?? {};
  if (targets.some((other) => targetKey(other.target) === targetKey(target))) {
    return fail({
      code: 'CHANNEL_EXISTS',
      reason: `Channel "${name}" of session "${context.name}" already has settings for this target`,
    });
  }
  if (targets.length >= CHANNEL_TARGETS_MAX) {
    return fail({
      code: 'LIMIT',
      reason: `A channel has settings for at most ${CHANNEL_TARGETS_MAX} targets`,
    });
  }
  const added = [...targets, { target, buffers: fitted(context, channel) }];
  if (existing === undefined) {
    return withNew(context, { ...defaultChannel(context, name), targets: added });
  }
  return described(replaced(context.channels, { ...existing, targets: added }));
}

function withNew(context: SessionContext, channel: Channel): Changed {
  if (context.channels.length >= CHANNELS_MAX) {
    return fail({ code: 'LIMIT', reason: `A session has at most ${CHANNELS_MAX} channels` });
  }
  return described([...context.channels, channel]);
}

function disableChannels(
  context: SessionContext,
  { channels: names }: Op<'channel.disable'>,
): Changed {
  for (const name of names) {
    const channel = channelNamed(context.channels, name);
    if (channel === undefined) return noChannel(context, name);
    if (channel.disabled === true) {
      return fail({ code: 'ALREADY', reason: `Channel "${name}" is already disabled` });
    }
  }
  const channels = context.channels.map((channel) =>
    names.includes(channel.settings.name) ? { ...channel, disabled: true as const } : channel,
  );
  return ok({ channels });
}

/**
 * Adds rules. As in LTTng, a rule that differs in its levels, exclusions or filter from another one is beside that,
 * and an event is recorded if any of them selects it. A disabled rule of the same name and target makes room for them.
 */
function enableEvents(context: SessionContext, operation: Op<'event.enable'>): Changed {
  const isKernel = context.kernel !== undefined;
  const fault = ruleFault(operation.patterns, operation, isKernel);
  if (!isKernel && operation.kind !== undefined) {
    const reason = `Session "${context.name}" has rules of kinds in its kernel part alone`;
    return fail({ code: 'INVALID_RULE', reason });
  }
  if (fault !== undefined) return fail({ code: 'INVALID_RULE', reason: fault });
  const named = withChannel(context, operation.channel);
  if (!named.ok) return named;
  const { channels, channel } = named.value;
  const added = operation.patterns.map((pattern): EventRule => {
    const { target, kind } = operation;
    const ofKind = kind === undefined || kind === 'tracepoint' ? {} : { kind };
    const rule = { pattern, ...selectionOf(operation), target, enabled: true, ...ofKind };
    const contexts = channel.rules.find((other) => isSameRule(other, rule))?.contexts;
    return contexts === undefined ? rule : { ...rule, contexts };
  });
  const kept = channel.rules.filter(
    (rule) => !added.some((other) => isSameRule(rule, other) || isSuperseded(rule, other)),
  );
  const rules = [...kept, ...added];
  const others = channels.filter((other) => other !== channel);
  const total = others.reduce((count, other) => count + other.rules.length, rules.length);
  if (total > RULES_MAX) {
    return fail({ code: 'LIMIT', reason: `A session has at most ${RULES_MAX} event rules` });
  }
  return described(replaced(channels, { ...channel, rules }));
}

function disableEvents(context: SessionContext, operation: Op<'event.disable'>): Changed {
  const name = operation.channel ?? DEFAULT_CHANNEL.name;
  const channel = channelNamed(context.channels, name);
  if (channel === undefined) return noChannel(context, name);
  const { patterns, target, kind } = operation;
  const missing = patterns.find(
    (pattern) =>
      !channel.rules.some(
        (rule) => rule.enabled && isMeant(rule, { events: [pattern], target, kind }),
      ),
  );
  if (missing !== undefined) {
    return fail({ code: 'NO_RULE', reason: `Channel "${name}" has no enabled rule "${missing}"` });
  }
  const rules = channel.rules.map((rule) =>
    isMeant(rule, { events: patterns, target, kind }) ? { ...rule, enabled: false } : rule,
  );
  return ok({ channels: replaced(context.channels, { ...channel, rules }) });
}

/** To the channels, or to their rules of these names; contexts that are there already stay as they are (R2.9). */
function addContexts(context: SessionContext, operation: Op<'context.add'>): Changed {
  const { channel: name, events, target, contexts } = operation;
  const isEmpty = context.channels.length === 0 && name === undefined;
  const named =
    name !== undefined || isEmpty
      ? withChannel(context, name)
      : ok({ channels: context.channels, channel: undefined });
  if (!named.ok) return named;
  const { channels, channel: only } = named.value;
  const meant = channels.filter((channel) => only === undefined || channel === only);
  const rules = meant.flatMap((channel) =>
    channel.rules.filter((rule) => isMeant(rule, operation)),
  );
  const missing = events?.find((pattern) => !rules.some((rule) => rule.pattern === pattern));
  const isOfRules = events !== undefined || target !== undefined;
  if (missing !== undefined || (isOfRules && rules.length === 0)) {
    const where =
      only === undefined ? `Session "${context.name}"` : `Channel "${only.settings.name}"`;
    const which = missing === undefined ? 'no rule for this target' : `no such rule "${missing}"`;
    return fail({ code: 'NO_RULE', reason: `${where} has ${which}` });
  }
  const changed = channels.map((channel) => {
    if (!meant.includes(channel)) return channel;
    if (!isOfRules) return { ...channel, contexts: joined(channel.contexts, contexts) };
    const more = channel.rules.map((rule) =>
      isMeant(rule, operation) ? { ...rule, contexts: joined(rule.contexts, contexts) } : rule,
    );
    return { ...channel, rules: more };
  });
  const full = changed.find((channel) => contextsOf(channel).size > CONTEXTS_MAX);
  if (full === undefined) return described(changed);
  return fail({
    code: 'LIMIT',
    reason: `Channel "${full.settings.name}" would have more than ${CONTEXTS_MAX} contexts`,
  });
}

/** Whether a command on rules of these names, this target and this kind concerns this one; absent: of all. */
function isMeant(
  rule: EventRule,
  {
    events,
    target,
    kind,
  }: Pick<Op<'context.add'>, 'events' | 'target'> & { readonly kind?: KernelKind | undefined },
): boolean {
  const isNamed = events === undefined || events.includes(rule.pattern);
  const isOfKind = kind === undefined || kindKey(rule.kind) === kind;
  return (
    isNamed && isOfKind && (target === undefined || targetKey(rule.target) === targetKey(target))
  );
}

function joined(contexts: readonly string[] = [], added: readonly string[]): string[] {
  return [...new Set([...contexts, ...added])];
}

/** The channels as a change, or a refusal if their description is too large for a message. */
function described(channels: readonly Channel[]): Changed {
  const shared = firstSharing(channels);
  if (shared !== undefined) {
    return fail({
      code: 'CHANNEL_EXISTS',
      reason:
        `The files of channel "${shared[0]}" have numbers, and could have the same names ` +
        `as those of channel "${shared[1]}"`,
    });
  }
  if (encodedBytes(channels) <= DESCRIPTION_BYTES_MAX) return ok({ channels });
  return fail({
    code: 'LIMIT',
    reason: `A session's channels and rules take at most ${DESCRIPTION_BYTES_MAX} bytes: use fewer rules`,
  });
}

/** Two channels whose files can have the same names. */
function firstSharing(channels: readonly Channel[]): readonly [string, string] | undefined {
  for (const { settings, targets = [] } of channels) {
    const { name } = settings;
    const own = [settings, ...targets.map(({ buffers }) => buffers)];
    const numbered = own.find(({ tracefiles }) => tracefiles !== undefined);
    if (numbered === undefined) continue;
    const other = channels.find((each) => sharesNames({ ...numbered, name }, each.settings));
    if (other !== undefined) return [name, other.settings.name];
  }
  return undefined;
}

/** The named channel, or the default channel, which the first rule creates. */
function withChannel(
  context: SessionContext,
  name: string | undefined,
): Result<{ channels: readonly Channel[]; channel: Channel }, Refusal> {
  const wanted = name ?? DEFAULT_CHANNEL.name;
  const existing = channelNamed(context.channels, wanted);
  if (existing !== undefined) return ok({ channels: context.channels, channel: existing });
  if (name !== undefined && name !== DEFAULT_CHANNEL.name) return noChannel(context, name);
  const created = defaultChannel(context);
  return ok({ channels: [...context.channels, created], channel: created });
}

function noChannel(context: SessionContext, name: string): { ok: false; error: Refusal } {
  return fail({ code: 'NO_CHANNEL', reason: `Session "${context.name}" has no channel "${name}"` });
}

function replaced(channels: readonly Channel[], channel: Channel): readonly Channel[] {
  return channels.map((other) => (other.settings.name === channel.settings.name ? channel : other));
}

function isSuperseded(rule: EventRule, added: EventRule): boolean {
  const isOfName = rule.pattern === added.pattern && kindKey(rule.kind) === kindKey(added.kind);
  return !rule.enabled && isOfName && targetKey(rule.target) === targetKey(added.target);
}
