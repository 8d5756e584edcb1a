/** Channels and event rules as programs give them, in the words of the protocol. */
import { DEFAULT_CHANNEL, DEFAULT_SHAPE } from '../../../actors/sessiond/session/defaults.ts';
import { LOG_LEVELS } from '../../../src/event/model.ts';
import type { ChannelSettings } from '../../../src/wire/common.ts';
import { type Selection, selectionOf } from '../../../src/wire/control/event-rules.ts';
import type { ChannelShape, SelectionOptions } from '../api/options.ts';
import { usageError } from '../errors.ts';

/** The settings of a channel; what is left out has its default value. */
export function settingsOf(
  name: string,
  {
    overwrite = false,
    subbufferBytes = DEFAULT_SHAPE.subbufferBytes,
    subbufferCount = DEFAULT_SHAPE.subbufferCount,
    switchTimerUs = DEFAULT_CHANNEL.switchTimerUs,
    readTimerUs = DEFAULT_CHANNEL.readTimerUs,
    tracefiles: files,
    bufferScheme,
  }: ChannelShape,
): ChannelSettings {
  const shape = { subbufferBytes, subbufferCount, overwrite };
  const tracefiles = files && { bytes: files.bytes, count: files.count ?? 0 };
  const bounds = tracefiles === undefined ? {} : { tracefiles };
  const scheme = bufferScheme === undefined ? {} : { bufferScheme };
  return { name, shape, switchTimerUs, readTimerUs, ...bounds, ...scheme };
}

/** What a rule says of events beside their names. */
export function selectionIn({
  logLevel,
  logLevelOnly,
  exclude,
  filter,
}: SelectionOptions): Selection {
  if (logLevel !== undefined && logLevelOnly !== undefined) {
    throw usageError('Name one of logLevel and logLevelOnly');
  }
  return selectionOf({
    logLevelMax: levelOf(logLevelOnly ?? logLevel ?? 'debug'),
    logLevelMin: logLevelOnly === undefined ? undefined : levelOf(logLevelOnly),
    exclusions: exclude,
    filter,
  });
}

function levelOf(level: NonNullable<SelectionOptions['logLevel']>): number {
  return typeof level === 'number' ? level : LOG_LEVELS[level];
}
