/** The credentials that permission checks use, and the result of a lookup. */

import type { Result } from '../../../src/base/result.ts';
import type { OsErrorCode } from '../../../src/port/os-error.ts';
/** The credentials whose rights a call checks. */
export interface Subject {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groupIds: readonly number[];
}

export type Found<T> = Result<T, OsErrorCode>;
