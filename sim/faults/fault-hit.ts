/** Faults that took effect, and when everything worked again. */
import type { KilledUnder } from '../input/fault.ts';

/** A fault that hit. */
export interface FaultHit {
  readonly label: string;
  /** Whom it hit, by label; undefined: the machine. */
  readonly who: string | undefined;
  /** Virtual nanoseconds since the machine started; for good: infinite. What is over at once ends when it begins. */
  readonly at: number;
  readonly until: number;
  /** A write was torn after all of its bytes: they are in the file, and nobody knows. */
  readonly isWhole?: true;
  /** The request that was under way. */
  readonly under?: KilledUnder | undefined;
}

export interface Healing {
  /** Nanoseconds. */
  readonly healedAt: number;
  /** Commands that nothing excuses. */
  readonly probes: ReadonlySet<string>;
}
