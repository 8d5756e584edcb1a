/** A binary heap of what has a time: the earliest is first; of equal times, the one with the lower rank. */
import { compareInstants, type Instant } from '../ctf/read/message.ts';

export interface Timed {
  /** Changes only while it is first, before {@link TimeHeap.settle}. */
  readonly time: Instant;
  readonly rank: number;
}

export class TimeHeap<Entry extends Timed> {
  readonly #heap: Entry[] = [];

  get entries(): readonly Entry[] {
    return this.#heap;
  }

  get first(): Entry | undefined {
    return this.#heap[0];
  }

  add(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent] as Entry, entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Puts `entry` in the place of the first one, which it may be: its time has changed. */
  settle(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Entry)) child++;
      if (isBefore(entry, heap[child] as Entry)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = entry;
  }

  removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.settle(last);
  }
}

function isBefore(first: Timed, second: Timed): boolean {
  const order = compareInstants(first.time, second.time);
  return order < 0 || (order === 0 && first.rank < second.rank);
}
