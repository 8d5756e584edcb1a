/**
 * The library's state in one thread. All copies and versions of the package in a thread share one instance, stored
 * under a well-known symbol on a Node module, of which each thread has its own; the first copy creates it. (Not on the
 * global object: each node:vm context, where test runners load packages anew, has its own. Nor on `process`: importing
 * it opens the program's standard streams.) The shape is a contract between versions: add members only.
 *
 * The engine (tracepoints and their connection to registries) is created on demand: by a program that defines a
 * tracepoint, or by `start` when there is a registry. One version provides the whole engine.
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
   * Waits until every registration is complete or waits for a registry: at most `msMax`, after the library's own
   * modules are loaded. Keeps the event loop alive meanwhile.
   */
  settled(msMax: number): Promise<void>;
}

/** This thread's instance; created by the first call. */
export function threadInstance(): Instance {
  const shared = thread as { [KEY]?: Instance };
  const known = shared[KEY];
  if (known !== undefined) return known;
  const made = makeInstance();
  try {
    Object.defineProperty(shared, KEY, { value: made });
  } catch {
    // The object is frozen: this copy of the package has an instance of its own.
  }
  return made;
}

function makeInstance(): Instance {
  let isStarted = false;
  let isSettled = false;
  /** Resolves when the modules are loaded and the registration has begun. */
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
          // In a new turn of the event loop, so that no frame of the library is on the program's stack.
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
