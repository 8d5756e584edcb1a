/**
 * Sessions that LTTng 2.13 has saved (its XML session files), as `saved-session.ts` has them. What ours have not is
 * left out and named. LTTng's monitor timers say nothing of what is recorded.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { isContext } from '../event/context.ts';
import { type Element, parseXml } from './xml.ts';

/** DEBUG, the least severe level. */
const LEVEL_MAX = 14;
/** What is left out is named up to this number. */
export const LEFT_OUT_MAX = 16;
const SAYS_NOTHING = new Set(['output_type', 'monitor_timer_interval', 'live_timer_interval']);
/** LTTng's name of an output that its user gave none. */
const USUAL_SNAPSHOT_NAME = /^snapshot-\d+$/;
/** Settings that are off, and empty elements. */
const OFF = new Set(['', '0', 'false']);

interface Parsed {
  /** To be validated as a saved session. */
  readonly json: object;
  readonly leftOut: readonly string[];
}

export function parseLttngSession(text: string): Result<Parsed, string> {
  const parsed = parseXml(text);
  if (!parsed.ok) return parsed;
  const sessions = childrenOf(parsed.value, 'session');
  const [session] = sessions;
  if (parsed.value.name !== 'sessions' || session === undefined || sessions.length > 1) {
    return fail('is not the file of one LTTng session');
  }
  const leftOut = new Set<string>();
  const json = sessionOf(session, leftOut);
  return ok({ json, leftOut: [...leftOut].slice(0, LEFT_OUT_MAX) });
}

function sessionOf(session: Element, leftOut: Set<string>): object {
  noteOthers(session, ['name', 'domains', 'started', 'attributes', 'output'], leftOut);
  const attributes = childOf(session, 'attributes');
  noteOthers(attributes, ['rotation_schedules', 'live_timer_interval', 'snapshot_mode'], leftOut);
  const schedules = childOf(attributes, 'rotation_schedules');
  const rotation = {
    ...numberAs('everyUs', childOf(schedules, 'periodic'), 'time_us'),
    ...numberAs('atBytes', childOf(schedules, 'size_threshold'), 'bytes'),
  };
  const domains = childrenOf(childOf(session, 'domains'), 'domain');
  for (const domain of domains) noteDomain(domain, leftOut);
  const channelsIn = (type: 'UST' | 'KERNEL'): readonly object[] =>
    domains
      .filter((domain) => textIn(domain, 'type') === type)
      .flatMap((domain) =>
        childrenOf(childOf(domain, 'channels'), 'channel').map((channel) =>
          channelOf(
            channel,
            { type, isOfUser: textIn(domain, 'buffer_type') === 'PER_UID' },
            leftOut,
          ),
        ),
      );
  const ofKernel = channelsIn('KERNEL');
  return {
    version: 1,
    name: textIn(session, 'name'),
    ...relayIn(session),
    ...(textIn(attributes, 'snapshot_mode') === 'true' ? { flightRecorder: true } : {}),
    ...snapshotOutputIn(session, leftOut),
    ...numberAs('liveTimerUs', attributes, 'live_timer_interval'),
    ...(Object.keys(rotation).length === 0 ? {} : { rotation }),
    channels: channelsIn('UST'),
    ...(ofKernel.length === 0 ? {} : { kernel: { channels: ofKernel } }),
    isActive: textIn(session, 'started') === 'true',
  };
}

function noteDomain(domain: Element, leftOut: Set<string>): void {
  const type = textIn(domain, 'type');
  if (type === 'UST' || type === 'KERNEL') {
    noteOthers(domain, ['type', 'buffer_type', 'channels'], leftOut);
  } else if (childrenOf(childOf(domain, 'channels'), 'channel').length > 0) {
    leftOut.add(`domain ${type}`);
  }
}

/** A directory is not kept: the trace of LTTng is in it. */
function relayIn(session: Element): object {
  const consumer = childOf(childOf(session, 'output'), 'consumer_output');
  const net = childOf(childOf(consumer, 'destination'), 'net_output');
  if (net === undefined) return {};
  // The RFC calls it tcp.
  const uriIn = (name: string): string => textIn(net, name).replace(/^tcp4:/, 'tcp:');
  return { relay: { control: uriIn('control_uri'), data: uriIn('data_uri') } };
}

/** Snapshots have directories of their own: those of LTTng may be beside them. */
function snapshotOutputIn(session: Element, leftOut: Set<string>): object {
  const outputs = childOf(childOf(session, 'output'), 'snapshot_outputs');
  if (outputs === undefined) return {};
  const [first, ...others] = childrenOf(outputs, 'output');
  for (const other of others) leftOut.add(`snapshot output ${textIn(other, 'name')}`);
  if (first === undefined) return { snapshotOutput: null };
  const name = textIn(first, 'name');
  const destination = childOf(childOf(first, 'consumer_output'), 'destination');
  const path = childOf(destination, 'path');
  if (path === undefined) {
    leftOut.add(`snapshot output ${name}, a relay`);
    return {};
  }
  return {
    snapshotOutput: {
      ...(USUAL_SNAPSHOT_NAME.test(name) ? {} : { name }),
      output: path.text,
      ...numberAs('bytesMax', first, 'max_size'),
    },
  };
}

