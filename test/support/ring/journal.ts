/** Records the stores into one buffer, so that a test can rebuild the state that a kill between any two would leave. */
import { onTestFinished } from 'vitest';
import { watchStores as watch } from '../../../sim/ring/watched.ts';

interface Store {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Journal {
  /** The number of stores so far. */
  readonly length: number;
  /** Applies the stores from `from` to before `to` to a buffer with the content at the start of recording. */
  replay(target: ArrayBuffer, from: number, to: number): void;
  /** Stops recording stores through new views; existing views still record. */
  stop(): void;
}

/** Until the test ends, views created on `buffer` record the stores through them. */
export function watchStores(buffer: ArrayBuffer): Journal {
  const memory = new Uint8Array(buffer);
  const stores: Store[] = [];
  const stop = watch(buffer, (offset, length) => {
    stores.push({ offset, bytes: memory.slice(offset, offset + length) });
  });
  onTestFinished(stop);
  return {
    get length() {
      return stores.length;
    },
    stop,
    replay: (target, from, to) => {
      const bytes = new Uint8Array(target);
      for (const { offset, bytes: stored } of stores.slice(from, to)) bytes.set(stored, offset);
    },
  };
}
