/** Model of a session's channels: what changes them, and how answers show them (`session-model.ts`). */
import type { ChannelSettings } from '../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import {
  areTold,
  isRefused,
  type ModelRule,
  targetText,
  withMore,
  withoutRules,
  withRules,
} from './rule-model.ts';

export interface ModelChannel {
  readonly name: string;
  /** Undefined: not specified; the registry's defaults. */
  readonly settings: string | undefined;
  readonly rules: readonly ModelRule[];
  /** Buffers of some applications: target and settings. */
  readonly targets: readonly (readonly [target: string, settings: string])[];
  readonly isDisabled: boolean;
  /** The processes of a user share its buffers. */
  readonly isShared: boolean;
  /** What all its events carry. */
  readonly contexts: readonly string[];
}

/** The channel that rules without a channel create. */
const DEFAULT_CHANNEL = 'default';
export type Change = Extract<
  Operation,
  { op: 'channel.add' | 'channel.disable' | 'event.enable' | 'event.disable' | 'context.add' }
>;

/** What a channel model needs of its session. */
interface Recorder {
  readonly channels: readonly ModelChannel[];
  readonly isFlightRecorder: boolean;
  readonly liveTimerUs: number | undefined;
}

/** The channels after the change, or the code of its refusal. */
export function changed(
  { channels, isFlightRecorder, liveTimerUs = 0 }: Recorder,
  operation: Change,
): readonly ModelChannel[] | string {
  if (operation.op === 'channel.add') {
    const { channel, target } = operation;
    const known = channels.find(({ name }) => name === channel.name);
    if (known?.isDisabled === true && operation.orEnable === true) {
      return channels.map((other) => (other === known ? { ...known, isDisabled: false } : other));
    }
    const overwrite = isFlightRecorder || channel.shape.overwrite;
    const timers = [channel.switchTimerUs, liveTimerUs].filter((us) => us > 0);
    const switchTimerUs = timers.length === 0 ? 0 : Math.min(...timers);
    const shape = { ...channel.shape, overwrite };
    const settings = settingsText({ ...channel, shape, switchTimerUs, ...filesOf(channel) });
    const isShared = channels[0]?.isShared ?? channel.bufferScheme === 'uid';
    const fresh = emptyChannel(channel.name, isShared);
    if (isShared && target !== undefined && target.kind !== 'all') return 'NOT_ALLOWED';
    if (target !== undefined && target.kind !== 'all') {
      const of = known ?? fresh;
      const text = targetText(target);
      if (of.targets.some(([other]) => other === text)) return 'CHANNEL_EXISTS';
      const buffers = buffersText(channel.name, { ...channel, shape, switchTimerUs });
      const added: ModelChannel = { ...of, targets: [...of.targets, [text, buffers]] };
      return known === undefined
        ? [...channels, added]
        : channels.map((other) => (other === known ? added : other));
    }
    if (known !== undefined) return 'CHANNEL_EXISTS';
    const { bufferScheme } = channel;
    const isOther = bufferScheme !== undefined && (bufferScheme === 'uid') !== isShared;
    return isOther ? 'NOT_ALLOWED' : [...channels, { ...fresh, settings }];
  }
  if (operation.op === 'channel.disable') {
    const named = operation.channels.map((name) => channels.find((other) => other.name === name));
    const refusal = named.find((channel) => channel?.isDisabled !== false);
    if (named.includes(refusal)) return refusal === undefined ? 'NO_CHANNEL' : 'ALREADY';
    return channels.map((other) =>
      named.includes(other) ? { ...other, isDisabled: true } : other,
    );
  }
  if (operation.op === 'context.add') return withContexts(channels, operation);
  const { channel: name = DEFAULT_CHANNEL } = operation;
  const existing = channels.find((other) => other.name === name);
  const put = (channel: ModelChannel): readonly ModelChannel[] =>
    existing === undefined
      ? [...channels, channel]
      : channels.map((other) => (other === existing ? channel : other));
  if (operation.op === 'event.enable') {
    if (isRefused(operation)) return 'INVALID_RULE';
    if (existing === undefined && name !== DEFAULT_CHANNEL) return 'NO_CHANNEL';
    const before = existing ?? emptyChannel(name, channels[0]?.isShared);
    return put({ ...before, rules: withRules(before.rules, operation) });
  }
  if (existing === undefined) return 'NO_CHANNEL';
  const rules = withoutRules(existing.rules, operation);
  return rules === undefined ? 'NO_RULE' : put({ ...existing, rules });
}

