/** Faults that took effect, and when the machine was healed. */
import type { KilledUnder } from '../input/fault.ts';

/** A fault that hit. */
export interface FaultHit {
  readonly label: string;
  /** Label of the process that it hit; undefined: the machine. */
  readonly who: string | undefined;
  /** In a run with several hosts: those that it hits. */
  readonly hosts?: readonly string[];
  /** Virtual nanoseconds since the machine started; for good: infinite. An instantaneous fault ends when it begins. */
  readonly at: number;
  readonly until: number;
  /** A write was torn after all of its bytes: they are in the file, and the writer died before it could note that. */
  readonly isWhole?: true;
  /** The request in progress. */
  readonly under?: KilledUnder | undefined;
}

export interface Healing {
  /** Nanoseconds. */
  readonly healedAt: number;
  /** Labels of commands that no fault excuses. */
  readonly probes: ReadonlySet<string>;
}

/** A full disk took a part of a write, and the consumer was killed before it cut that off. */
export function wasCutShort(hits: readonly FaultHit[]): boolean {
  const texts = hits.map(({ label, who = '' }) => `${label} ${who}`);
  const wasHit = (by: RegExp): boolean => texts.some((text) => by.test(text));
  return wasHit(/^(disk-full|short-write) /) && wasHit(/^kill.*\/ust-consumerd\./);
}
