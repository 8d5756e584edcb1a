/**
 * Programmer errors. Assertions are always on. Mistakes of peers and users are `Result` values instead (`result.ts`);
 * errors of the operating system are `OsError` values (`../port/os-error.ts`).
 */

/** Thrown when this project's own code broke one of its rules; the text is `kind:place:rule`. */
class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws {@link AssertionError} unless `condition` holds. */
export function assert(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new AssertionError(`Broken rule: ${rule}`);
}
