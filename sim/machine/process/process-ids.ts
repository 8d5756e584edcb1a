/** Allocates process ids in sequence; a quirk sometimes reuses an old one, as after a wrap-around. */
import { assert } from '../../../src/base/assert.ts';
import type { Kernel } from './kernel.ts';
import type { ProcessSpec, SimProcess } from './process.ts';

const FIRST_PID = 1000;

export class ProcessIds {
  readonly #kernel: Kernel;
  #next = FIRST_PID;
  #wanted: number | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The next process gets the id of this process. */
  reuse({ pid, isGone }: SimProcess): void {
    assert(isGone, 'an id is free when its process is gone');
    this.#wanted = pid;
  }

  /** The id of a new process. An observer's login process (`isPinned`) reuses none. */
  take(process: Pick<ProcessSpec, 'label' | 'program' | 'isPinned'>): number {
    const again = this.#wanted ?? (process.isPinned ? undefined : this.#ofTheGone(process));
    this.#wanted = undefined;
    return again ?? this.#next++;
  }

  /** Half the time the id of an ended process of the same program; half the time that of the last one to end. */
  #ofTheGone({ label, program }: Pick<ProcessSpec, 'label' | 'program'>): number | undefined {
    const { processes, scheduler } = this.#kernel;
    const gone = [...processes.values()]
      .filter(({ isGone }) => isGone)
      .toSorted((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0));
    if (gone.length === 0 || !scheduler.quirks.happens('id-reused', label)) return undefined;
    const stream = scheduler.noise.stream(`id of ${label}`);
    const alike = gone.filter((each) => each.program === program);
    const those = alike.length > 0 && stream.oneIn(2) ? alike : gone;
    const last = those.length - 1;
    return those[stream.oneIn(2) ? last : stream.below(those.length)]?.pid;
  }
}
