/** Model of a session's channels: what changes them, and how answers show them (`session-model.ts`). */
import type { ChannelSettings } from '../../src/wire/common.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import {
  areTold,
  isRefused,
  type ModelRule,
  targetText,
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
}

/** The channel that rules without a channel create. */
const DEFAULT_CHANNEL = 'default';
export type Change = Extract<
  Operation,
  { op: 'channel.add' | 'channel.disable' | 'event.enable' | 'event.disable' }
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
    const settings = settingsText({ ...channel, shape, switchTimerUs });
    const fresh = emptyChannel(channel.name);
    if (target !== undefined && target.kind !== 'all') {
      const of = known ?? fresh;
      const text = targetText(target);
      if (of.targets.some(([other]) => other === text)) return 'CHANNEL_EXISTS';
      const added: ModelChannel = { ...of, targets: [...of.targets, [text, settings]] };
      return known === undefined
        ? [...channels, added]
        : channels.map((other) => (other === known ? added : other));
    }
    return known === undefined ? [...channels, { ...fresh, settings }] : 'CHANNEL_EXISTS';
  }
  if (operation.op === 'channel.disable') {
    const named = operation.channels.map((name) => channels.find((other) => other.name === name));
    const refusal = named.find((channel) => channel?.isDisabled !== false);
    if (named.includes(refusal)) return refusal === undefined ? 'NO_CHANNEL' : 'ALREADY';
    return channels.map((other) =>
      named.includes(other) ? { ...other, isDisabled: true } : other,
    );
  }
  const { channel: name = DEFAULT_CHANNEL } = operation;
  const existing = channels.find((other) => other.name === name);
  const put = (channel: ModelChannel): readonly ModelChannel[] =>
    existing === undefined
      ? [...channels, channel]
      : channels.map((other) => (other === existing ? channel : other));
  if (operation.op === 'event.enable') {
    if (isRefused(operation)) return 'INVALID_RULE';
    if (existing === undefined && name !== DEFAULT_CHANNEL) return 'NO_CHANNEL';
    const before = existing ?? emptyChannel(name);
    return put({ ...before, rules: withRules(before.rules, operation) });
  }
  if (existing === undefined) return 'NO_CHANNEL';
  const rules = withoutRules(existing.rules, operation);
  return rules === undefined ? 'NO_RULE' : put({ ...existing, rules });
}

/** A channel with the default settings. */
function emptyChannel(name: string): ModelChannel {
  return { name, settings: undefined, rules: [], targets: [], isDisabled: false };
}

/** Whether an answer shows the channel as it is. */
export function isChannel(
  channel: ModelChannel | undefined,
  { settings, rules, targets = [], disabled }: SessionInfo['channels'][number],
): boolean {
  return (
    channel?.name === settings.name &&
    channel.isDisabled === (disabled === true) &&
    (channel.settings === undefined || channel.settings === settingsText(settings)) &&
    channel.targets.length === targets.length &&
    targets.every(({ target, buffers }, index) => {
      const [of, expected] = channel.targets[index] ?? [];
      return of === targetText(target) && expected === settingsText({ ...settings, ...buffers });
    }) &&
    areTold(channel.rules, rules)
  );
}

function settingsText({ name, shape, switchTimerUs, readTimerUs }: ChannelSettings): string {
  const { subbufferBytes, subbufferCount, overwrite } = shape;
  return [name, subbufferBytes, subbufferCount, overwrite, switchTimerUs, readTimerUs].join(' ');
}
