/** Checkpoints: the rolling hash of a run at some of its steps, to find the first step where two runs differ. */
import type { Checkpoint, Simulation, Step } from '../machine/simulation.ts';

/** Entries that a run keeps at most: every step of a short one, every 2^n-th of a long one. */
export const CHECKPOINTS_MAX = 512;

export interface CheckpointRecorder {
  /** Receives every step of the run. */
  readonly onStep: (step: Step, simulation: Simulation) => void;
  /** Evenly spaced, in order. */
  readonly checkpoints: () => readonly Checkpoint[];
}

export function checkpointRecorder(): CheckpointRecorder {
  let kept: Checkpoint[] = [];
  let stride = 1;
  return {
    onStep: ({ step, time }, simulation) => {
      if (step % stride !== 0) return;
      kept.push({ step, time, hash: simulation.hash() });
      if (kept.length <= CHECKPOINTS_MAX) return;
      stride *= 2;
      kept = kept.filter((entry) => entry.step % stride === 0);
    },
    checkpoints: () => kept,
  };
}

/** The runs agree up to `after` and no longer at `step`; with a distance of 1 it is exactly that step. */
export interface Difference {
  readonly after: number;
  readonly step: number;
}

/** The first difference among the steps that both runs recorded; undefined when there is none. */
export function firstDifference(
  one: readonly Checkpoint[],
  other: readonly Checkpoint[],
): Difference | undefined {
  const hashes = new Map(other.map(({ step, hash }) => [step, hash]));
  const last = Math.min(one.at(-1)?.step ?? 0, other.at(-1)?.step ?? 0);
  let after = 0;
  for (const { step, hash } of one) {
    const there = hashes.get(step);
    if (there === undefined && step <= last) continue;
    if (there !== hash) return { after, step };
    after = step;
  }
  const isLonger = (other.at(-1)?.step ?? 0) > (one.at(-1)?.step ?? 0);
  const next = isLonger ? other.find(({ step }) => step > after) : undefined;
  return next === undefined ? undefined : { after, step: next.step };
}
