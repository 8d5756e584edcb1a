/** The calls of a control that are under way, until the control is closed. */
import type { Clock } from '../../src/port/clock.ts';
import { ControlError } from './api/control-error.ts';

export class OpenCalls {
  readonly #calls = new Set<Promise<unknown>>();
  /** Ends the pauses of watches. */
  readonly #pauses = new Set<() => void>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ControlError('CLOSED', 'The control is closed');
    const call = act();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Resolves after this time, or when the control is closed. */
  pause(clock: Clock, ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const timer = clock.setTimer(ms, end);
      this.#pauses.add(end);
    });
  }

  /** Resolves when all calls are over. */
  async close(interrupt: () => void): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#pauses]) end();
    interrupt();
    await Promise.allSettled([...this.#calls]);
  }
}
