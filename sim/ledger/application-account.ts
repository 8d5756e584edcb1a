/** The account that a simulated application keeps of what it did. */

import type { ProcessExit } from '../../src/port/processes.ts';
import type { Workload } from '../input/workload.ts';

/** A step of a workload, done. Times are nanoseconds of the machine's clock. */
export interface StepOutcome {
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
export interface ApplicationAccount {
  readonly workload: Workload;
  begunAt: number | undefined;
  readonly outcomes: StepOutcome[];
  /** In the order of their start. */
  readonly children: ChildOf[];
}

export function applicationAccountOf(workload: Workload): ApplicationAccount {
  return { workload, begunAt: undefined, outcomes: [], children: [] };
}
