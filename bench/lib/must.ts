/** A benchmark stops at the first thing that does not work. */
import type { Result } from '../../src/base/result.ts';

export function must<T, E>(result: Result<T, E>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
}
