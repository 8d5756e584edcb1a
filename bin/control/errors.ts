/** Makes the errors of the control library. */
import { type ClientFailure, failureIn, type StepResult } from '../../actors/client/plans/plan.ts';
import type { ConfigError } from '../../src/kept/session-config.ts';
import { ControlError } from './api/control-error.ts';

/** The failure of a client; keeps its code and reason. */
export function failureError(
  { code, reason }: Pick<ClientFailure, 'code' | 'reason'>,
  isSessionLeft = false,
): ControlError {
  return new ControlError(code, reason, { isSessionLeft });
}

/** A request that is wrong in itself. */
export function usageError(reason: string): ControlError {
  return new ControlError('USAGE', reason);
}

export function configError({ file, reason }: ConfigError): ControlError {
  return new ControlError('BAD_CONFIG', `${file} ${reason}`, { lack: { kind: 'bad-config' } });
}

/** Throws the first failure among the results. */
export function throwFailure(results: readonly StepResult[]): void {
  const failed = failureIn(results);
  if (failed !== undefined) throw failureError(failed);
}
