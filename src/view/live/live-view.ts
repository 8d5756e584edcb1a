/**
 * Prints the messages of live sessions as `view.ts` prints those of files: at the pace of `write`, a turn at a time.
 * While `write` wants no more, the relay is asked for nothing.
 */
import type { Timer } from '../../port/clock.ts';
import type { World } from '../../port/world.ts';
import { MessagePrinter, type PrintOptions, type ViewSummary } from '../printer.ts';
import { MESSAGES_PER_TURN } from '../view.ts';
import { type FollowerOptions, LiveFollower } from './follower.ts';

export interface LiveSummary extends ViewSummary {
  /** Packets that the relay did not have any more, or that were too long. */
  readonly packetsLeftOut: number;
}

export interface LiveViewOptions
  extends PrintOptions,
    Pick<FollowerOptions, 'ask' | 'relay' | 'sessions' | 'onLie'> {
  readonly write: (bytes: Uint8Array) => boolean;
  /** Called once, never from inside a call of the view: the sessions have ended, or the view has. */
  readonly onEnd: (summary: LiveSummary) => void;
}

export class LiveView {
  readonly #world: Pick<World, 'clock'>;
  readonly #options: LiveViewOptions;
  readonly #printer: MessagePrinter;
  readonly #follower: LiveFollower;
  #timer: Timer | undefined;
  #isCancelled = false;
  #hasEnded = false;

  constructor(world: Pick<World, 'clock'>, options: LiveViewOptions) {
    const { ask, relay, sessions, onLie } = options;
    this.#world = world;
    this.#options = options;
    this.#printer = new MessagePrinter(options, options.write);
    this.#follower = new LiveFollower({
      clock: world.clock,
      ask,
      relay,
      sessions,
      onLie,
      onReady: () => {
        if (!this.#printer.isPaused && !this.#isCancelled) this.#turn();
      },
      onProblem: (sentence) => this.#printer.showProblem(sentence),
    });
    this.#later();
  }

  /** Continues after `write` returned false. */
  resume(): void {
    if (!this.#printer.isPaused) return;
    this.#printer.resume();
    this.#later();
  }

  /** Asks the relay for nothing more: prints what has been fetched, then ends. */
  stop(): void {
    this.#follower.finish();
    this.#later();
  }

  /** Ends at once. */
  cancel(): void {
    this.#isCancelled = true;
    this.#follower.finish();
    this.#timer?.cancel();
    this.#timer = this.#world.clock.setTimer(0, () => this.#end());
  }

  #later(): void {
    if (this.#timer !== undefined || this.#printer.isPaused || this.#isCancelled) return;
    this.#timer = this.#world.clock.setTimer(0, () => {
      this.#timer = undefined;
      this.#turn();
    });
  }

  #turn(): void {
    for (let count = 0; count < MESSAGES_PER_TURN && !this.#printer.isPaused; count++) {
      const message = this.#follower.next();
      if (message === undefined) return this.#rest();
      this.#printer.show(message);
    }
    this.#later();
  }

  #rest(): void {
    this.#printer.flush();
    if (this.#printer.isPaused) return;
    if (this.#follower.isOver) this.#end();
    else this.#follower.work();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isCancelled = true;
    this.#follower.close();
    const { packetsLeftOut } = this.#follower;
    this.#options.onEnd({ ...this.#printer.summary, packetsLeftOut });
  }
}
