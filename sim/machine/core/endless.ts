/** Stops a program that never becomes idle, and names it in the error, so that the run ends. */

/** Deliveries in the life of a simulation, by default. */
export const STEPS_MAX = 20_000_000;
/** World calls that a process may make during one delivery; a process that makes more is in an endless loop. */
export const CALLS_AT_ONCE_MAX = 1_000_000;
/** The error names the most frequent delivery among this many last ones. */
const LATEST = 1000;

/** A program keeps the machine busy for ever. The message is one clause. */
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

  /** Records a delivery; `steps` is the number of deliveries so far. */
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
