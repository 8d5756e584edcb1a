/** The report of `record` on a finished recording: where the trace is and what it contains. */

import type { World } from '../../src/port/world.ts';
import type { TraceSummary } from '../../src/view/summary.ts';
import type { Session } from '../control/api/session.ts';
import { count, quoted, SELF, table } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { CliFailure, EXIT } from './failure.ts';
import { isRemote } from './where.ts';

/** Bound on the event names in a report. */
const NAMES_SHOWN_MAX = 15;

const NO_TRACE: TraceSummary = {
  events: 0,
  discardedEvents: 0n,
  discardedPackets: 0n,
  eventsByName: [],
  streams: 0,
  processes: 0,
  otherTraces: 0,
  problems: [],
};

/** Reads what the session and its kernel part have written to `output`; a missing trace counts as an empty one. */
export async function readSummary(
  cli: Cli,
  output: string,
  session: Pick<Session, 'uuid' | 'kernel'>,
): Promise<TraceSummary> {
  // Other commands do not wait for the reader of traces.
  const { summarizeSession } = await import('../../src/view/summary.ts');
  cli.progress('Reading the trace', 0);
  const summary = summarizeSession(cli.world, output, uuidsOf(session));
  cli.progress(undefined);
  if (summary.ok) return summary.value;
  const { code, message } = summary.error;
  if (code === 'no-trace' || code === 'path-not-found') return NO_TRACE;
  throw new CliFailure('UNREADABLE', message.replace(/\.$/, ''), EXIT.file);
}

/** Whether the session has written a trace to its directory on this machine, as far as that can be read. */
export async function isTraceHere(world: World, session: Session): Promise<boolean> {
  const { flightRecorder, output } = session;
  if (flightRecorder || output === undefined || isRemote(session)) return false;
  const summary = await import('../../src/view/summary.ts');
  return summary.hasTrace(world, output, uuidsOf(session));
}

/** Of its parts: each trace is of one. */
function uuidsOf({ uuid, kernel }: Pick<Session, 'uuid' | 'kernel'>): readonly string[] {
  return kernel === undefined ? [uuid] : [uuid, kernel.uuid];
}

/** Prints to standard error, because standard output belongs to the command. */
export function noteSummary(
  { output }: Cli,
  session: Pick<Session, 'streamsMade' | 'unbuffered'> & { readonly output: string },
  patterns: readonly string[],
  summary: TraceSummary,
): void {
  const { events, eventsByName, otherTraces, problems } = summary;
  if (events === 0) {
    output.note(`Recorded no event. ${hintOf(session, patterns)}`);
    return;
  }
  const lost = lostIn(summary);
  output.note(
    `Recorded ${output.paint('bold', count(events, 'event'), 'error')} ${sourcesOf(summary)}` +
      (lost === '' ? '' : `, ${output.paint('yellow', lost, 'error')}`),
  );
  const rows = eventsByName
    .slice(0, NAMES_SHOWN_MAX)
    .map(({ name, events: number }) => [`  ${number.toLocaleString('en-US')}`, name]);
  for (const row of table(rows, new Set([0]))) output.note(row);
  const more = eventsByName.length - NAMES_SHOWN_MAX;
  if (more > 0) output.note(`  and ${count(more, 'name')} more`);
  for (const problem of problems) output.note(`Problem: ${problem}`);
  output.note(`Trace: ${session.output}`);
  if (otherTraces > 0) {
    output.note(`With ${count(otherTraces, 'trace')} of other sessions, which view shows as well`);
  }
  output.note(`Show it: ${SELF} view ${quoted(session.output)}`);
}

/** `of 2 processes with 3 threads, 5 events discarded`: the sources of the events, and the losses. */
export function amountOf(summary: TraceSummary): string {
  const lost = lostIn(summary);
  return sourcesOf(summary) + (lost === '' ? '' : `, ${lost}`);
}

function sourcesOf({ processes, streams, cpus = 0 }: TraceSummary): string {
  const threads = streams - cpus;
  const ofKernel = cpus === 0 ? '' : `of the kernel on ${count(cpus, 'CPU')}`;
  if (threads <= 0 && ofKernel !== '') return ofKernel;
  // Processes that share buffers are in no trace's environment.
  const ofPrograms =
    processes === 0
      ? `in ${count(threads, 'stream')}`
      : `of ${count(processes, 'process')} with ${count(threads, 'thread')}`;
  return ofKernel === '' ? ofPrograms : `${ofPrograms} and ${ofKernel}`;
}

function lostIn({ discardedEvents, discardedPackets }: TraceSummary): string {
  return [
    ...(discardedEvents > 0n ? [`${count(discardedEvents, 'event')} discarded`] : []),
    ...(discardedPackets > 0n ? [`${count(discardedPackets, 'packet')} overwritten`] : []),
  ].join(', ');
}

/** Why nothing was recorded, as far as the registry can tell. */
export function hintOf(
  { streamsMade, unbuffered }: Pick<Session, 'streamsMade' | 'unbuffered'>,
  patterns: readonly string[],
): string {
  if (unbuffered !== undefined) return 'The command registered, but threads of it had no buffers.';
  if (streamsMade === 0) {
    return (
      'No process of the command registered: only Node.js programs (20.19 or later) are traced, and only if their ' +
      'NODE_OPTIONS are kept. With --permission they also need --allow-fs-read=*, and --allow-net from Node.js 25 on.'
    );
  }
  return patterns.length === 1 && patterns[0] === '*'
    ? 'The command registered, but emitted no event.'
    : `The command registered, but none of its events matched ${patterns.join(', ')}.`;
}
