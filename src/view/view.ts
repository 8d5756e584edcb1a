/**
 * Shows traces: all of `lttng view` except the command line and the terminal.
 *
 * ```
 * const view = viewTrace(world, { paths, format: 'text', color, follow }, write, (result) => ...);
 * process.stdout.on('drain', view.resume);
 * ```
 *
 * `printer.ts` passes the output to `write`. After `write` returned false, the view writes nothing before `resume`. It
 * yields to other work after each turn.
 * Memory does not grow with the traces: it holds a window and one message per stream, and one piece of output.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';
import { MessagePrinter, type PrintOptions, type ViewSummary } from './printer.ts';
import { type OpenError, openTraceSet, POLL_MS, type TraceSet } from './trace-set.ts';

/** Messages in one turn, about 10 ms, before the view yields to other work. */
export const MESSAGES_PER_TURN = 8192;

export interface ViewOptions extends PrintOptions {
  /** Directories of traces, or parents of such directories. Absolute. */
  readonly paths: readonly string[];
  /** Waits for more messages until {@link View.stop}; `trace-set.ts` describes their order. */
  readonly follow: boolean;
}

export interface View {
  /** Continues after `write` returned false; not to be called from inside `write`. */
  resume(): void;
  /** Ends following: shows the present content of the files, then ends. Without `follow` the same as {@link cancel}. */
  stop(): void;
  /** Ends at once, with a summary of the messages shown so far. */
  cancel(): void;
}

/**
 * Shows traces through `write`. The view calls `onEnd` once, never from inside this call: with the summary, or with
 * the error if it could show nothing.
 */
export function viewTrace(
  world: World,
  options: ViewOptions,
  write: (bytes: Uint8Array) => boolean,
  onEnd: (result: Result<ViewSummary, OpenError>) => void,
): View {
  const running = new RunningView(world, options, write, onEnd);
  return {
    resume: () => running.resume(),
    stop: () => running.stop(),
    cancel: () => running.cancel(),
  };
}

class RunningView {
  readonly #world: World;
  readonly #options: ViewOptions;
  readonly #onEnd: (result: Result<ViewSummary, OpenError>) => void;
  readonly #printer: MessagePrinter;
  #set: TraceSet | undefined;
  #timer: Timer | undefined;
  #isFollowing: boolean;
  #isCancelled = false;
  #hasEnded = false;

  constructor(
    world: World,
    options: ViewOptions,
    write: (bytes: Uint8Array) => boolean,
    onEnd: (result: Result<ViewSummary, OpenError>) => void,
  ) {
    this.#world = world;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#isFollowing = options.follow;
    this.#printer = new MessagePrinter(options, write);
    this.#later(0, () => this.#open());
  }

  resume(): void {
    if (!this.#printer.isPaused || this.#isCancelled || this.#hasEnded) return;
    this.#printer.resume();
    this.#turn();
  }

  stop(): void {
    if (!this.#options.follow) return this.cancel();
    if (!this.#isFollowing || this.#hasEnded) return;
    this.#isFollowing = false;
    const set = this.#set;
    if (set === undefined) return; // Not open yet: opens without following.
    for (const problem of set.finish(this.#world.clock.monotonicNs()))
      this.#printer.showProblem(problem);
    if (!this.#isResting) this.#later(0, () => this.#turn());
  }

  cancel(): void {
    if (this.#hasEnded) return;
    this.#isCancelled = true;
    this.#later(0, () => this.#end());
  }

  #later(delayMs: number, task: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#world.clock.setTimer(delayMs, task);
  }

  #open(): void {
    const { files, clock } = this.#world;
    const opened = openTraceSet(files, this.#options.paths, {
      isFollowing: this.#isFollowing,
      nowNs: clock.monotonicNs(),
    });
    if (!opened.ok) {
      this.#hasEnded = true;
      this.#onEnd(fail(opened.error));
      return;
    }
    this.#set = opened.value.set;
    for (const problem of opened.value.problems) this.#printer.showProblem(problem);
    this.#turn();
  }

  #poll(): void {
    const problems = this.#set?.refresh(this.#world.clock.monotonicNs()) ?? [];
    for (const problem of problems) this.#printer.showProblem(problem);
    this.#turn();
  }

  get #isResting(): boolean {
    return this.#printer.isPaused || this.#isCancelled;
  }

  /** Shows messages until there are none, `write` returns false, or the turn is over. */
  #turn(): void {
    for (let count = 0; count < MESSAGES_PER_TURN && !this.#isResting; count++) {
      const message = this.#set?.next();
      if (message === undefined) return this.#rest();
      this.#printer.show(message);
    }
    if (!this.#isResting) this.#later(0, () => this.#turn());
  }

  /** Called when there is no message to show now. */
  #rest(): void {
    this.#printer.flush();
    if (this.#isResting) return;
    if (this.#isFollowing) this.#later(POLL_MS, () => this.#poll());
    else this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#set?.close();
    this.#onEnd(ok(this.#printer.summary));
  }
}
