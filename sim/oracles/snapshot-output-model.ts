/** Model of a session's snapshot output: what changes it, and how answers show it (`session-model.ts`). */
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';

export type SnapshotOutputChange = Extract<Operation, { op: 'snapshot.add' | 'snapshot.remove' }>;

/** As a text; empty: none. */
export type ModelSnapshotOutput = string;

/** That of a new session: a flight recorder has its directory. */
export function newSnapshotOutput(isFlightRecorder: boolean, output = ''): ModelSnapshotOutput {
  return isFlightRecorder ? textOf({ output }) : '';
}

/** The output after the change, or the code of its refusal. */
export function withSnapshotOutput(
  before: ModelSnapshotOutput,
  change: SnapshotOutputChange,
): { readonly after: ModelSnapshotOutput } | string {
  if (change.op === 'snapshot.add') return before === '' ? { after: textOf(change) } : 'ALREADY';
  const [name = ''] = before.split(' ');
  const isThis = before !== '' && ['1', name === '' ? 'snapshot-1' : name].includes(change.id);
  return isThis ? { after: '' } : 'NO_SNAPSHOT_OUTPUT';
}

/** Whether an answer has this output. */
export function isSnapshotOutput(
  before: ModelSnapshotOutput,
  told: SessionInfo['snapshotOutput'],
): boolean {
  return before === (told === undefined ? '' : textOf(told));
}

function textOf({ name = '', output, bytesMax = 0 }: NonNullable<SessionInfo['snapshotOutput']>) {
  return `${name} ${bytesMax} ${output}`;
}
