/** Unwraps a result; a benchmark stops at the first error. */
import type { Result } from '../../src/base/result.ts';

export function must<T, E>(result: Result<T, E>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
}
