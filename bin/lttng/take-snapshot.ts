/** Takes a snapshot (R1.23): chooses its directory, and reports what it contains. */
import type { TraceSummary } from '../../src/view/summary.ts';
import type { SessionKey } from '../control/api/current.ts';
import type { SnapshotOptions } from '../control/api/options.ts';
import type { Session } from '../control/api/session.ts';
import { count, formatBytes, quoted, SELF } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { noteReplaceable } from './options/replaceable.ts';
import { called } from './sessions.ts';
import { amountOf, readSummary } from './trace-report.ts';

/** Copies what the buffers of the named session hold. */
export async function takeSnapshot(
  cli: Cli,
  named: SessionKey,
  options: SnapshotOptions,
): Promise<void> {
  const taken = await cli.control.snapshot(named, options);
  const { session, directory, isWhole, isShort, bytesMax } = taken;
  noteReplaceable(cli, directory);
  const { name: of, uuid } = session;
  const summary = await readSummary(cli, directory, session);
  const snapshot = summary.events === 0 ? {} : { snapshot: directory };
  cli.output.value({ session: { name: of, uuid }, ...snapshot, isWhole, isShort, trace: summary });
  show(cli, session, directory, summary);
  if (isShort) {
    const size = bytesMax === undefined ? 'its largest size' : formatBytes(bytesMax);
    cli.output.note(`The snapshot has the newest events; older ones had no room in ${size}`);
  }
  if (!isWhole) noteLost(cli);
  if (session.kernel !== undefined) {
    cli.output.note(
      'The snapshot has what programs did; what the kernel did is in the trace alone',
    );
  }
}

export function noteLost({ output }: Cli): void {
  output.note(
    'Problem: the snapshot lacks streams that cannot be read; the log of ust-consumerd names them',
  );
}

function show({ output, options }: Cli, session: Session, path: string, of: TraceSummary): void {
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
