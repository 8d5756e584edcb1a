/** One job of `lttng-sim fuzz`: every so-many-th seed, in a process of its own. Both ends speak these messages. */
import type { Tallies } from '../../sim/run/ensemble.ts';
import type { FailureFile, Origin } from '../../sim/run/failure-file.ts';

/** What a job has to do: seeds `first`, `first + stride`, ... below `end`, each in all scenarios. */
export interface FuzzWork {
  readonly scenarios: readonly string[];
  readonly first: number;
  readonly stride: number;
  readonly end: number;
  readonly bug: string | undefined;
  /** One run in so many is done twice and compared; 0: none. */
  readonly twiceEvery: number;
  readonly keepsGoing: boolean;
  /** Whether failing inputs are made smaller. */
  readonly minimises: boolean;
  readonly origin: Origin;
}

/** What a job tells. */
export type FuzzNews =
  /** Since the news before. */
  | {
      readonly kind: 'progress';
      readonly tallies: Tallies;
      readonly repeated: number;
      readonly simulatedMs: number;
      /** Faults and quirks that hit, by the runs in which they did. */
      readonly labels: Readonly<Record<string, number>>;
    }
  /** Told at once; `minimised` follows as another failure of the same seed. */
  | { readonly kind: 'failure'; readonly seed: number; readonly failure: FailureFile };
