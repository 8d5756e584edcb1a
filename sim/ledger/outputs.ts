/** The output directories of sessions and snapshots, derived from the commands of their users. */
import type { Operation } from '../../src/wire/control/messages.ts';
import type { Ledger } from './ledger.ts';
import { NEVER } from './window.ts';

/** A snapshot that was begun. */
export interface SnapshotAccount {
  /** UUID. */
  readonly session: string;
  readonly output: string;
  /** Of its packets together. */
  readonly bytesMax?: number;
  readonly askedAt: number;
  /** Infinity: it is unknown when the snapshot ended, or whether it did. */
  readonly doneAt: number;
  /** The client reported a complete snapshot. */
  readonly isDone: boolean;
  /** It reported that older packets had no room. */
  readonly isShort: boolean;
}

/** An output directory that a user requested for a trace. */
export interface OutputAccount {
  readonly output: string;
  readonly user: string;
  readonly uid: number;
}

/** The output directories of all requested sessions and snapshots. */
export function outputsIn({ commands }: Ledger): OutputAccount[] {
  return commands.flatMap(({ user, uid, steps }) =>
    steps.flatMap(({ operation, snapshot }) => {
      if (snapshot !== undefined) return [{ output: snapshot.output, user, uid }];
      const output = operation === undefined ? undefined : outputOf(operation);
      return output === undefined ? [] : [{ output, user, uid }];
    }),
  );
}

/** The directory in which an operation makes a session write. */
function outputOf(operation: Operation): string | undefined {
  if (operation.op === 'session.create') return operation.output;
  if (operation.op !== 'consumer.set') return undefined;
  const { destination } = operation;
  return 'output' in destination ? destination.output : undefined;
}

export function snapshotsIn({ commands }: Ledger): SnapshotAccount[] {
  return commands.flatMap(({ steps, results }) =>
    steps.flatMap(({ snapshot, askedAt, answeredAt }, index) => {
      const result = results[index];
      const isDone = result?.kind === 'snapshot' && result.isWhole;
      const doneAt = isDone && answeredAt !== undefined ? answeredAt : NEVER;
      const isShort = result?.kind === 'snapshot' && result.isShort === true;
      return snapshot === undefined ? [] : [{ askedAt, doneAt, isDone, isShort, ...snapshot }];
    }),
  );
}
