/** A program that never comes to rest is stopped and named, so that nobody waits for it. */

/** Deliveries in the whole life of a simulation, unless its maker says otherwise. */
export const STEPS_MAX = 20_000_000;
/** World calls of a process out of one delivery: whoever makes more does not come back. */
export const CALLS_AT_ONCE_MAX = 1_000_000;
/** So many of the last deliveries are looked at to say who is busy. */
const LATEST = 1000;

/** Somebody keeps the machine busy for ever. The message is one clause. */
export class EndlessError extends Error {
  override readonly name = 'EndlessError';
}

/** Counts deliveries up to a limit. */
export class Endurance {
  readonly #stepsMax: number;
  readonly #latest = new Map<string, number>();

  constructor(stepsMax: number) {
    this.#stepsMax = stepsMax;
  }

  /** A delivery was made; `steps` of them so far. */
  note(steps: number, host: string | undefined, who: string, kind: string): void {
    if (steps <= this.#stepsMax - LATEST) return;
    const what = `"${kind}" to ${who}${host === undefined ? '' : ` on ${host}`}`;
    this.#latest.set(what, (this.#latest.get(what) ?? 0) + 1);
  }

  /** Throws when the limit is reached. */
  check(steps: number, nowMs: number): void {
    if (steps < this.#stepsMax) return;
    const [[what, times] = ['nothing', 0]] = [...this.#latest].toSorted(
      ([, one], [, other]) => other - one,
    );
    throw new EndlessError(
      `the machine does not come to rest: ${steps} deliveries in ${nowMs} ms, ` +
        `of the last ${LATEST} ${times} were ${what}`,
    );
  }
}
