/** Counts the content of traces: the summary that `lttng record` prints at the end of a recording. */
import { ok, type Result } from '../base/result.ts';
import { compareInstants, type Instant, nanosecondsOf } from '../ctf/read/message.ts';
import { archivesIn, isKernelTrace, SESSION_UUID, tracesIn } from '../ctf/trace-directory.ts';
import type { World } from '../port/world.ts';
import { type OpenError, type OpenedTraceSet, openTraceSet } from './trace-set.ts';

export interface TraceSummary {
  readonly events: number;
  /** Discarded events and overwritten packets, as the traces count them. */
  readonly discardedEvents: bigint;
  readonly discardedPackets: bigint;
  /** Events by name, most frequent first, then by name. */
  readonly eventsByName: readonly { readonly name: string; readonly events: number }[];
  readonly streams: number;
  /** CPUs whose streams are among them, in traces of the kernel; absent: there is none of those. */
  readonly cpus?: number;
  /** Different pairs of host and process id; traces of shared buffers, which have neither, do not count. */
  readonly processes: number;
  /** First and last time of an event, nanoseconds since 1970-01-01T00:00:00Z; absent without events. */
  readonly firstNs?: bigint;
  readonly lastNs?: bigint;
  /** Traces of other sessions beside those that are counted. */
  readonly otherTraces: number;
  /** One sentence for each stream or trace that could not be read to its end. */
  readonly problems: readonly string[];
}

/** Reads every trace under `path`, an absolute directory, from beginning to end. */
export function summarizeTrace(
  world: Pick<World, 'files'>,
  path: string,
): Result<TraceSummary, OpenError> {
  const opened = openTraceSet(world.files, [path], { isFollowing: false });
  return opened.ok ? ok(summaryOf(opened.value)) : opened;
}

/**
 * The same for what a session has written to its output directory, where other traces and files may be, too.
 *
 * @param sessionUuids The session, and its kernel part if it has one.
 */
export function summarizeSession(
  world: Pick<World, 'files'>,
  output: string,
  sessionUuids: readonly string[],
): Result<TraceSummary, OpenError> {
  const opened = openSession(world.files, output, sessionUuids);
  return opened.ok ? ok(summaryOf(opened.value)) : opened;
}

/** Whether the session has written a trace to its output directory, as far as that can be read. */
export function hasTrace(
  { files }: Pick<World, 'files'>,
  output: string,
  sessionUuids: readonly string[],
): boolean {
  const opened = openSession(files, output, sessionUuids);
  if (!opened.ok) return opened.error.code !== 'no-trace' && opened.error.code !== 'path-not-found';
  const { set } = opened.value;
  const isThere = set.traces[Symbol.iterator]().next().done !== true;
  set.close();
  return isThere;
}

function openSession(
  files: World['files'],
  output: string,
  sessionUuids: readonly string[],
): ReturnType<typeof openTraceSet> {
  const names = files.list(output);
  const ofKernel = (names.ok ? names.value : []).filter(isKernelTrace);
  const others = [...ofKernel.map((name) => `${output}/${name}`), archivesIn(output)];
  const isThere = (place: string): boolean => files.info(place).ok;
  const present = [tracesIn(output), ...others].filter(isThere);
  const places = present.length === 0 ? [tracesIn(output)] : present;
  return openTraceSet(files, places, {
    isFollowing: false,
    isWanted: ({ [SESSION_UUID]: uuid }) => typeof uuid === 'string' && sessionUuids.includes(uuid),
  });
}

function summaryOf({ set, problems: atOpening }: OpenedTraceSet): TraceSummary {
  const problems = [...atOpening];
  const eventsByName = new Map<string, number>();
  let events = 0;
  let discardedEvents = 0n;
  let discardedPackets = 0n;
  let first: Instant | undefined;
  let last: Instant | undefined;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    switch (message.kind) {
      case 'event': {
        const { name } = message.shape;
        events++;
        eventsByName.set(name, (eventsByName.get(name) ?? 0) + 1);
        first ??= message.time;
        if (last === undefined || compareInstants(message.time, last) > 0) last = message.time;
        break;
      }
      case 'discarded-events':
        discardedEvents += message.count;
        break;
      case 'discarded-packets':
        discardedPackets += message.count;
        break;
      case 'problem':
        if (message.fatal) problems.push(message.text);
    }
  }
  const processes = new Set<string>();
  let streams = 0;
  let cpus = 0;
  for (const { source, streams: found } of set.traces) {
    const { length } = [...found];
    streams += length;
    const { hostname, vpid, domain } = source.environment;
    // Each rotation makes a trace of the same CPUs.
    if (domain === 'kernel') cpus = Math.max(cpus, length);
    if (vpid !== undefined) processes.add(JSON.stringify([hostname, String(vpid)]));
  }
  const { otherTraces } = set;
  set.close();
  return {
    events,
    discardedEvents,
    discardedPackets,
    eventsByName: [...eventsByName]
      .map(([name, count]) => ({ name, events: count }))
      .sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1)),
    streams,
    ...(cpus > 0 ? { cpus } : {}),
    processes: processes.size,
    ...(first && { firstNs: nanosecondsOf(first) }),
    ...(last && { lastNs: nanosecondsOf(last) }),
    otherTraces,
    problems,
  };
}
