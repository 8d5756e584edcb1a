/**
 * The only way from Node's event loop into the code above the World: every callback that this folder gives to Node runs
 * through an entrance. A daemon's entrance lets errors pass: they end the daemon. The library's entrance
 * (`bin/library/guard.ts`) keeps them away from the traced program.
 */
import { clearImmediate, setImmediate } from 'node:timers';
import type { Blocking } from './blocking.ts';

export interface Entrance {
  /** Nothing of the World keeps the process alive: no timer, connection or child. */
  readonly isBackground: boolean;
  /** Runs a callback. */
  run(call: () => void): void;
  /** Keeps a resource that must be closed when the entrance closes; the returned function forgets it. */
  hold(resource: { close(): void }): () => void;
  /** Delivers the World's events while the thread blocks; undefined: it never does. */
  readonly blocking?: Blocking | undefined;
}

/** The entrance of a program of ours. */
export const openEntrance: Entrance = {
  isBackground: false,
  run: (call) => call(),
  hold: () => () => undefined,
};

/** The callback for Node that runs `call` through the entrance. */
export function entering<Args extends readonly unknown[]>(
  entrance: Entrance,
  call: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => entrance.run(() => call(...args));
}

/** Runs `call` through the entrance, later: in another turn of the event loop, or while the thread blocks. */
export function soon(
  entrance: Entrance,
  call: () => void,
  isBackground = entrance.isBackground,
): void {
  const go = entering(entrance, () => {
    clearImmediate(turn);
    forget?.();
    call();
  });
  const turn = setImmediate(go);
  if (isBackground) turn.unref();
  const forget = entrance.blocking?.add({
    poll: () => {
      go();
      return true;
    },
  });
}
