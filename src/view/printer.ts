/**
 * Prints messages through `write`, in pieces of whole lines, UTF-8, at most {@link PIECE_BYTES} and one line long, and
 * counts them. After `write` returned false it is paused until the caller resumes it: it holds one piece of output.
 */
import type { EventMessage, TraceMessage } from '../ctf/read/message.ts';
import type { MessageRenderer } from './render.ts';
import { createJsonRenderer } from './render-json.ts';
import { createTextRenderer } from './render-text.ts';
import { Utf8Output } from './utf8-output.ts';

/** The printer passes on its output once it is this long. */
const PIECE_BYTES = 64 * 1024;

export interface PrintOptions {
  /** See `render-text.ts` and `render-json.ts`. */
  readonly format: 'text' | 'json';
  /** ANSI colours in text. */
  readonly color: boolean;
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

export class MessagePrinter {
  readonly #options: PrintOptions;
  readonly #write: (bytes: Uint8Array) => boolean;
  readonly #renderer: MessageRenderer;
  readonly #output = new Utf8Output(PIECE_BYTES + PIECE_BYTES / 4);
  #isPaused = false;
  #events = 0;
  #discardedEvents = 0n;
  #discardedPackets = 0n;
  #problems = 0;

  constructor(options: PrintOptions, write: (bytes: Uint8Array) => boolean) {
    const { format, color, dates = false } = options;
    this.#options = options;
    this.#write = write;
    this.#renderer =
      format === 'json' ? createJsonRenderer() : createTextRenderer({ color, dates });
  }

  /** `write` wants no more for now. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get summary(): ViewSummary {
    return {
      events: this.#events,
      discardedEvents: this.#discardedEvents,
      discardedPackets: this.#discardedPackets,
      problems: this.#problems,
    };
  }

  resume(): void {
    this.#isPaused = false;
  }

  show(message: TraceMessage): void {
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
    if (this.#output.length >= PIECE_BYTES) this.flush();
  }

  /** A problem that concerns no stream: one sentence. */
  showProblem(sentence: string): void {
    this.#countProblem(sentence);
    this.#renderer.problem(sentence, this.#output);
  }

  /** Passes the output to `write`. */
  flush(): void {
    if (this.#output.length > 0 && !this.#write(this.#output.take())) this.#isPaused = true;
  }

  #countProblem(sentence: string): void {
    this.#problems++;
    this.#options.onProblem?.(sentence);
  }
}
