/** Messages between `lttng-sim fuzz` and its jobs; each job runs every n-th seed in a process of its own. */
import type { Tallies } from '../../sim/run/ensemble.ts';
import type { FailureFile, Origin } from '../../sim/run/failure-file.ts';

/** The work of a job: seeds `first`, `first + stride`, ... below `end`, each in all scenarios. */
export interface FuzzWork {
  readonly scenarios: readonly string[];
  readonly first: number;
  readonly stride: number;
  readonly end: number;
  readonly bug: string | undefined;
  /** The job repeats one run in so many and compares; 0: none. */
  readonly twiceEvery: number;
  readonly keepsGoing: boolean;
  /** Whether the job minimises failing inputs. */
  readonly minimises: boolean;
  readonly origin: Origin;
}

/** Messages of a job. */
export type FuzzNews =
  /** Counts since the previous message. */
  | {
      readonly kind: 'progress';
      readonly tallies: Tallies;
      readonly repeated: number;
      readonly simulatedMs: number;
      /** For each fault and quirk, the number of runs in which it hit. */
      readonly labels: Readonly<Record<string, number>>;
    }
  /** Sent at once; `minimised` follows as another failure of the same seed. */
  | { readonly kind: 'failure'; readonly seed: number; readonly failure: FailureFile };
