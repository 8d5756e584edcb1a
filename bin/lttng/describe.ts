/** Formats sessions and applications as text, and what a session's trace lacks. */
import type { World } from '../../src/port/world.ts';
import type {
  Application,
  Buffers,
  ChannelSettings,
  EventRule,
  Session,
  Target,
  Tracefiles,
  UnbufferedThread,
} from '../control/api/session.ts';
import { count, formatBytes, type Output, type Style, table } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { levelsText, logLevelName } from './log-levels.ts';
import { trackedRows } from './options/tracked.ts';
import { destinationProblems, whereRows, whereText } from './where.ts';

export type ChannelInfo = Session['channels'][number];

const STATE_STYLES: Partial<Record<Session['state'], Style>> = {
  active: 'green',
  starting: 'yellow',
  pausing: 'yellow',
  paused: 'yellow',
  stopping: 'yellow',
  destroying: 'yellow',
};

function stateText({ paint }: Output, { state }: Session): string {
  const style = STATE_STYLES[state];
  return style === undefined ? state : paint(style, state);
}

/** Everything about one session. */
export function sessionLines(world: World, output: Output, session: Session): string[] {
  const { name, uuid, uid, streams, channels, liveTimerUs } = session;
  const facts = table([
    ['  uuid', uuid],
    ['  state', stateText(output, session)],
    ['  owner', userText(world, uid)],
    ...whereRows(session),
    ...(liveTimerUs === undefined ? [] : [['  live', `every ${liveTimerUs} µs`]]),
    ...rotationRows(session),
    ...snapshotRows(session),
    ['  consumer', consumerText(session)],
    ...trackedRows(world, session).map(([called = '', text = '']) => [`  ${called}`, text]),
    ['  streams', String(streams)],
  ]);
  return [
    `Session ${output.paint('bold', name)}`,
    ...facts,
    ...shortageLines(session).map((line) => `  ${line}`),
    ...(channels.length === 0 ? ['  no channel yet: "lttng add-event" creates one'] : []),
    ...channels.flatMap((channel) => ['', ...channelLines(output, channel)]),
  ];
}

/** `every 30 s, at 10 MiB`, or `only by command`. */
export function rotationText({ rotation }: Session): string {
  const { everyUs, atBytes } = rotation ?? {};
  const texts = [
    ...(everyUs === undefined ? [] : [`every ${everyUs / 1_000_000} s`]),
    ...(atBytes === undefined ? [] : [`at ${formatBytes(atBytes)}`]),
  ];
  return texts.length === 0 ? 'only by command' : texts.join(' and ');
}

function rotationRows(session: Session): string[][] {
  const { rotation } = session;
  if (rotation === undefined) return [];
  const archives = count(rotation.archives, 'archive');
  return [
    ['  rotates', rotationText(session)],
    ['  archives', rotation.archive === undefined ? archives : `${archives}, ${rotation.archive}`],
  ];
}

/** A flight recorder has its directory, which is shown already. */
function snapshotRows({ snapshotOutput, output }: Session): string[][] {
  const { output: path, bytesMax } = snapshotOutput ?? { output };
  if (path === undefined || (path === output && bytesMax === undefined)) return [];
  const size = bytesMax === undefined ? '' : `, at most ${formatBytes(bytesMax)}`;
  return [['  snapshots', `${path}${size}`]];
}

function consumerText({ consumerPid, flightRecorder }: Session): string {
  if (flightRecorder) return 'none: this is a flight recorder, see "lttng help snapshot"';
  return consumerPid === undefined ? 'none yet' : `pid ${consumerPid}`;
}

function channelLines(output: Output, channel: ChannelInfo): string[] {
  const { settings, rules, targets = [] } = channel;
  return [
    channelHeading(output, channel),
    ...bufferLines(settings),
    ...schemeLines(settings),
    ...contextLines(channel),
    ...targets.flatMap(({ target, buffers }) => [
      `  buffers of ${targetText(target)}`,
      ...bufferLines(buffers).map((line) => `  ${line}`),
    ]),
    ...(rules.length === 0 ? ['  no event'] : table(rules.map((rule) => ruleCells(output, rule)))),
  ];
}

