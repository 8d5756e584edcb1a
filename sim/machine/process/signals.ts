/** Signals of simulated processes. */
import type { ProcessExit, SignalName } from '../../../src/port/processes.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';

export type AnySignal = SignalName | 'SIGKILL';

type SignalHandler = (name: SignalName, isShared: boolean) => void;

/** The process that receives the signals. */
interface Receiver {
  readonly label: string;
  readonly isPaused: boolean;
  /** Deliveries that wait until the process is no longer paused, in order. */
  readonly waiting: (() => void)[];
  deliver(kind: string, payload: string, handler: () => void): void;
  end(exit: ProcessExit): void;
}

/** The signal handlers of a process. A signal without a handler ends the process. */
export class SignalHandlers {
  readonly #scheduler: HostScheduler;
  readonly #process: Receiver;
  readonly #lane: Lane;
  readonly #handlers = new Map<SignalName, SignalHandler[]>();

  constructor(scheduler: HostScheduler, process: Receiver) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#lane = scheduler.lane(`${process.label} signals`);
  }

  /** Adds a handler; a signal calls all its handlers, in order. The returned function takes it away again. */
  add(name: SignalName, handler: SignalHandler): () => void {
    // The same function may be added twice.
    const entry: SignalHandler = (...args) => handler(...args);
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), entry]);
    return () => {
      const left = this.#handlers.get(name)?.filter((other) => other !== entry) ?? [];
      if (left.length > 0) this.#handlers.set(name, left);
      else this.#handlers.delete(name);
    };
  }

  /** Sends a signal: it takes effect a little later, SIGKILL at once. */
  send(name: AnySignal): void {
    if (name === 'SIGKILL') {
      this.#process.end({ signal: name });
      return;
    }
    const scheduler = this.#scheduler;
    scheduler.quirks.holdUp('signal-late', this.#lane, scheduler.now);
    scheduler.post(this.#lane, () => this.#receive(name));
  }

  #receive(name: SignalName): void {
    if (this.#process.isPaused) {
      this.#process.waiting.push(() => this.#receive(name));
      return;
    }
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) {
      this.#process.end({ signal: name });
      return;
    }
    this.#process.deliver('signal', name, () => {
      // A simulated machine has no terminal: each signal is for one process.
      for (const handler of handlers) handler(name, false);
    });
  }
}
