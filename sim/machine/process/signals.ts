/** Signals of simulated processes. */
import type { Lane } from '../core/lane.ts';
import type { Kernel } from './kernel.ts';
import type { SimProcess } from './process.ts';

export type SignalName = 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP';

/** The handlers a process has for signals. Signals without one end the process. */
export class SignalHandlers {
  readonly #kernel: Kernel;
  readonly #process: SimProcess;
  readonly #lane: Lane;
  readonly #handlers = new Map<string, ((name: string) => void)[]>();

  constructor(kernel: Kernel, process: SimProcess) {
    this.#kernel = kernel;
    this.#process = process;
    this.#lane = kernel.lane(`${process.label} signals`);
  }

  /** Adds a handler; all of them are called, in order. */
  add(name: string, handler: (name: string) => void): void {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
  }

  /** Sends a signal: it takes effect a little later, SIGKILL at once. */
  send(name: SignalName): void {
    const kernel = this.#kernel;
    if (name === 'SIGKILL') {
      kernel.end(this.#process, { signal: name });
      return;
    }
    kernel.quirks.holdUp('signal-late', this.#lane, kernel.now);
    kernel.post(this.#lane, () => this.#receive(name));
  }

  #receive(name: SignalName): void {
    const kernel = this.#kernel;
    if (this.#process.isPaused) {
      this.#process.waiting.push(() => this.#receive(name));
      return;
    }
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) {
      kernel.end(this.#process, { signal: name });
      return;
    }
    kernel.deliver(this.#process, 'signal', name, () => {
      for (const handler of handlers) handler(name);
    });
  }
}
