/** The stores into one buffer, so that a test can ask what a process killed between any two would have left. */
import { onTestFinished } from 'vitest';
import { watchStores as watch } from '../../../sim/ring/watched.ts';

interface Store {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Journal {
  /** How many stores there were so far. */
  readonly length: number;
  /** Applies the stores from `from` to before `to` to a buffer that had the same content when watching began. */
  replay(target: ArrayBuffer, from: number, to: number): void;
  /** Watches no more; the views that were made still do. */
  stop(): void;
}

/** From now until the test ends, views made of `buffer` note what is stored through them. */
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
