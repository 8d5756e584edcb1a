/** Sessions in the XML of LTTng: their domains, channels, and tracked processes. */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { TRACKERS, type Tracker } from '../../../src/wire/control/trackers.ts';
import type { ChannelInfo } from '../describe.ts';
import { isRemote, whereText } from '../where.ts';
import { ruleXml } from './events.ts';
import type { Xml } from './xml.ts';

/** A session by itself, as `create` and `list` show it. */
export function sessionXml(session: SessionInfo, ...more: readonly (Xml | undefined)[]): Xml {
  const { name, flightRecorder = false, liveTimerUs = 0 } = session;
  return [
    'session',
    ['name', name],
    ['path', pathOf(session)],
    ['enabled', isActive(session)],
    ['snapshot_mode', flightRecorder ? 1 : 0],
    ['live_timer_interval', liveTimerUs],
    ...more,
  ];
}

/** A session with all that it has, as `list SESSION` shows it. */
export function wholeSessionXml(session: SessionInfo): Xml {
  const schedules = schedulesOf(session.rotation ?? {});
  return sessionXml(
    session,
    schedules.length === 0 ? undefined : ['rotation_schedules', ...schedules],
    domainsXml(session),
  );
}

/** Whether it records, as LTTng says it: halted or stopped is the same. */
export function isActive({ state }: SessionInfo): boolean {
  return state === 'active' || state === 'starting';
}

/** Of a flight recorder none: snapshots have directories of their own. */
function pathOf(session: SessionInfo): string {
  if (session.flightRecorder === true) return '';
  return session.output !== undefined || isRemote(session) ? whereText(session) : '';
}

/** When the session rotates by itself. */
export function schedulesOf({
  everyUs,
  atBytes,
}: Pick<NonNullable<SessionInfo['rotation']>, 'everyUs' | 'atBytes'>): readonly Xml[] {
  return [
    ...(everyUs === undefined ? [] : [['periodic', ['time_us', everyUs]] as const]),
    ...(atBytes === undefined ? [] : [['size_threshold', ['bytes', atBytes]] as const]),
  ];
}

/** Who has buffers of its own: a process, a user, a CPU. */
type BufferType = 'PER_PID' | 'PER_UID' | 'GLOBAL';

export function domainXml(type: 'UST' | 'KERNEL', buffers: BufferType, ...more: Xml[]): Xml {
  return ['domain', ['type', type], ['buffer_type', buffers], ...more];
}

/** The kernel's before that of programs, as LTTng has them. */
function domainsXml(session: SessionInfo): Xml {
  const { kernel } = session;
  const ofKernel = kernel && partXml('KERNEL', 'GLOBAL', kernel);
  // All channels of a session have one buffering scheme.
  const isShared = session.channels.some(({ settings }) => settings.bufferScheme === 'uid');
  return ['domains', ofKernel, partXml('UST', isShared ? 'PER_UID' : 'PER_PID', session)];
}

/** Undefined: nothing is said of the domain. */
function partXml(type: 'UST' | 'KERNEL', buffers: BufferType, part: SessionInfo): Xml | undefined {
  const { channels, trackers = {} } = part;
  const tracked = TRACKERS.flatMap((tracker) => {
    const ids = trackers[tracker];
    return ids === undefined ? [] : [trackerXml(tracker, ids.map(idXml))];
  });
  if (channels.length === 0 && tracked.length === 0) return undefined;
  return domainXml(
    type,
    buffers,
    ['process_attr_trackers', ...tracked],
    [
      'channels',
      ...channels.map((channel) =>
        channelXml(channel, part, ['events', ...channel.rules.map((rule) => ruleXml(rule))]),
      ),
    ],
  );
}

export function channelXml(
  { settings, disabled }: ChannelInfo,
  { liveTimerUs = 0 }: SessionInfo,
  more: Xml,
): Xml {
  const { name, shape, switchTimerUs, readTimerUs, tracefiles } = settings;
  return [
    'channel',
    ['name', name],
    ['enabled', disabled !== true],
    [
      'attributes',
      ['overwrite_mode', shape.overwrite ? 'OVERWRITE' : 'DISCARD'],
      ['subbuffer_size', shape.subbufferBytes],
      ['subbuffer_count', shape.subbufferCount],
      ['switch_timer_interval', switchTimerUs],
      ['read_timer_interval', readTimerUs],
      ['monitor_timer_interval', 0],
      ['blocking_timeout', 0],
      ['output_type', 'MMAP'],
      ['tracefile_size', tracefiles?.bytes ?? 0],
      ['tracefile_count', tracefiles?.count ?? 0],
      ['live_timer_interval', liveTimerUs],
    ],
    more,
  ];
}

/** The ids of one set of tracked processes. */
export function trackerXml(tracker: Tracker, values: readonly TrackedXml[]): Xml {
  return [
    `${tracker}_process_attr_tracker`,
    ['process_attr_values', ...values.map((value): Xml => [tracker, ...value])],
  ];
}
/** One id, without the name of its element, which is that of its set. */
type TrackedXml = readonly Xml[];

function idXml(id: number): TrackedXml {
  return [['type', ['id', id]]];
}
