/** Takes a snapshot (R1.23): chooses its directory, and reports what it contains. */
import { failureIn, type StepResult } from '../../actors/client/plans/plan.ts';
import { snapshotPlan } from '../../actors/client/plans/record.ts';
import type { TraceSummary } from '../../src/view/summary.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { count, quoted, SELF } from '../terminal/output.ts';
import { tracesDirectory } from '../terminal/traces-directory.ts';
import type { Cli } from './context.ts';
import { sessionFailure } from './failure.ts';
import { freshOutputDirectory, noteReplaceable } from './options/output-directory.ts';
import { absolutePath } from './options/paths.ts';
import { called, checkSessionName, requestFor } from './sessions.ts';
import { amountOf, readSummary } from './trace-report.ts';

export interface SnapshotOptions {
  /** Parent of the directory of the snapshot. */
  readonly output?: string;
  /** The first part of its name; the time follows. */
  readonly name?: string;
}

/** Copies what the buffers of the named session hold. */
export async function takeSnapshot(
  cli: Cli,
  named: string | undefined,
  { output, name }: SnapshotOptions,
): Promise<void> {
  if (name !== undefined) checkSessionName(name);
  const asked = output === undefined ? undefined : absolutePath(cli.world, output);
  const session = await requestFor(cli, named, (key) => ({ op: 'session.get', session: key }));
  const parent = asked ?? parentFor(cli, session);
  const directory = freshOutputDirectory(cli.world, parent, name ?? `${session.name}-snapshot`);
  noteReplaceable(cli, directory.path);
  let results: readonly StepResult[];
  try {
    results = await cli.client.run(snapshotPlan(session.uuid, directory.path), 'running-registry');
  } finally {
    // Removes the directory when it is empty.
    directory.release();
  }
  const failed = failureIn(results);
  if (failed !== undefined) throw sessionFailure(failed);
  const summary = await readSummary(cli, directory.path, session.uuid);
  const isWhole = isWholeIn(results);
  const { name: of, uuid } = session;
  const snapshot = summary.events === 0 ? {} : { snapshot: directory.path };
  cli.output.value({ session: { name: of, uuid }, ...snapshot, isWhole, trace: summary });
  show(cli, session, directory.path, summary);
  if (!isWhole) noteLost(cli);
}

/** The directory of the user's own flight recorder, otherwise the default directory of traces. */
function parentFor({ world }: Cli, { flightRecorder, uid, output }: SessionInfo): string {
  const own = flightRecorder && uid === world.identity.uid ? output : undefined;
  return own ?? tracesDirectory(world);
}

/** Whether the snapshots contain every stream. */
export function isWholeIn(results: readonly StepResult[]): boolean {
  return results.every((result) => result.kind !== 'snapshot' || result.isWhole);
}

/** Whether a snapshot was taken. */
export function isTakenIn(results: readonly StepResult[]): boolean {
  return results.some(({ kind }) => kind === 'snapshot');
}

export function noteLost({ output }: Cli): void {
  output.note(
    'Problem: the snapshot lacks streams that cannot be read; the log of ust-consumerd names them',
  );
}

function show(
  { output, options }: Cli,
  session: SessionInfo,
  path: string,
  of: TraceSummary,
): void {
  if (of.events === 0) {
    output.tell(`The buffers of ${called(session)} hold no event; nothing was written`);
    return;
  }
  if (options.quiet) {
    output.line(path);
    return;
  }
  output.line(`Copied ${count(of.events, 'event')} ${amountOf(of)}`);
  output.line(`Snapshot: ${path}`);
  output.line(`Show it: ${SELF} view ${quoted(path)}`);
}
