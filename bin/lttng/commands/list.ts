/** `lttng list`: sessions, applications, tracepoints (R2.2). */
import type { Command } from 'commander';
import { allPages, appsIn, sessionsIn } from '../../../actors/client/plans/plan.ts';
import type { AppInfo, SessionInfo } from '../../../src/wire/control/messages.ts';
import { readConfig } from '../../control/session-config.ts';
import { sessionKeyOf } from '../../control/sessions.ts';
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
import { clientFailure, throwFailure, usageFailure } from '../failure.ts';
import { addDomainOptions } from '../options/domain.ts';
import { numberBetween, PID_MAX } from '../options/global.ts';
import { namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';

interface ListOptions {
  readonly session?: string;
  readonly sessions?: true;
  readonly apps?: true;
  readonly app?: true;
  readonly events?: true;
  readonly fields?: true;
  readonly pid?: number;
  readonly command?: string;
}

export function addList(program: Command, cliOf: CliOf): void {
  const command = program
    .command('list')
    .summary('show sessions, applications, tracepoints')
    .description(
      'Shows the sessions and the number of applications; with a session, that session in full; with the name of a ' +
        'command, its processes and their tracepoints; with options, what they select.',
    )
    .argument('[name]', 'show this session, or else the processes with this name')
    .option(...SESSION_OPTION)
    .option('--sessions', 'show the sessions')
    .option('--apps', 'show the applications (also --app)')
    .option(
      '--events',
      'show the tracepoints of the applications, with their fields (also --fields)',
    )
    .option('--pid <n>', 'show only this process', numberBetween('A process id', 1, PID_MAX))
    .option('--command <name>', 'show only processes with this name')
    .addOption(program.createOption('--app').hideHelp())
    .addOption(program.createOption('--fields').hideHelp());
  addDomainOptions(command).action(async (name: string | undefined, options: ListOptions) => {
    const cli = cliOf(command);
    if (options.session !== undefined) {
      await listOne(cli, namedSession(name, options.session) ?? '', options);
    } else if (name === undefined) await list(cli, options);
    else await listNamed(cli, name, options);
  });
}

/** A session of this name precedes the processes of this name; one connection asks for both. */
async function listNamed(cli: Cli, name: string, options: ListOptions): Promise<void> {
  const key = sessionKeyOf(name);
  if (key === undefined || isSelection(options)) {
    return list(cli, { ...options, command: name, events: true });
  }
  const listApps = allPages(['app.list']);
  const results = await cli.client.run(
    (sofar) =>
      sofar.length === 0
        ? { kind: 'request', operation: { op: 'session.get', session: key } }
        : listApps(sofar.slice(1)),
    'running-registry',
  );
  const [first, ...pages] = results;
  const apps = appsIn(pages).filter((app) => app.processName === name);
  if (first?.kind === 'failure' && (first.code !== 'NO_SESSION' || apps.length === 0)) {
    throw clientFailure(first);
  }
  throwFailure(pages);
  if (first?.kind !== 'reply' || first.value.session === undefined) {
    cli.output.value({ apps });
    return showEvents(cli, processesOf(apps));
  }
  showSession(cli, first.value.session);
  if (apps.length > 0) {
    const processes = processesOf(apps).length;
    cli.output.note(`${count(processes, 'process')} of this name: "lttng list --command ${name}"`);
  }
}

function isSelection({ sessions, apps, app, events, fields, pid, command }: ListOptions): boolean {
  return (sessions ?? apps ?? app ?? events ?? fields ?? pid ?? command) !== undefined;
}

async function listOne(cli: Cli, named: string, options: ListOptions): Promise<void> {
  if (isSelection(options)) {
    throw usageFailure('Name a session or use --sessions, --apps, --events and --pid, not both');
  }
  showSession(cli, await requestFor(cli, named, (key) => ({ op: 'session.get', session: key })));
}

function showSession({ world, output }: Cli, session: SessionInfo): void {
  output.value({ session });
  for (const line of sessionLines(world, output, session)) output.line(line);
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const { pid, command } = options;
  const showsEvents = options.events === true || options.fields === true;
  const isNarrow = pid !== undefined || command !== undefined;
  const showsApps = options.apps ?? options.app ?? (isNarrow && !showsEvents);
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
  const apps = appsIn(results).filter(
    (app) =>
      (pid === undefined || app.pid === pid) &&
      (command === undefined || app.processName === command),
  );
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
