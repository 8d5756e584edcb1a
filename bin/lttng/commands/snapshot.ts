/** `lttng snapshot`: copies what the buffers of a session hold (R1.23), and says where such copies go. */
import {
  SNAPSHOT_OUTPUT_ID,
  snapshotOutputName,
} from '../../../src/wire/control/snapshot-output.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import type { SessionKey } from '../../control/api/current.ts';
import type { SnapshotOutputOptions } from '../../control/api/options.ts';
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { type SnapshotCommand, snapshotCommand } from '../options/snapshot-words.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { SNAPSHOT } from '../table/sessions.ts';
import { takeSnapshot } from '../take-snapshot.ts';

type Options = Given<typeof SNAPSHOT>;

export async function snapshot(
  cli: Cli,
  options: Options,
  words: readonly string[],
): Promise<void> {
  const asked = snapshotCommand(words);
  const named = namedSession(
    asked.action === 'record' ? asked.session : undefined,
    options.session,
  );
  if (asked.action === 'record') return record(cli, options, named, asked.place);
  refuseOptions(asked, options);
  const { name, maxSize: bytesMax } = options;
  const session = await answerTo(cli, asked, named, { name, bytesMax });
  cli.output.value({ session });
  show(cli, session, asked);
}

function answerTo(
  { control }: Cli,
  asked: Exclude<SnapshotCommand, { action: 'record' }>,
  named: SessionKey,
  options: SnapshotOutputOptions,
): Promise<Session> {
  if (asked.action === 'list-output') return control.get(named);
  if (asked.action === 'del-output') return control.delSnapshotOutput(named, asked.id);
  return control.addSnapshotOutput(named, asked.place, options);
}

function record(
  cli: Cli,
  { output, name, maxSize: bytesMax }: Options,
  session: SessionKey,
  place: string | undefined,
): Promise<void> {
  if (place !== undefined && output !== undefined) {
    throw usageFailure('Give the directory as an argument or with -o, not both');
  }
  return takeSnapshot(cli, session, { output: place ?? output, name, bytesMax });
}

function refuseOptions({ action }: SnapshotCommand, { output, name, maxSize }: Options): void {
  if (output !== undefined) throw usageFailure(`-o is for "lttng snapshot record", not ${action}`);
  if (action === 'add-output' || (name ?? maxSize) === undefined) return;
  throw usageFailure(`-n and -m are for "lttng snapshot record" and add-output, not ${action}`);
}

function show({ world, output }: Cli, session: Session, { action }: SnapshotCommand): void {
  const one = session.snapshotOutput;
  if (one === undefined) {
    const usual = `its snapshots go to ${tracesDirectory(world)}`;
    const what = action === 'del-output' ? 'Removed the' : 'There is no';
    output.tell(`${what} snapshot output of ${called(session)}; ${usual}`);
    return;
  }
  const size = one.bytesMax === undefined ? '' : ` (max size: ${one.bytesMax} bytes)`;
  const text = `[${SNAPSHOT_OUTPUT_ID}] ${snapshotOutputName(one)}: ${one.output}${size}`;
  if (action === 'list-output') output.line(text);
  else output.tell(`Added the snapshot output of ${called(session)}: ${text}`);
}
