/** How plans end the sessions that they have made: the kernel part of one first (R1.24). */
import type { Step, StepResult } from './plan.ts';

/** The kernel part that a plan has made. */
export function madePartIn(results: readonly StepResult[]): string | undefined {
  const parts = results.flatMap((result) =>
    result.kind === 'reply' && result.value.session?.domain === 'kernel'
      ? [result.value.session.uuid]
      : [],
  );
  return parts[0];
}

/**
 * Destroys the session and its kernel part one after the other, also when that is interrupted, up to the first that
 * stays. `done`: the results of that so far.
 */
export function nextEnd(
  session: string,
  part: string | undefined,
  done: readonly StepResult[],
): Step | undefined {
  const ended = done.filter((result) => result.kind !== 'failure' || result.code !== 'INTERRUPTED');
  const next = (part === undefined ? [session] : [part, session])[ended.length];
  if (next === undefined || ended.some(isRefusedEnd)) return undefined;
  return {
    kind: 'request',
    operation: { op: 'session.destroy', session: next },
    isAskedAgain: true,
  };
}

/** Whether the session is still there. */
export function isRefusedEnd(result: StepResult): boolean {
  return result.kind === 'failure' && result.code !== 'NO_SESSION';
}
