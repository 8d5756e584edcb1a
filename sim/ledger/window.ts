/** When something of a session was active, as far as the commands of its user show. */

/** When a session or a rule was active. The window bounds the events that must, and that can, be in a trace. */
export interface Window {
  readonly askedAt: number;
  readonly activeAt: number;
  /** Infinity: no command requested the end, or none was answered. */
  readonly endAskedAt: number;
  readonly endedAt: number;
}

export const NEVER = Number.POSITIVE_INFINITY;

/** Closes the windows that are still open and match. */
export function ended<T extends Window>(
  all: readonly T[],
  isMatch: (one: T) => boolean,
  endAskedAt: number,
  endedAt: number,
): T[] {
  return all.map((one) =>
    one.endAskedAt === NEVER && isMatch(one) ? { ...one, endAskedAt, endedAt } : one,
  );
}