interface Domain {
  readonly type: 'UST' | 'KERNEL';
  /** The processes of a user share buffers. */
  readonly isOfUser: boolean;
}

function channelOf(channel: Element, { type, isOfUser }: Domain, leftOut: Set<string>): object {
  const known = ['name', 'enabled', 'overwrite_mode', 'subbuffer_size', 'subbuffer_count'];
  const more = ['switch_timer_interval', 'read_timer_interval', 'events', 'contexts'];
  const files = filesOf(channel);
  const ours = files === undefined ? [] : ['tracefile_size', 'tracefile_count'];
  noteOthers(channel, [...known, ...more, ...ours], leftOut);
  const contexts = childrenOf(childOf(channel, 'contexts'), 'context').flatMap((context) =>
    contextOf(context, type, leftOut),
  );
  return {
    settings: {
      name: textIn(channel, 'name'),
      shape: {
        subbufferBytes: Number(textIn(channel, 'subbuffer_size')),
        subbufferCount: Number(textIn(channel, 'subbuffer_count')),
        overwrite: textIn(channel, 'overwrite_mode') === 'OVERWRITE',
      },
      switchTimerUs: Number(textIn(channel, 'switch_timer_interval')),
      readTimerUs: Number(textIn(channel, 'read_timer_interval')),
      ...(files === undefined ? {} : { tracefiles: files }),
      ...(isOfUser ? { bufferScheme: 'uid' } : {}),
    },
    ...(textIn(channel, 'enabled') === 'false' ? { disabled: true } : {}),
    ...(contexts.length === 0 ? {} : { contexts }),
    rules: childrenOf(childOf(channel, 'events'), 'event').flatMap((event) =>
      ruleOf(event, type, leftOut),
    ),
  };
}

/** Undefined: each stream has one file. A number of files says nothing without their size. */
function filesOf(channel: Element): object | undefined {
  const size = textIn(channel, 'tracefile_size');
  if (OFF.has(size)) return undefined;
  return { bytes: Number(size), count: Number(textIn(channel, 'tracefile_count')) };
}

/** Events of the kernel carry none. */
function contextOf(
  context: Element,
  domain: Domain['type'],
  leftOut: Set<string>,
): readonly string[] {
  const type = textIn(context, 'type').toLowerCase();
  if (domain === 'UST' && isContext(type)) return [type];
  leftOut.add(`context ${type === '' ? (context.children[0]?.name ?? '') : type}`);
  return [];
}

function ruleOf(event: Element, domain: Domain['type'], leftOut: Set<string>): readonly object[] {
  const pattern = textIn(event, 'name');
  const type = textIn(event, 'type');
  const isSyscall = domain === 'KERNEL' && type === 'SYSCALL';
  if (type !== 'TRACEPOINT' && !isSyscall) {
    leftOut.add(`event ${pattern} (${type})`);
    return [];
  }
  const known = ['name', 'enabled', 'type', 'loglevel_type', 'loglevel', 'filter', 'exclusions'];
  noteOthers(event, known, leftOut);
  const level = Number(textIn(event, 'loglevel'));
  const levels = textIn(event, 'loglevel_type');
  const exclusions = childrenOf(childOf(event, 'exclusions'), 'exclusion').map(
    ({ text: excluded }) => excluded,
  );
  const filter = childOf(event, 'filter');
  return [
    {
      pattern,
      logLevelMax: levels === 'RANGE' || levels === 'SINGLE' ? level : LEVEL_MAX,
      ...(levels === 'SINGLE' ? { logLevelMin: level } : {}),
      ...(exclusions.length === 0 ? {} : { exclusions }),
      ...(filter === undefined ? {} : { filter: filter.text }),
      ...(isSyscall ? { kind: 'syscall' } : {}),
      target: { kind: 'all' },
      enabled: textIn(event, 'enabled') === 'true',
    },
  ];
}

/** Names the children that say something and are none of the known ones. */
function noteOthers(
  element: Element | undefined,
  known: readonly string[],
  leftOut: Set<string>,
): void {
  for (const { name, text: value, children } of element?.children ?? []) {
    const isOff = children.length === 0 && OFF.has(value.trim());
    if (known.includes(name) || SAYS_NOTHING.has(name) || isOff) continue;
    leftOut.add(children.length === 0 ? `${name} ${value}` : name);
  }
}

function numberAs(key: string, element: Element | undefined, name: string): object {
  const text = textIn(element, name);
  return OFF.has(text) ? {} : { [key]: Number(text) };
}

function childOf(element: Element | undefined, name: string): Element | undefined {
  return childrenOf(element, name)[0];
}

function childrenOf(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

function textIn(element: Element | undefined, name: string): string {
  return childOf(element, name)?.text ?? '';
}
