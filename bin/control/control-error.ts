/** The errors that the control library throws. */
import type { ClientErrorCode, ClientFailure } from '../../actors/client/plans/plan.ts';

/** `docs/control.md` lists them. */
export type ControlErrorCode = ClientErrorCode | 'USAGE' | 'NO_DIRECTORY' | 'CLOSED';

/** What could not be done: one sentence without its full stop, and its code. */
export class ControlError extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, reason: string) {
    super(reason);
    this.name = 'ControlError';
    this.code = code;
  }
}

/** The failure of a client; keeps its code and reason. */
export function failureError({
  code,
  reason,
}: Pick<ClientFailure, 'code' | 'reason'>): ControlError {
  return new ControlError(code, reason);
}

/** A request that is wrong in itself. */
export function usageError(reason: string): ControlError {
  return new ControlError('USAGE', reason);
}
