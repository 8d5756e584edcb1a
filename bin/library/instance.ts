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
import { shareNativeLock } from '../../src/os/native-lock.ts';
import { shareAttachments } from '../../src/os/thread-attachments.ts';
import type { Engine } from './engine.ts';
import { startRegistration } from './start.ts';

const KEY = Symbol.for('lttng-ts.v1');

export interface Instance {
  engine: Engine | undefined;
  /**
   * Registers with the registries, once; later calls do nothing. `blockMsMax`: blocks the thread until every
   * registration is complete or waits for a registry, at most this long. Never throws.
   */
  start(blockMsMax?: number): void;
}

/** This thread's instance; the first call creates it, and then `loadEngine` loads the engine on demand. */
export function threadInstance(loadEngine: () => Engine): Instance {
  const shared = thread as { [KEY]?: Instance };
  const known = shared[KEY];
  if (known !== undefined) return known;
  const made = makeInstance(loadEngine);
  try {
    Object.defineProperty(shared, KEY, { value: made });
  } catch {
    // The object is frozen: this copy of the package has an instance of its own.
  }
  return made;
}

function makeInstance(loadEngine: () => Engine): Instance {
  let isStarted = false;
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  const instance: Instance = {
    engine: undefined,
    start(blockMsMax = 0) {
      if (isStarted) return;
      isStarted = true;
      shareAttachments();
      shareNativeLock();
      startRegistration(() => {
        instance.engine ??= loadEngine();
        const connected = instance.engine.connect(settle);
        const isConnected = !(connected instanceof Promise);
        if (isConnected && blockMsMax > 0) connected.block(() => isSettled, blockMsMax);
        return connected;
      });
    },
  };
  return instance;
}
