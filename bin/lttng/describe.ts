/** Formats sessions and applications as text. */
import type { World } from '../../src/port/world.ts';
import type {
  Application,
  Buffers,
  ChannelSettings,
  EventRule,
  Session,
  Target,
  Tracefiles,
} from '../control/api/session.ts';
import { count, formatBytes, type Output, type Style, table } from '../terminal/output.ts';
import { levelsText, logLevelName } from './log-levels.ts';
import { trackedRows } from './options/tracked.ts';
import { ownShortage } from './text/shortage.ts';
import { whereRows, whereText } from './where.ts';

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

/** The state of the part that records, if one does. */
function statesText(output: Output, session: Session): string {
  const { state, kernel } = session;
  const isOfKernel = kernel !== undefined && (state === 'inactive' || kernel.state === 'active');
  return stateText(output, isOfKernel ? kernel : session);
}

/** Everything about one session. */
export function sessionLines(world: World, output: Output, session: Session): string[] {
  const { name, uuid, uid, liveTimerUs, kernel } = session;
  const heading = `Session ${output.paint('bold', name)}`;
  const owner = ['  owner', userText(world, uid)];
  const where = [
    ...whereRows(session),
    ...(liveTimerUs === undefined ? [] : [['  live', `every ${liveTimerUs} µs`]]),
  ];
  if (kernel === undefined) {
    return [
      heading,
      ...table([
        ['  uuid', uuid],
        ['  state', stateText(output, session)],
        owner,
        ...where,
        ...partRows(world, session),
      ]),
      ...partLines(output, session),
    ];
  }
  const ownRows = (part: Session): string[][] => [
    ['  state', stateText(output, part)],
    ...partRows(world, part),
  ];
  return [
    heading,
    ...table([['  uuid', uuid], owner, ...where]),
    '',
    '=== Domain: User space ===',
    ...table(ownRows(session)),
    ...partLines(output, session),
    '',
    '=== Domain: Linux kernel ===',
    ...table([
      ['  uuid', kernel.uuid],
      ...whereRows({ ...kernel, output: undefined }),
      ...ownRows(kernel),
    ]),
    ...partLines(output, kernel),
  ];
}

/** What a part of a session has for itself: when it rotates, its consumer, its streams. */
function partRows(world: World, part: Session): string[][] {
  return [
    ...rotationRows(part),
    ...(part.domain === 'kernel' ? [] : snapshotRows(part)),
    ['  consumer', consumerText(part)],
    ...trackedRows(world, part).map(([called = '', text = '']) => [`  ${called}`, text]),
    ['  streams', String(part.streams)],
  ];
}

function partLines(output: Output, part: Session): string[] {
  const { channels, domain } = part;
  const command = domain === 'kernel' ? 'lttng add-event --kernel' : 'lttng add-event';
  return [
    ...ownShortage(part).map((line) => `  ${line}`),
    ...(channels.length === 0 ? [`  no channel yet: "${command}" creates one`] : []),
    ...channels.flatMap((channel) => ['', ...channelLines(output, channel, domain)]),
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

function channelLines(output: Output, channel: ChannelInfo, domain: Session['domain']): string[] {
  const { settings, rules, targets = [] } = channel;
  const cellsOf = domain === 'kernel' ? kernelRuleCells : ruleCells;
  return [
    channelHeading(output, channel),
    ...bufferLines(settings),
    ...schemeLines(settings),
    ...contextLines(channel),
    ...targets.flatMap(({ target, buffers }) => [
      `  buffers of ${targetText(target)}`,
      ...bufferLines(buffers).map((line) => `  ${line}`),
    ]),
    ...(rules.length === 0 ? ['  no event'] : table(rules.map((rule) => cellsOf(output, rule)))),
  ];
}

/** `channel` of programs. */
export function channelWord(domain: 'kernel' | undefined): string {
  return domain === 'kernel' ? 'kernel channel' : 'channel';
}

/** `system call openat`, for messages. */
export function kernelRuleText({ kind, pattern }: Pick<EventRule, 'kind' | 'pattern'>): string {
  return `${kind === 'syscall' ? 'system call' : 'tracepoint'} ${pattern}`;
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

function kernelRuleCells(output: Output, rule: EventRule): string[] {
  const { kind, pattern, enabled } = rule;
  return [
    `  ${kind === 'syscall' ? 'system call' : 'event'} ${output.paint('cyan', pattern)}`,
    enabled ? '' : output.paint('dim', 'disabled'),
    exceptionsText(rule),
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

/** Both parts' channels and streams. */
function numberOf(session: Session, of: (part: Session) => number): number {
  return of(session) + (session.kernel === undefined ? 0 : of(session.kernel));
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
      statesText(output, session),
      count(
        numberOf(session, ({ channels }) => channels.length),
        'channel',
      ),
      count(
        numberOf(session, ({ streams }) => streams),
        'stream',
      ),
      `${whereText(session)}${remarksOf(session)}`,
    ]),
  );
}

function remarksOf({ liveTimerUs, kernel }: Session): string {
  const remarks = [
    ...(liveTimerUs === undefined ? [] : ['live']),
    ...(kernel === undefined ? [] : ['with kernel']),
  ];
  return remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
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
