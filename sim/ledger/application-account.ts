/** The account that a simulated application keeps of its steps and their outcomes. */

import type { ProcessExit } from '../../src/port/processes.ts';
import type { Workload } from '../input/workload.ts';

/** An executed step of a workload. Times are nanoseconds of the machine's clock. */
export interface StepOutcome {
  readonly at: number;
  /** Undefined: the step ended the process and did not return. */
  doneAt: number | undefined;
  /** The result that the application saw. */
  saw: string;
}

/** A child as its parent sees it. */
export interface ChildOf {
  readonly who: string | undefined;
  end: { readonly at: number; readonly exit: ProcessExit } | undefined;
}

/** The steps of an application and the results that it saw. */
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
