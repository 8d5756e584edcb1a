/**
 * kill -9 at a store into shared memory, in the middle of a tracepoint, while registry and consumer continue. It
 * watches a simulated application's views of its buffers from the moment at which the application attaches them.
 */

import type { SimProcess } from '../machine/simulation.ts';
import { watchAll } from '../ring/watched.ts';

export class StoreKills {
  readonly #writers = new Map<ArrayBuffer, SimProcess>();
  #stop: (() => void) | undefined;

  /** Kills the process at its `n`th store, counted from 1. */
  arm(process: SimProcess, n: number): void {
    process.storesUntilKill = n;
    process.onWritable = (buffer) => void this.#writers.set(buffer, process);
    this.#stop ??= watchAll((buffer) => {
      const writer = this.#writers.get(buffer);
      return writer === undefined ? undefined : () => writer.store();
    }, 1);
  }

  /** Restores the views. */
  release(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
