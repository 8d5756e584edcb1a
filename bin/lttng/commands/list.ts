/** `lttng list`: sessions, applications, tracepoints (R2.2). */
import type { Command } from 'commander';
import {
  allPages,
  appsIn,
  failureIn,
  inOrder,
  lastSessionIn,
  sessionsIn,
} from '../../../actors/client/plans/plan.ts';
import type { EventRule } from '../../../src/wire/common.ts';
import type { AppInfo, SessionInfo } from '../../../src/wire/control/messages.ts';
import { readConfig } from '../../control/session-config.ts';
import { ANSWERED_WITHOUT_SESSION, runInSession } from '../../control/sessions.ts';
import { count } from '../../terminal/output.ts';
import type { Cli, CliOf } from '../context.ts';
import {
  type ApplicationProcess,
  processesOf,
  processRows,
  sessionLines,
  sessionRows,
  tracepointRows,
} from '../describe.ts';
import { sessionFailure, throwFailure, usageFailure } from '../failure.ts';
import { numberBetween, PID_MAX } from '../options/global.ts';
import { type Unmatched, unmatchedBy, unmatchedText } from '../options/unmatched.ts';
import { namedSession, SESSION_OPTION } from '../sessions.ts';

interface ListOptions {
  readonly session?: string;
  readonly sessions?: true;
  readonly apps?: true;
  readonly app?: true;
  readonly events?: true;
  readonly pid?: number;
}

export function addList(program: Command, cliOf: CliOf): void {
  program
    .command('list')
    .summary('show sessions, applications, tracepoints')
    .description(
      'Shows the sessions and the number of applications; with a session, that session in full; with options, what ' +
        'they select.',
    )
    .argument('[session]', 'show this session in full')
    .option(...SESSION_OPTION)
    .option('--sessions', 'show the sessions')
    .option('--apps', 'show the applications (also --app)')
    .option('--events', 'show the tracepoints of the applications')
    .option('--pid <n>', 'show only this process', numberBetween('A process id', 1, PID_MAX))
    .addOption(program.createOption('--app').hideHelp())
    .action(async (argument: string | undefined, options: ListOptions, command: Command) => {
      const cli = cliOf(command);
      const named = namedSession(argument, options.session);
      if (named === undefined) await list(cli, options);
      else await listOne(cli, named, options);
    });
}

async function listOne(cli: Cli, named: string, options: ListOptions): Promise<void> {
  const { sessions, apps, app, events, pid } = options;
  if (sessions ?? apps ?? app ?? events ?? pid) {
    throw usageFailure('Name a session or use --sessions, --apps, --events and --pid, not both');
  }
  const { session, apps: registered } = await sessionAndApps(cli, named);
  const unmatched = unmatchedIn(session, registered);
  cli.output.value({ session, ...(unmatched.length === 0 ? {} : { unmatched }) });
  for (const line of sessionLines(cli.world, cli.output, session)) cli.output.line(line);
  for (const note of new Set(unmatched.map(unmatchedText))) cli.output.note(note);
}

/** Rules that match nothing of what is registered; none while nothing is. */
function unmatchedIn(
  { channels }: SessionInfo,
  registered: readonly AppInfo[],
): (Unmatched & { readonly channel: string; readonly rule: EventRule })[] {
  if (registered.length === 0) return [];
  return channels.flatMap(({ settings, rules }) =>
    rules.flatMap((rule) => {
      const found = unmatchedBy(rule, registered);
      return found === undefined ? [] : { channel: settings.name, rule, ...found };
    }),
  );
}

/** The session, and the applications, over one connection. */
async function sessionAndApps(
  { client }: Cli,
  named: string,
): Promise<{ readonly session: SessionInfo; readonly apps: readonly AppInfo[] }> {
  const listApps = allPages(['app.list']);
  const { results, error } = await runInSession(client, named, (key) => (sofar) => {
    const first = inOrder([{ op: 'session.get', session: key }])(sofar);
    return first ?? (failureIn(sofar) === undefined ? listApps(sofar.slice(1)) : undefined);
  });
  const session = lastSessionIn(results);
  if (error !== undefined || session === undefined) {
    throw sessionFailure(error ?? ANSWERED_WITHOUT_SESSION);
  }
  return { session, apps: appsIn(results) };
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const { pid } = options;
  const showsEvents = options.events === true;
  const showsApps = options.apps ?? options.app ?? (pid !== undefined && !showsEvents);
  const isSummary = !showsEvents && !showsApps && options.sessions !== true;
  const showsSessions = isSummary || options.sessions === true;
  const isAboutApps = isSummary || showsApps || showsEvents;
  const results = await cli.client.run(
    allPages([
      ...(showsSessions ? (['session.list'] as const) : []),
      ...(isAboutApps ? (['app.list'] as const) : []),
    ]),
    'start-registry',
  );
  throwFailure(results);
  const sessions = sessionsIn(results);
  const apps = appsIn(results).filter((app) => pid === undefined || app.pid === pid);
  cli.output.value({ ...(showsSessions ? { sessions } : {}), ...(isAboutApps ? { apps } : {}) });
  if (showsSessions) showSessions(cli, sessions);
  if (isSummary) showSummary(cli, apps);
  if (showsApps) showApps(cli, processesOf(apps));
  if (showsEvents) showEvents(cli, processesOf(apps));
  if (isAboutApps && cli.client.registry?.isNew === true) {
    cli.output.note('The registry has just started; applications register within a moment.');
  }
}

function showSessions({ world, output }: Cli, sessions: readonly SessionInfo[]): void {
  if (sessions.length === 0) {
    output.line('No session; "lttng create" creates one.');
    return;
  }
  output.line('Sessions:');
  for (const line of sessionRows(output, sessions, currentUuid(world))) output.line(line);
}

/** For the marker of the current session: a configuration that is refused is no error here. */
function currentUuid(world: Cli['world']): string | undefined {
  const read = readConfig(world, world.identity.workingDirectory);
  return read.ok ? read.value?.session.uuid : undefined;
}

function showSummary({ output }: Cli, apps: readonly AppInfo[]): void {
  const processes = processesOf(apps);
  const tracepoints = processes.reduce((sum, process) => sum + process.tracepoints.length, 0);
  output.line('');
  output.line(
    processes.length === 0
      ? 'No application is registered.'
      : `Applications: ${count(processes.length, 'process')} with ${count(apps.length, 'thread')} ` +
          `and ${count(tracepoints, 'tracepoint')}; --apps and --events show them.`,
  );
}

function showApps({ world, output }: Cli, processes: readonly ApplicationProcess[]): void {
  output.line(processes.length === 0 ? 'No matching application is registered.' : 'Applications:');
  for (const line of processRows(world, processes)) output.line(line);
}

function showEvents({ output }: Cli, processes: readonly ApplicationProcess[]): void {
  if (processes.length === 0) output.line('No matching application is registered.');
  for (const process of processes) {
    output.line(`${output.paint('bold', process.processName)} (pid ${process.pid}):`);
    for (const line of tracepointRows(output, process)) output.line(line);
    if (process.tracepoints.length === 0) output.line('  no tracepoint');
  }
}
