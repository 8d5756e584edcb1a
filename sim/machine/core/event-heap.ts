/** A binary heap of pending events in the total order (time, tie-break, sequence). */

export interface PendingEvent {
  /** Virtual nanoseconds since the machine started. */
  readonly time: number;
  /** Drawn from a noise stream: orders events of the same instant. */
  readonly tie: number;
  /** Order of scheduling: makes the order total. */
  readonly sequence: number;
  /** The run does not wait for this event. */
  readonly background: boolean;
  /** Undefined once the event ran or was cancelled. */
  run: (() => void) | undefined;
}

export class EventHeap {
  readonly #items: PendingEvent[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The first event that is not cancelled. */
  first(): PendingEvent | undefined {
    for (;;) {
      const first = this.#items[0];
      if (first === undefined || first.run !== undefined) return first;
      this.pop();
    }
  }

  push(event: PendingEvent): void {
    const items = this.#items;
    let index = items.length;
    items.push(event);
    while (index > 0) {
      const above = (index - 1) >>> 1;
      const parent = items[above] as PendingEvent;
      if (!isBefore(event, parent)) break;
      items[index] = parent;
      index = above;
    }
    items[index] = event;
  }

  pop(): PendingEvent | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let index = 0;
    for (;;) {
      const child = this.#smallerChild(index);
      if (child === undefined || !isBefore(items[child] as PendingEvent, last)) break;
      items[index] = items[child] as PendingEvent;
      index = child;
    }
    items[index] = last;
    return first;
  }

  #smallerChild(index: number): number | undefined {
    const left = 2 * index + 1;
    const right = left + 1;
    if (left >= this.#items.length) return undefined;
    if (right >= this.#items.length) return left;
    const isRight = isBefore(this.#items[right] as PendingEvent, this.#items[left] as PendingEvent);
    return isRight ? right : left;
  }
}

export function isBefore(one: PendingEvent, other: PendingEvent): boolean {
  if (one.time !== other.time) return one.time < other.time;
  if (one.tie !== other.tie) return one.tie < other.tie;
  return one.sequence < other.sequence;
}
