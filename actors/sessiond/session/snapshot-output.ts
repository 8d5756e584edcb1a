/** Where the snapshots of a session go: how commands change that. */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import {
  isCalled,
  type SnapshotOutput,
  snapshotOutputName,
} from '../../../src/wire/control/snapshot-output.ts';
import type { SessionInput } from '../messages.ts';
import type { Refusal } from '../reply.ts';

type Change = Extract<Operation, { op: 'snapshot.add' | 'snapshot.remove' }>;

/** A new flight recorder has one: its directory. */
export function initialSnapshotOutput({
  isFlightRecorder,
  output,
  restored,
}: SessionInput): SnapshotOutput | undefined {
  if (restored?.snapshotOutput !== undefined) return restored.snapshotOutput ?? undefined;
  return isFlightRecorder && output !== undefined ? { output } : undefined;
}

/** The output after the command. */
export function snapshotOutputAfter(
  {
    name: of,
    snapshotOutput: present,
  }: { readonly name: string; readonly snapshotOutput: SnapshotOutput | undefined },
  operation: Change,
): Result<SnapshotOutput | undefined, Refusal> {
  if (operation.op === 'snapshot.remove') {
    if (present !== undefined && isCalled(present, operation.id)) return ok(undefined);
    const reason = `Session "${of}" has no snapshot output "${operation.id}"`;
    return fail({ code: 'NO_SNAPSHOT_OUTPUT', reason });
  }
  if (present !== undefined) {
    const called = snapshotOutputName(present);
    const reason = `Session "${of}" has the snapshot output "${called}"; "lttng snapshot del-output" comes first`;
    return fail({ code: 'ALREADY', reason });
  }
  const { op: _op, session: _session, ...added } = operation;
  return ok(added);
}
