/** The rotations of a session, derived from the answers to the commands of its user. */
import type { SessionInfo } from '../../src/wire/control/messages.ts';
import type { StepAccount } from './ledger.ts';

/** A command that cut the trace of a session, or removed what it had recorded. */
export interface RotationAccount {
  readonly isClear: boolean;
  readonly askedAt: number;
  /** Infinity: it was not answered, or failed. */
  readonly doneAt: number;
  /** Archives that the session had then; undefined: unknown. */
  readonly archives: number | undefined;
}

/** The rotations after a step on the session, which `info` answers. */
export function rotationsAfter(
  rotations: readonly RotationAccount[],
  {
    operation,
    askedAt,
    answeredAt = Number.POSITIVE_INFINITY,
  }: Pick<StepAccount, 'operation' | 'askedAt' | 'answeredAt'>,
  info: SessionInfo | undefined,
): readonly RotationAccount[] {
  if (operation?.op !== 'session.rotate' && operation?.op !== 'session.clear') return rotations;
  const isClear = operation.op === 'session.clear';
  const doneAt = info === undefined ? Number.POSITIVE_INFINITY : answeredAt;
  return [...rotations, { isClear, askedAt, doneAt, archives: info?.rotation?.archives }];
}

/** Earlier events may have been removed. */
export function clearedUntil(rotations: readonly RotationAccount[]): number {
  return Math.max(-1, ...rotations.flatMap(({ isClear, doneAt }) => (isClear ? doneAt : [])));
}
