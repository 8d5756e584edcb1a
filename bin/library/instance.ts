/**
 * The library's state in one thread. All copies and versions of the package in a thread share one, filed under
 * a well-known symbol at a module of Node's, of which each thread has one; whoever comes first makes it. (Not at the
 * global object: each context of node:vm, where test runners load packages anew, has one of its own. Nor at
 * `process`: importing that opens the program's standard streams.) Its shape is a contract between versions: only
 * grow it.
 *
 * The engine, tracepoints and what connects them, is made when it is needed: by a program that defines a
 * tracepoint, or by the start when there is a registry. It is of one version as a whole.
 */
import thread from 'node:worker_threads';
import { shareAttachments } from '../../src/os/thread-attachments.ts';
import type { Engine } from './engine.ts';
import { startRegistration } from './start.ts';

const KEY = Symbol.for('lttng-ts.v1');

export interface Instance {
  engine: Engine | undefined;
  /** Registers with the registries in the background, once. Never throws. */
  start(): void;
  /**
   * Waits until that has got as far as it can. A registry is waited for at most `msMax`; what has to be loaded of our
   * own does not count. Keeps the event loop alive meanwhile.
   */
  settled(msMax: number): Promise<void>;
}

/** This thread's instance; made at the first call. */
export function threadInstance(): Instance {
  const shared = thread as { [KEY]?: Instance };
  const known = shared[KEY];
  if (known !== undefined) return known;
  const made = makeInstance();
  try {
    Object.defineProperty(shared, KEY, { value: made });
  } catch {
    // The object is frozen: this copy of the package works alone.
  }
  return made;
}

function makeInstance(): Instance {
  let isStarted = false;
  let isSettled = false;
  /** Ends when everything is loaded and on its way to the registries. */
  let loading = Promise.resolve();
  const waiting = new Set<() => void>();
  const settle = (): void => {
    isSettled = true;
    for (const resume of waiting) resume();
    waiting.clear();
  };
  const instance: Instance = {
    engine: undefined,
    start() {
      if (isStarted) return;
      isStarted = true;
      shareAttachments();
      startRegistration(() => (loading = connect()), settle);
    },
    async settled(msMax) {
      await loading.catch(() => undefined);
      if (isSettled) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, msMax);
        waiting.add(() => {
          clearTimeout(timer);
          // From a fresh turn of the event loop, so that nothing of ours is on the program's stack.
          setImmediate(resolve);
        });
      });
    },
  };
  const connect = async (): Promise<void> => {
    const { makeEngine } = await import('./engine.ts');
    instance.engine ??= makeEngine();
    await instance.engine.connect(settle);
  };
  return instance;
}
