/** The flush that a consumer has yet to answer; a newer one replaces it. Requesters have timeouts of their own. */
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';

/** How long a flush waits for a sink that stores later; then its answer says what is not stored. */
export const FLUSH_MS_MAX = 15_000;

export class PendingFlush {
  readonly #clock: Pick<World['clock'], 'setTimer'>;
  readonly #onAnswer: (token: number) => void;
  #token: number | undefined;
  #patience: Timer | undefined;

  constructor(clock: Pick<World['clock'], 'setTimer'>, onAnswer: (token: number) => void) {
    this.#clock = clock;
    this.#onAnswer = onAnswer;
  }

  get isPending(): boolean {
    return this.#token !== undefined;
  }

  begin(token: number): void {
    this.forget();
    this.#token = token;
  }

  /** Answers after {@link FLUSH_MS_MAX} at the latest. */
  wait(): void {
    if (this.#token === undefined) return;
    this.#patience = this.#clock.setTimer(FLUSH_MS_MAX, () => this.answer());
  }

  answer(): void {
    const token = this.#token;
    this.forget();
    if (token !== undefined) this.#onAnswer(token);
  }

  forget(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    this.#token = undefined;
  }
}
