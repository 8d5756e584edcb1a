/**
 * Courses: commands that also read and write files of their user, before, between and after their plans. A course says
 * which plan comes next and gets its results; who follows it carries the plans out, on a real or a simulated machine.
 */
import type { OsResult } from '../../../src/port/os-error.ts';
import type { ClientErrorCode, Plan, StepResult } from '../plans/plan.ts';

/**
 * Whether the client starts a registry when none answers. With `running-registry` it starts one only if that registry
 * has sessions to restore.
 */
export type StartPolicy = 'start-registry' | 'running-registry';

/** A plan to carry out. */
export interface Leg {
  readonly plan: Plan;
  readonly start: StartPolicy;
}

/** When a leg cannot be carried out, its error is thrown into the course. */
export type Course<T> = Generator<Leg, T, readonly StepResult[]>;

/** Why a command fails, as a code and a sentence. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code: ClientErrorCode | 'USAGE' | 'FILE_EXISTS';
  readonly reason: string;
}

/** The refusal of a command whose file cannot be written. */
export function unwritten({ error }: Extract<OsResult<unknown>, { ok: false }>): Refusal {
  const { subject, code } = error;
  return { kind: 'refusal', code: 'NO_OUTPUT', reason: `Cannot write ${subject} (${code})` };
}