/** A channel with the default settings. */
function emptyChannel(name: string, isShared = false): ModelChannel {
  const none = { settings: undefined, rules: [], targets: [], contexts: [] };
  return { name, ...none, isDisabled: false, isShared };
}

/** Scenarios stay below the bound on contexts, and name each of them once. */
function withContexts(
  channels: readonly ModelChannel[],
  { channel: name, events, target, contexts }: Extract<Change, { op: 'context.add' }>,
): readonly ModelChannel[] | string {
  const isMissing =
    name === undefined
      ? channels.length === 0
      : name === DEFAULT_CHANNEL && channels.every((channel) => channel.name !== name);
  const known = isMissing ? [...channels, emptyChannel(DEFAULT_CHANNEL)] : channels;
  const meant = known.filter((channel) => name === undefined || channel.name === name);
  if (meant.length === 0) return 'NO_CHANNEL';
  const of = target === undefined ? undefined : targetText(target);
  const isMeant = (rule: ModelRule): boolean =>
    (events === undefined || events.includes(rule.pattern)) &&
    (of === undefined || rule.target === of);
  const found = meant.flatMap(({ rules }) => rules.filter(isMeant));
  const wanted = events ?? (of === undefined ? [] : [undefined]);
  const isThere = (pattern: string | undefined): boolean =>
    found.some((rule) => pattern === undefined || rule.pattern === pattern);
  if (!wanted.every(isThere)) return 'NO_RULE';
  return known.map((channel) => {
    if (!meant.includes(channel)) return channel;
    if (wanted.length === 0) {
      return { ...channel, contexts: withMore(channel.contexts, contexts) };
    }
    const rules = channel.rules.map((rule) =>
      isMeant(rule) ? { ...rule, contexts: withMore(rule.contexts, contexts) } : rule,
    );
    return { ...channel, rules };
  });
}

/** Whether an answer shows the channel as it is. */
export function isChannel(
  channel: ModelChannel | undefined,
  { settings, rules, targets = [], disabled, contexts = [] }: SessionInfo['channels'][number],
): boolean {
  return (
    channel?.name === settings.name &&
    channel.isDisabled === (disabled === true) &&
    channel.contexts.join() === contexts.join() &&
    (channel.settings === undefined || channel.settings === settingsText(settings)) &&
    channel.isShared === (settings.bufferScheme === 'uid') &&
    channel.targets.length === targets.length &&
    targets.every(({ target, buffers }, index) => {
      const [of, expected] = channel.targets[index] ?? [];
      return of === targetText(target) && expected === buffersText(settings.name, buffers);
    }) &&
    areTold(channel.rules, rules)
  );
}

/** A file has room for a full sub-buffer with its own header and that of the stream's opening packet. */
function filesOf({ tracefiles, shape }: ChannelSettings): Pick<ChannelSettings, 'tracefiles'> {
  if (tracefiles === undefined) return {};
  const bytes = Math.max(tracefiles.bytes, shape.subbufferBytes + 2 * 84);
  return { tracefiles: { ...tracefiles, bytes } };
}

/** The files are those of the channel. */
function buffersText(
  name: string,
  { shape, switchTimerUs, readTimerUs }: Omit<ChannelSettings, 'name' | 'tracefiles'>,
): string {
  return settingsText({ name, shape, switchTimerUs, readTimerUs });
}

function settingsText(channel: ChannelSettings): string {
  const { name, shape, switchTimerUs, readTimerUs, tracefiles: files } = channel;
  const { subbufferBytes, subbufferCount, overwrite } = shape;
  const buffers = [subbufferBytes, subbufferCount, overwrite, switchTimerUs, readTimerUs];
  return [name, ...buffers, files?.bytes, files?.count].join(' ');
}