/** `Channel net (disabled)`. */
export function channelHeading(
  { paint }: Output,
  { settings, disabled }: Pick<ChannelInfo, 'settings' | 'disabled'>,
): string {
  const heading = `Channel ${paint('bold', settings.name)}`;
  return disabled === true ? `${heading} ${paint('dim', '(disabled)')}` : heading;
}

export function bufferLines(buffers: Buffers): string[] {
  const { shape, switchTimerUs, readTimerUs, tracefiles } = buffers;
  const timer = (us: number): string => (us === 0 ? 'off' : `${us} µs`);
  return table([
    ['  when full', shape.overwrite ? 'overwrite the oldest' : 'discard and count'],
    ['  sub-buffers', `${shape.subbufferCount} of ${formatBytes(shape.subbufferBytes)}`],
    ['  switch timer', timer(switchTimerUs)],
    ['  read timer', timer(readTimerUs)],
    ...(tracefiles === undefined ? [] : [['  files', filesText(tracefiles)]]),
  ]);
}

function filesText({ bytes, count }: Tracefiles): string {
  const size = `of at most ${formatBytes(bytes)}`;
  return count === 0 ? `any number ${size}` : `${count} ${size}, the oldest is overwritten`;
}

/** Who shares the buffers of the channel. */
export function schemeLines({ bufferScheme }: ChannelSettings): string[] {
  // In the column of the lines above it.
  return bufferScheme === 'uid' ? table([['  buffers     ', 'per user']]) : [];
}

/** What all events of the channel carry. */
export function contextLines({ contexts }: Pick<ChannelInfo, 'contexts'>): string[] {
  // In the column of the lines above it.
  return contexts === undefined ? [] : table([['  contexts    ', contexts.join(', ')]]);
}

function ruleCells(output: Output, rule: EventRule): string[] {
  const { pattern, logLevelMax, logLevelMin, target, enabled } = rule;
  return [
    `  event ${output.paint('cyan', pattern)}`,
    levelsText(logLevelMax, logLevelMin),
    targetText(target),
    enabled ? '' : output.paint('dim', 'disabled'),
    [exceptionsText(rule), carriedText(rule)].filter((text) => text !== '').join(', '),
  ];
}

function carriedText({ contexts }: EventRule): string {
  return contexts === undefined ? '' : `with ${contexts.join(', ')}`;
}

/** `ERR and more severe, without a*, if n == 1`: what a rule says beside name and target. */
export function selectionText(rule: EventRule): string {
  const levels = levelsText(rule.logLevelMax, rule.logLevelMin);
  return [levels, exceptionsText(rule)].filter((text) => text !== '').join(', ');
}

function exceptionsText({ exclusions, filter }: EventRule): string {
  return [
    ...(exclusions === undefined ? [] : [`without ${exclusions.join(', ')}`]),
    ...(filter === undefined ? [] : [`if ${filter}`]),
  ].join(', ');
}

export function targetText(target: Target): string {
  switch (target.kind) {
    case 'all':
      return 'all applications';
    case 'pid':
      return `process ${target.pid}`;
    case 'command':
      return `command ${target.name}`;
    case 'spawned':
      return 'programs that run in the session';
  }
}

/** A table of sessions; `current` is the UUID of the one that commands use here. */
export function sessionRows(
  output: Output,
  sessions: readonly Session[],
  current: string | undefined,
): string[] {
  return table(
    sessions.map((session) => [
      `${session.uuid === current ? '*' : ' '} ${output.paint('bold', session.name)}`,
      stateText(output, session),
      count(session.channels.length, 'channel'),
      count(session.streams, 'stream'),
      `${whereText(session)}${session.liveTimerUs === undefined ? '' : ' (live)'}`,
    ]),
  );
}

/** A registered process; each of its threads registers by itself. */
export interface ApplicationProcess {
  readonly pid: number;
  readonly uid: number;
  readonly processName: string;
  readonly threads: readonly number[];
  readonly libraryVersion: string | undefined;
  readonly tracepoints: Application['tracepoints'];
}

/** The threads of the process with this id, of the processes with this name, or of both; without either, all. */
export function appsOf(
  apps: readonly Application[],
  { pid, command }: { readonly pid?: number | undefined; readonly command?: string | undefined },
): readonly Application[] {
  return apps.filter(
    (app) =>
      (pid === undefined || app.pid === pid) &&
      (command === undefined || app.processName === command),
  );
}

