/** `lttng list`: sessions, applications, tracepoints (R2.2). */
import type { Application, EventRule, Session } from '../../control/api/session.ts';
import { count } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import {
  type ApplicationProcess,
  appsOf,
  processesOf,
  processRows,
  sessionLines,
  sessionRows,
  tracepointRows,
} from '../describe.ts';
import { type CliFailure, usageFailure } from '../failure.ts';
import { checkOfKernel, domainOf } from '../options/domain.ts';
import { type Unmatched, unmatchedBy, unmatchedText } from '../options/unmatched.ts';
import { givenName, sessionKeyOf } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { LIST } from '../table/information.ts';
import { kernelEventLines } from '../text/kernel.ts';

type ListOptions = Given<typeof LIST>;

export async function list(cli: Cli, options: ListOptions, name?: string): Promise<void> {
  if (options.kernel === true) return listKernel(cli, options, name);
  if (options.syscall === true) throw usageFailure('--syscall is for --kernel');
  const session = options.session === undefined ? undefined : givenName(name, options.session);
  if (session !== undefined) await listOne(cli, session, options);
  else if (name === undefined) await listAll(cli, options);
  else await listNamed(cli, name, options);
}

/** `--events` and `--fields` mean the fields. */
async function listKernel(
  { control, output }: Cli,
  options: ListOptions,
  name: string | undefined,
): Promise<void> {
  domainOf(options);
  const { session, sessions, apps, events, pid, command, syscall } = options;
  checkOfKernel({
    'The name of a session or a command': name ?? session ?? command,
    '--sessions': sessions,
    '--apps': apps,
    '--pid': pid,
  });
  const kind = syscall === true ? 'syscall' : 'tracepoint';
  const found = await control.kernelEvents({ kind, fields: events });
  output.value({ kernelEvents: found });
  for (const line of kernelEventLines(found, kind)) output.line(line);
}

/** A session of this name precedes the processes of this name. */
async function listNamed(cli: Cli, name: string, options: ListOptions): Promise<void> {
  if (isSelection(options)) throw bothNamed();
  const key = sessionKeyOf(name);
  if (key === undefined) return listAll(cli, { command: name, events: true });
  const { session, missing, apps } = await cli.control.look(key);
  const named = appsOf(apps, { command: name });
  const processes = processesOf(named);
  if (session !== undefined) {
    showSession(cli, session, apps);
    if (processes.length > 0) {
      cli.output.note(
        `${count(processes.length, 'process')} of this name: "lttng list --command ${name}"`,
      );
    }
    return;
  }
  if (missing !== undefined && named.length === 0) throw missing;
  cli.output.value({ apps: named });
  showEvents(cli, processes);
}

function isSelection({ sessions, apps, events, pid, command }: ListOptions): boolean {
  return (sessions ?? apps ?? events ?? pid ?? command) !== undefined;
}

function bothNamed(): CliFailure {
  return usageFailure('Name a session or use --sessions, --apps, --events and --pid, not both');
}

async function listOne(cli: Cli, named: string, options: ListOptions): Promise<void> {
  if (isSelection(options)) throw bothNamed();
  const { session, missing, apps } = await cli.control.look(named);
  if (missing !== undefined) throw missing;
  if (session !== undefined) showSession(cli, session, apps);
}

function showSession({ world, output }: Cli, session: Session, apps: readonly Application[]): void {
  const unmatched = unmatchedIn(session, apps);
  output.value({ session, ...(unmatched.length === 0 ? {} : { unmatched }) });
  for (const line of sessionLines(world, output, session)) output.line(line);
  for (const note of new Set(unmatched.map(unmatchedText))) output.note(note);
}

/** Rules that match nothing of what is registered; none while nothing is. */
function unmatchedIn(
  { channels }: Session,
  registered: readonly Application[],
): (Unmatched & { readonly channel: string; readonly rule: EventRule })[] {
  if (registered.length === 0) return [];
  return channels.flatMap(({ settings, rules }) =>
    rules.flatMap((rule) => {
      const found = unmatchedBy(rule, registered);
      return found === undefined ? [] : { channel: settings.name, rule, ...found };
    }),
  );
}

async function listAll(cli: Cli, options: ListOptions): Promise<void> {
  const { pid, command } = options;
  const showsEvents = options.events === true;
  const isNarrow = pid !== undefined || command !== undefined;
  const showsApps = options.apps ?? (isNarrow && !showsEvents);
  const isSummary = !showsEvents && !showsApps && options.sessions !== true;
  const showsSessions = isSummary || options.sessions === true;
  const isAboutApps = isSummary || showsApps || showsEvents;
  const overview = await cli.control.overview({ sessions: showsSessions, apps: isAboutApps });
  const { registry, sessions } = overview;
  const apps = appsOf(overview.apps, { pid, command });
  cli.output.value({ ...(showsSessions ? { sessions } : {}), ...(isAboutApps ? { apps } : {}) });
  if (showsSessions) await showSessions(cli, sessions);
  if (isSummary) showSummary(cli, apps);
  if (showsApps) showApps(cli, processesOf(apps));
  if (showsEvents) showEvents(cli, processesOf(apps));
  if (isAboutApps && registry?.isNew === true) {
    cli.output.note('The registry has just started; applications register within a moment.');
  }
}

async function showSessions(cli: Cli, sessions: readonly Session[]): Promise<void> {
  const { output } = cli;
  if (sessions.length === 0) {
    output.line('No session; "lttng create" creates one.');
    return;
  }
  output.line('Sessions:');
  for (const line of sessionRows(output, sessions, await currentUuid(cli))) output.line(line);
}

/** For the marker of the session that commands use here: a file that is refused is no error here. */
async function currentUuid({ control }: Cli): Promise<string | undefined> {
  const found = await control.chosen().catch(() => undefined);
  return found?.uuid;
}

function showSummary({ output }: Cli, apps: readonly Application[]): void {
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
