/**
 * Shows traces: all of `lttng view` except the command line and the terminal.
 *
 * ```
 * const view = viewTrace(world, { paths, format: 'text', color, follow }, write, (result) => ...);
 * process.stdout.on('drain', view.resume);
 * ```
 *
 * The view passes its output to `write` in pieces of whole lines, UTF-8, at most {@link PIECE_BYTES} and one line long.
 * After `write` returned false, the view writes nothing before `resume`. It yields to other work after each turn.
 * Memory does not grow with the traces: it holds a window and one message per stream, and one piece of output.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { EventMessage, TraceMessage } from '../ctf/read/message.ts';
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';
import type { MessageRenderer } from './render.ts';
import { createJsonRenderer } from './render-json.ts';
import { createTextRenderer } from './render-text.ts';
import { type OpenError, openTraceSet, POLL_MS, type TraceSet } from './trace-set.ts';
import { Utf8Output } from './utf8-output.ts';

/** The view passes on its output once it is this long. */
const PIECE_BYTES = 64 * 1024;
/** Messages in one turn, about 10 ms, before the view yields to other work. */
const MESSAGES_PER_TURN = 8192;

export interface ViewOptions {
  /** Directories of traces, or parents of such directories. Absolute. */
  readonly paths: readonly string[];
  /** See `render-text.ts` and `render-json.ts`. */
  readonly format: 'text' | 'json';
  /** ANSI colours in text. */
  readonly color: boolean;
  /** Waits for more messages until {@link View.stop}; `trace-set.ts` describes their order. */
  readonly follow: boolean;
  /** Dates before times of day in text. */
  readonly dates?: boolean;
  /** Shows only events for which it returns true; `plain.ts` converts their fields to objects. */
  readonly filter?: (event: EventMessage) => boolean;
  /** Called for each problem, which the output has in its place as well. One sentence. */
  readonly onProblem?: (sentence: string) => void;
}

/** Counts of a finished view. */
export interface ViewSummary {
  /** Events shown. */
  readonly events: number;
  /** Events and packets that the traces report as lost, shown or filtered. */
  readonly discardedEvents: bigint;
  readonly discardedPackets: bigint;
  /** Streams and traces that could not be read, or not to their end; the output names each. */
  readonly problems: number;
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
  readonly #write: (bytes: Uint8Array) => boolean;
  readonly #onEnd: (result: Result<ViewSummary, OpenError>) => void;
  readonly #renderer: MessageRenderer;
  #set: TraceSet | undefined;
  #timer: Timer | undefined;
  #isFollowing: boolean;
  #isPaused = false;
  #isCancelled = false;
  #hasEnded = false;
  readonly #output = new Utf8Output(PIECE_BYTES + PIECE_BYTES / 4);
  #events = 0;
  #discardedEvents = 0n;
  #discardedPackets = 0n;
  #problems = 0;

  constructor(
    world: World,
    options: ViewOptions,
    write: (bytes: Uint8Array) => boolean,
    onEnd: (result: Result<ViewSummary, OpenError>) => void,
  ) {
    const { format, color, dates = false, follow } = options;
    this.#world = world;
    this.#options = options;
    this.#write = write;
    this.#onEnd = onEnd;
    this.#isFollowing = follow;
    this.#renderer =
      format === 'json' ? createJsonRenderer() : createTextRenderer({ color, dates });
    this.#later(0, () => this.#open());
  }

  resume(): void {
    if (!this.#isPaused || this.#isCancelled || this.#hasEnded) return;
    this.#isPaused = false;
    this.#turn();
  }

  stop(): void {
    if (!this.#options.follow) return this.cancel();
    if (!this.#isFollowing || this.#hasEnded) return;
    this.#isFollowing = false;
    const set = this.#set;
    if (set === undefined) return; // Not open yet: opens without following.
    for (const problem of set.finish(this.#world.clock.monotonicNs())) this.#showProblem(problem);
    if (!this.#isPaused) this.#later(0, () => this.#turn());
  }

  cancel(): void {
    if (this.#hasEnded) return;
    this.#isCancelled = true;
    this.#isPaused = true;
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
    for (const problem of opened.value.problems) this.#showProblem(problem);
    this.#turn();
  }

  #poll(): void {
    const problems = this.#set?.refresh(this.#world.clock.monotonicNs()) ?? [];
    for (const problem of problems) this.#showProblem(problem);
    this.#turn();
  }

  /** Shows messages until there are none, `write` returns false, or the turn is over. */
  #turn(): void {
    for (let count = 0; count < MESSAGES_PER_TURN && !this.#isPaused; count++) {
      const message = this.#set?.next();
      if (message === undefined) return this.#rest();
      this.#show(message);
      if (this.#output.length >= PIECE_BYTES) this.#flush();
    }
    if (!this.#isPaused) this.#later(0, () => this.#turn());
  }

  /** Called when there is no message to show now. */
  #rest(): void {
    this.#flush();
    if (this.#isPaused) return;
    if (this.#isFollowing) this.#later(POLL_MS, () => this.#poll());
    else this.#end();
  }

  #show(message: TraceMessage): void {
    switch (message.kind) {
      case 'event':
        if (this.#options.filter?.(message) === false) return;
        this.#events++;
        break;
      case 'discarded-events':
        this.#discardedEvents += message.count;
        break;
      case 'discarded-packets':
        this.#discardedPackets += message.count;
        break;
      case 'problem':
        if (message.fatal) this.#countProblem(message.text);
    }
    this.#renderer.message(message, this.#output);
  }

  #countProblem(sentence: string): void {
    this.#problems++;
    this.#options.onProblem?.(sentence);
  }

  #showProblem(problem: string): void {
    this.#countProblem(problem);
    this.#renderer.problem(problem, this.#output);
  }

  /** Passes the output to `write`. */
  #flush(): void {
    if (this.#output.length > 0 && !this.#write(this.#output.take())) this.#isPaused = true;
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#set?.close();
    this.#onEnd(
      ok({
        events: this.#events,
        discardedEvents: this.#discardedEvents,
        discardedPackets: this.#discardedPackets,
        problems: this.#problems,
      }),
    );
  }
}
