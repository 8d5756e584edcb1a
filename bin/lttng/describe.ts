/** Formats sessions and applications as text. */
import type { World } from '../../src/port/world.ts';
import type { EventRule, Target } from '../../src/wire/common.ts';
import type { AppInfo, SessionInfo } from '../../src/wire/control/messages.ts';
import { count, formatBytes, type Output, type Style, safe, table } from '../terminal/output.ts';
import { levelsText, logLevelName } from './log-levels.ts';

const STATE_STYLES: Partial<Record<SessionInfo['state'], Style>> = {
  active: 'green',
  starting: 'yellow',
  stopping: 'yellow',
  destroying: 'yellow',
};

function stateText({ paint }: Output, { state }: SessionInfo): string {
  const style = STATE_STYLES[state];
  return style === undefined ? state : paint(style, state);
}

/** Everything about one session. */
export function sessionLines(world: World, output: Output, session: SessionInfo): string[] {
  const { name, uuid, uid, streams, channels } = session;
  const facts = table([
    ['  uuid', uuid],
    ['  state', stateText(output, session)],
    ['  owner', userText(world, uid)],
    ['  output', safe(session.output)],
    ['  consumer', consumerText(session)],
    ['  streams', String(streams)],
  ]);
  return [
    `Session ${output.paint('bold', safe(name))}`,
    ...facts,
    ...(channels.length === 0 ? ['  no channel yet: "lttng add-event" creates one'] : []),
    ...channels.flatMap((channel) => ['', ...channelLines(output, channel)]),
  ];
}

function consumerText({ consumerPid, flightRecorder }: SessionInfo): string {
  if (flightRecorder) return 'none: this is a flight recorder, see "lttng help snapshot"';
  return consumerPid === undefined ? 'none yet' : `pid ${consumerPid}`;
}

function channelLines(
  output: Output,
  { settings, rules }: SessionInfo['channels'][number],
): string[] {
  const { shape, switchTimerUs, readTimerUs } = settings;
  const timer = (us: number): string => (us === 0 ? 'off' : `${us} µs`);
  return [
    `Channel ${output.paint('bold', safe(settings.name))}`,
    ...table([
      ['  when full', shape.overwrite ? 'overwrite the oldest' : 'discard and count'],
      ['  sub-buffers', `${shape.subbufferCount} of ${formatBytes(shape.subbufferBytes)}`],
      ['  switch timer', timer(switchTimerUs)],
      ['  read timer', timer(readTimerUs)],
    ]),
    ...(rules.length === 0 ? ['  no event'] : table(rules.map((rule) => ruleCells(output, rule)))),
  ];
}

function ruleCells(output: Output, rule: EventRule): string[] {
  const { pattern, logLevelMax, target, enabled } = rule;
  return [
    `  event ${output.paint('cyan', safe(pattern))}`,
    levelsText(logLevelMax),
    targetText(target),
    enabled ? '' : output.paint('dim', 'disabled'),
  ];
}

export function targetText(target: Target): string {
  switch (target.kind) {
    case 'all':
      return 'all applications';
    case 'pid':
      return `process ${target.pid}`;
    case 'command':
      return `command ${safe(target.name)}`;
    case 'spawned':
      return 'programs that run in the session';
  }
}

/** A table of sessions; `current` is the UUID of the one that commands use here. */
export function sessionRows(
  output: Output,
  sessions: readonly SessionInfo[],
  current: string | undefined,
): string[] {
  return table(
    sessions.map((session) => [
      `${session.uuid === current ? '*' : ' '} ${output.paint('bold', safe(session.name))}`,
      stateText(output, session),
      count(session.channels.length, 'channel'),
      count(session.streams, 'stream'),
      safe(session.output),
    ]),
  );
}

/** A registered process; each of its threads registers by itself. */
export interface ApplicationProcess {
  readonly pid: number;
  readonly uid: number;
  readonly processName: string;
  readonly threads: readonly number[];
  readonly tracepoints: AppInfo['tracepoints'];
}

/** Groups threads by process, sorted by process id; a tracepoint of several threads appears once. */
export function processesOf(apps: readonly AppInfo[]): ApplicationProcess[] {
  const byPid = new Map<number, AppInfo[]>();
  for (const app of apps) byPid.set(app.pid, [...(byPid.get(app.pid) ?? []), app]);
  return [...byPid.values()]
    .flatMap((threads): ApplicationProcess[] => {
      const main = threads.find(({ pid, tid }) => pid === tid) ?? threads[0];
      if (main === undefined) return [];
      const byName = new Map(
        threads.flatMap(({ tracepoints }) => tracepoints.map((info) => [info.name, info] as const)),
      );
      return [
        {
          pid: main.pid,
          uid: main.uid,
          processName: main.processName,
          threads: threads.map(({ tid }) => tid).sort((a, b) => a - b),
          tracepoints: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
        },
      ];
    })
    .sort((a, b) => a.pid - b.pid);
}

export function processRows(world: World, processes: readonly ApplicationProcess[]): string[] {
  return table(
    processes.map(({ pid, uid, processName, threads, tracepoints }) => [
      `  ${pid}`,
      safe(processName),
      userText(world, uid),
      count(threads.length, 'thread'),
      count(tracepoints.length, 'tracepoint'),
    ]),
  );
}

export function tracepointRows(output: Output, process: ApplicationProcess): string[] {
  return table(
    process.tracepoints.map(({ name, logLevel, fields }) => [
      `  ${output.paint('cyan', safe(name))}`,
      logLevelName(logLevel),
      safe(fields),
    ]),
  );
}

function userText({ users }: World, uid: number): string {
  return users.userName(uid) ?? `uid ${uid}`;
}
