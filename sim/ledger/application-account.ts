/** The account that a simulated application keeps of what it did. */

import type { ProcessExit } from '../../src/port/processes.ts';
import type { Workload } from '../input/workload.ts';

/** A step of a workload, done. Times are nanoseconds of the machine's clock. */
export interface Deed {
  readonly at: number;
  /** Undefined: nothing came back from it, since it ended the process. */
  doneAt: number | undefined;
  /** What the application saw of it. */
  saw: string;
}

/** A child as its parent sees it. */
export interface ChildOf {
  readonly who: string | undefined;
  end: { readonly at: number; readonly exit: ProcessExit } | undefined;
}

/** All that an application does and sees. */
export interface Life {
  readonly workload: Workload;
  begunAt: number | undefined;
  readonly deeds: Deed[];
  /** In the order of their start. */
  readonly children: ChildOf[];
}

export function lifeOf(workload: Workload): Life {
  return { workload, begunAt: undefined, deeds: [], children: [] };
}