/** Groups threads by process, sorted by process id; a tracepoint of several threads appears once. */
export function processesOf(apps: readonly Application[]): ApplicationProcess[] {
  const byPid = new Map<number, Application[]>();
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
          libraryVersion: main.libraryVersion,
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
      processName,
      userText(world, uid),
      count(threads.length, 'thread'),
      count(tracepoints.length, 'tracepoint'),
    ]),
  );
}

export function tracepointRows(output: Output, process: ApplicationProcess): string[] {
  return table(
    process.tracepoints.map(({ name, logLevel, fields }) => [
      `  ${output.paint('cyan', name)}`,
      logLevelName(logLevel),
      fields,
    ]),
  );
}

function userText({ users }: World, uid: number): string {
  return users.userName(uid) ?? `uid ${uid}`;
}

/** Of a thread that should have buffers. */
const STATES: Readonly<Record<UnbufferedThread['state'], string>> = {
  waiting: 'records nothing',
  served: 'has them by now, its first events are missing',
  ended: 'ended, nothing was recorded',
};

/** By error code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the system has no more shared memory (kernel.shmmni, kernel.shmall)',
  ENOMEM: 'the system has no more memory',
  EIDRM: 'it cannot find them: another IPC namespace, or removed segments',
  EACCES: 'it may not attach them',
  EINVAL: 'it found others: another IPC namespace, or damaged segments',
  LIMIT: 'the session, or the programs of its user, have as many streams as they may have',
};

/** The same for programs. */
export function shortageOf(session: Session): object {
  const { destination, link, unwritten, lost, abandoned, unbuffered } = session;
  return {
    ...(destination === undefined ? {} : { destination }),
    ...(link === undefined ? {} : { link }),
    ...(unwritten === undefined ? {} : { unwritten }),
    ...(lost === undefined ? {} : { lost }),
    ...(abandoned === undefined ? {} : { abandoned }),
    ...(unbuffered === undefined ? {} : { unbuffered }),
  };
}

/** Prints them to standard error, beside the result of a command. */
export function noteShortage({ output }: Cli, session: Session): void {
  for (const line of shortageLines(session)) output.note(line);
}

function shortageLines(session: Session): string[] {
  const { unwritten, lost, abandoned } = session;
  return [
    ...destinationProblems(session),
    ...(unwritten === undefined
      ? []
      : [
          `Problem: events of ${count(unwritten.streams, 'stream')} cannot be written (${unwritten.code}); ` +
            'they stay in the buffers, and the consumer tries again',
        ]),
    ...(lost === undefined || lost.events === 0
      ? []
      : [
          `Problem: ${count(lost.events, 'event')} are gone from the disk, because trace files were removed, ` +
            'replaced or truncated; the trace counts them as discarded',
        ]),
    ...(lost === undefined || lost.streams === 0
      ? []
      : [
          `Problem: ${count(lost.streams, 'stream')} could not be read to the end; the log of ust-consumerd names them`,
        ]),
    ...(lost === undefined || lost.moved === 0
      ? []
      : [
          `Problem: the files of ${count(lost.moved, 'stream')} were moved; their events are where the files are now`,
        ]),
    ...(abandoned === undefined
      ? []
      : [
          `Gave up ${count(abandoned.events, 'event')} in the buffers of ${count(abandoned.streams, 'stream')}`,
        ]),
    ...unbufferedLines(session),
  ];
}

function unbufferedLines({ unbuffered }: Session): string[] {
  if (unbuffered === undefined) return [];
  const { threads, more } = unbuffered;
  const rows = threads.map(({ pid, tid, processName, code, reason, state }) => [
    `  ${processName}`,
    `pid ${pid}`,
    `thread ${tid}`,
    STATES[state],
    reason ?? `${code}: ${REASONS[code] ?? 'they cannot be made'}`,
  ]);
  return [
    `Problem: ${count(threads.length + more, 'thread')} had no buffers:`,
    ...table(rows),
    ...(more === 0 ? [] : [`  and ${count(more, 'thread')} more`]),
  ];
}
