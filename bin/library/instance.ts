/**
 * The library's state in one thread. All copies and versions of the package in a thread share one, filed under
 * a well-known symbol; whoever comes first makes it. Its shape is a contract between versions: only grow it.
 */

import { utf8Write } from '../../src/os/recording.ts';
import { Tracer } from '../../src/tracer/tracer.ts';
import { startRegistration } from './start.ts';

const KEY = Symbol.for('lttng-ts.v1');

export interface Instance {
  readonly tracer: Pick<Tracer, 'tracepoint'>;
  /** Registers with the registries in the background, once. Never throws. */
  start(): void;
  /** Waits until that has got as far as it can, at most `msMax`; keeps the event loop alive meanwhile. */
  settled(msMax: number): Promise<void>;
}

/** This thread's instance; made at the first call. */
export function threadInstance(): Instance {
  const shared = globalThis as { [KEY]?: Instance };
  const known = shared[KEY];
  if (known !== undefined) return known;
  const made = makeInstance();
  try {
    Object.defineProperty(shared, KEY, { value: made });
  } catch {
    // The global object is frozen: this copy of the package works alone.
  }
  return made;
}

function makeInstance(): Instance {
  const tracer = new Tracer({ utf8Write });
  let isStarted = false;
  let isSettled = false;
  const waiting = new Set<() => void>();
  const settle = (): void => {
    isSettled = true;
    for (const resume of waiting) resume();
    waiting.clear();
  };
  return {
    tracer,
    start() {
      if (isStarted) return;
      isStarted = true;
      startRegistration(tracer, settle);
    },
    async settled(msMax) {
      if (isSettled) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, msMax);
        waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
