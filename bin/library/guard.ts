/**
 * The library's entrance: keeps its internal errors away from the program that it runs in. After the first error it
 * drops all callbacks, and the program continues untraced.
 */
import { Blocking } from '../../src/os/blocking.ts';
import type { Entrance } from '../../src/os/entrance.ts';

export class Guard implements Entrance {
  readonly isBackground = true;
  readonly blocking = new Blocking();
  readonly #onMistake: (error: unknown) => void;
  readonly #open = new Set<{ close(): void }>();
  #isClosed = false;

  /** `onMistake` is called once, from inside the callback that failed; it must not throw. */
  constructor(onMistake: (error: unknown) => void) {
    this.#onMistake = onMistake;
  }

  readonly run = (call: () => void): void => {
    if (this.#isClosed) return;
    try {
      call();
    } catch (error) {
      this.#isClosed = true;
      this.#onMistake(error);
    }
  };

  hold(resource: { close(): void }): () => void {
    this.#open.add(resource);
    return () => this.#open.delete(resource);
  }

  /** Runs no further callback, and closes what is open. */
  close(): void {
    this.#isClosed = true;
    for (const resource of [...this.#open]) resource.close();
    this.#open.clear();
  }
}
