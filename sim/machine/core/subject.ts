/** Who makes a World call, and what a path leads to, as far as permissions are concerned. */

import type { Result } from '../../../src/base/result.ts';
import type { OsErrorCode } from '../../../src/port/os-error.ts';
/** Somebody whose rights are checked. */
export interface Subject {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groupIds: readonly number[];
}

export type Found<T> = Result<T, OsErrorCode>;
