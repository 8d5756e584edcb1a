/** The channels of a session: their rules, and the buffers of each application (R2.6 to R2.8). */
import type {
  BufferSettings,
  ChannelSettings,
  EventRule,
  Target,
  TargetBuffers,
} from '../../../src/wire/common.ts';
import { fileBytes } from '../../../src/wire/control/tracefiles.ts';
import { type Trackers, untrackedBy } from '../../../src/wire/control/trackers.ts';
import type { AppIdentity } from '../messages.ts';
import { DEFAULT_CHANNEL, DEFAULT_SHAPE } from './defaults.ts';

export interface Channel {
  readonly settings: ChannelSettings;
  readonly rules: readonly EventRule[];
  /** Buffers of some applications that differ from `settings`. Invariant: each target is there once. */
  readonly targets?: readonly TargetBuffers[] | undefined;
  /** Nothing is recorded into it. */
  readonly disabled?: true | undefined;
  /** What its events carry. Invariant: with those of its rules at most CONTEXTS_MAX different ones. */
  readonly contexts?: readonly string[];
}

/** What a channel of this session must be. */
interface Recorder {
  readonly isFlightRecorder: boolean;
  readonly liveTimerUs?: number | undefined;
}

/**
 * A channel with default settings, and with the buffering scheme of the session's other channels; by default the one
 * that a rule without a channel creates (R2.8).
 */
export function defaultChannel(
  session: Recorder & { readonly channels: readonly Channel[] },
  name: string = DEFAULT_CHANNEL.name,
): Channel {
  const bufferScheme = schemeOf(session.channels) ?? 'pid';
  return newChannel(session, { ...DEFAULT_CHANNEL, shape: DEFAULT_SHAPE, name, bufferScheme });
}

/** The buffering scheme of all channels; undefined: there is none yet. */
export function schemeOf(
  channels: readonly Channel[],
): NonNullable<ChannelSettings['bufferScheme']> | undefined {
  const [first] = channels;
  return first === undefined ? undefined : (first.settings.bufferScheme ?? 'pid');
}

export function channelNamed(channels: readonly Channel[], name: string): Channel | undefined {
  return channels.find(({ settings }) => settings.name === name);
}

/** A channel with these settings. */
export function newChannel(
  recorder: Recorder,
  { bufferScheme, ...settings }: ChannelSettings,
): Channel {
  const scheme = bufferScheme === 'uid' ? { bufferScheme } : {};
  return { settings: { ...settings, ...fitted(recorder, settings), ...scheme }, rules: [] };
}

/**
 * These buffers, as the session has them. The channels of a flight recorder always overwrite, those of a live session
 * are written in its period at least. A file has room for the longest packet, as LTTng makes it.
 */
export function fitted(
  { isFlightRecorder, liveTimerUs = 0 }: Recorder,
  { shape, switchTimerUs: askedUs, readTimerUs, tracefiles }: BufferSettings,
): BufferSettings {
  const overwrite = isFlightRecorder || shape.overwrite;
  const periods = [askedUs, liveTimerUs].filter((periodUs) => periodUs > 0);
  const switchTimerUs = periods.length === 0 ? 0 : Math.min(...periods);
  const files =
    tracefiles === undefined
      ? {}
      : { tracefiles: { ...tracefiles, bytes: fileBytes(tracefiles.bytes, shape) } };
  return { shape: { ...shape, overwrite }, switchTimerUs, readTimerUs, ...files };
}

/** What a session knows of the applications that it traces. */
interface Tracing {
  readonly uuid: string;
  readonly trackers: Trackers;
}

/** Channels with an enabled rule for this application. */
export function channelsFor(
  session: Tracing & { readonly channels: readonly Channel[] },
  app: AppIdentity,
): readonly Channel[] {
  return session.channels.filter((channel) => rulesFor(channel, app, session).length > 0);
}

/** The rules of the channel that apply to this application; none for one that the session does not track. */
export function rulesFor(
  { rules, disabled }: Channel,
  app: AppIdentity,
  { uuid, trackers }: Tracing,
): readonly EventRule[] {
  if (disabled === true || untrackedBy(trackers, app) !== undefined) return [];
  return rules.filter((rule) => rule.enabled && isTarget(rule.target, app, uuid));
}

/** The buffers that the application gets; undefined: those of the channel. A process precedes its name. */
export function targetBuffersFor(
  { targets = [] }: Channel,
  app: AppIdentity,
  sessionUuid: string,
): BufferSettings | undefined {
  const meant = targets.filter(({ target }) => isTarget(target, app, sessionUuid));
  const found = meant.find(({ target }) => target.kind === 'pid') ?? meant[0];
  return found?.buffers;
}

/** The buffers of a stream; undefined: its channel does not exist. */
export function buffersOf(
  channels: readonly Channel[],
  { channel, buffers }: { readonly channel: string; readonly buffers?: BufferSettings | undefined },
): BufferSettings | undefined {
  return buffers ?? channelNamed(channels, channel)?.settings;
}

/** Whether this application is meant (R2.8, R1.17). */
function isTarget(target: Target, app: AppIdentity, sessionUuid: string): boolean {
  switch (target.kind) {
    case 'all':
      return true;
    case 'pid':
      return target.pid === app.pid;
    case 'command':
      return target.name === app.processName;
    case 'spawned':
      return app.sessionUuid === sessionUuid;
  }
}
