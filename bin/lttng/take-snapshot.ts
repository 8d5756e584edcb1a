/** Takes a snapshot (R1.23): chooses its directory, and reports what it contains. */
import type { StepResult } from '../../actors/client/plans/plan.ts';
import type { TraceSummary } from '../../src/view/summary.ts';
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import { checkedKey } from '../control/sessions.ts';
import { snapshotOf } from '../control/snapshot.ts';
import type { SnapshotOptions } from '../control/types.ts';
import { count, quoted, SELF } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { noteReplaceable } from './options/replaceable.ts';
import { called, requestFor } from './sessions.ts';
import { amountOf, readSummary } from './trace-report.ts';

/** Copies what the buffers of the named session hold. */
export async function takeSnapshot(
  cli: Cli,
  named: string | undefined,
  place: SnapshotOptions,
): Promise<void> {
  if (place.name !== undefined) checkedKey(place.name);
  const session = await requestFor(cli, named, (key) => ({ op: 'session.get', session: key }));
  const { path, isWhole } = await snapshotOf(cli.client, session, place);
  noteReplaceable(cli, path);
  const summary = await readSummary(cli, path, session.uuid);
  const { name: of, uuid } = session;
  const snapshot = summary.events === 0 ? {} : { snapshot: path };
  cli.output.value({ session: { name: of, uuid }, ...snapshot, isWhole, trace: summary });
  show(cli, session, path, summary);
  if (!isWhole) noteLost(cli);
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
