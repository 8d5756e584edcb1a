/** Changes of a session's channels and rules: pure functions that return the new channels or a refusal. */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { EventRule } from '../../../src/wire/common.ts';
import {
  isSameRule,
  ruleFault,
  selectionOf,
  targetKey,
} from '../../../src/wire/control/event-rules.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { encodedBytes } from '../../../src/wire/frames.ts';
import { CHANNELS_MAX, DESCRIPTION_BYTES_MAX, RULES_MAX } from '../limits.ts';
import type { Refusal } from '../reply.ts';
import { type Channel, defaultChannel, newChannel, type SessionContext } from './context.ts';
import { DEFAULT_CHANNEL } from './defaults.ts';

type Changed = Result<Pick<SessionContext, 'channels'>, Refusal>;
type Op<K extends Operation['op']> = Extract<Operation, { op: K }>;

export function addChannel(context: SessionContext, { channel }: Op<'channel.add'>): Changed {
  if (context.channels.some(({ settings }) => settings.name === channel.name)) {
    return fail({
      code: 'CHANNEL_EXISTS',
      reason: `Session "${context.name}" already has a channel "${channel.name}"`,
    });
  }
  if (context.channels.length >= CHANNELS_MAX) {
    return fail({ code: 'LIMIT', reason: `A session has at most ${CHANNELS_MAX} channels` });
  }
  return described([...context.channels, newChannel(context, channel)]);
}

/**
 * Adds rules. As in LTTng, a rule that differs in its levels, exclusions or filter from another one is beside that,
 * and an event is recorded if any of them selects it. A disabled rule of the same name and target makes room for them.
 */
export function enableEvents(context: SessionContext, operation: Op<'event.enable'>): Changed {
  const fault = ruleFault(operation.patterns, operation);
  if (fault !== undefined) return fail({ code: 'INVALID_RULE', reason: fault });
  const named = withChannel(context, operation.channel);
  if (!named.ok) return named;
  const { channels, channel } = named.value;
  const added: EventRule[] = operation.patterns.map((pattern) => ({
    pattern,
    ...selectionOf(operation),
    target: operation.target,
    enabled: true,
  }));
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

export function disableEvents(context: SessionContext, operation: Op<'event.disable'>): Changed {
  const name = operation.channel ?? DEFAULT_CHANNEL.name;
  const channel = context.channels.find(({ settings }) => settings.name === name);
  if (channel === undefined) return noChannel(context, name);
  const missing = operation.patterns.find(
    (pattern) => !channel.rules.some((rule) => rule.enabled && rule.pattern === pattern),
  );
  if (missing !== undefined) {
    return fail({ code: 'NO_RULE', reason: `Channel "${name}" has no enabled rule "${missing}"` });
  }
  const rules = channel.rules.map((rule) =>
    operation.patterns.includes(rule.pattern) ? { ...rule, enabled: false } : rule,
  );
  return ok({ channels: replaced(context.channels, { ...channel, rules }) });
}

/** The channels as a change, or a refusal if their description is too large for a message. */
function described(channels: readonly Channel[]): Changed {
  if (encodedBytes(channels) <= DESCRIPTION_BYTES_MAX) return ok({ channels });
  return fail({
    code: 'LIMIT',
    reason: `A session's channels and rules take at most ${DESCRIPTION_BYTES_MAX} bytes: use fewer rules`,
  });
}

/** The named channel, or the default channel, which the first rule creates. */
function withChannel(
  context: SessionContext,
  name: string | undefined,
): Result<{ channels: readonly Channel[]; channel: Channel }, Refusal> {
  const wanted = name ?? DEFAULT_CHANNEL.name;
  const existing = context.channels.find(({ settings }) => settings.name === wanted);
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
  const isOfName = rule.pattern === added.pattern;
  return !rule.enabled && isOfName && targetKey(rule.target) === targetKey(added.target);
}
