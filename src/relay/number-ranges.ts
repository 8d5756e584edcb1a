/** A set of numbers as ranges, of which there are at most so many: those of datagrams that have arrived. */
import type { NumberRange } from '../wire/relay/datagram-status.ts';

export class NumberRanges {
  readonly #max: number;
  #ranges: NumberRange[] = [];
  /** Smaller numbers are not of interest. */
  #floor = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Ascending, with gaps between them. */
  get ranges(): readonly NumberRange[] {
    return this.#ranges;
  }

  /** Whether the number is of interest, and not in the set. */
  isNew(number: number): boolean {
    if (number < this.#floor) return false;
    const at = this.#before(number);
    return at < 0 || (this.#ranges[at]?.last ?? -1) < number;
  }

  /** Adds a new number, unless it would need one range more than the most. */
  add(number: number): void {
    const at = this.#before(number);
    const before = this.#ranges[at];
    const after = this.#ranges[at + 1];
    const joinsBefore = before !== undefined && before.last + 1 === number;
    const joinsAfter = after !== undefined && after.first - 1 === number;
    if (!joinsBefore && !joinsAfter && this.#ranges.length >= this.#max) return;
    const first = joinsBefore ? before.first : number;
    const last = joinsAfter ? after.last : number;
    const from = joinsBefore ? at : at + 1;
    this.#ranges.splice(from, Number(joinsBefore) + Number(joinsAfter), { first, last });
  }

  /** Forgets smaller numbers. */
  forgetBelow(floor: number): void {
    if (floor <= this.#floor) return;
    this.#floor = floor;
    this.#ranges = this.#ranges
      .filter(({ last }) => last >= floor)
      .map(({ first, last }) => ({ first: Math.max(first, floor), last }));
  }

  /** The index of the last range that begins at the number or before it; -1: none does. */
  #before(number: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.first ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
