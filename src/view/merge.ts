/** Merges streams by time: a binary heap of the next message of each stream. */
import { compareInstants, type TraceMessage } from '../ctf/read/message.ts';
import type { StreamReader } from '../ctf/read/stream-reader.ts';

interface Head {
  readonly message: TraceMessage;
  readonly stream: StreamReader;
  /** Order in which streams were added; it orders messages of equal time. */
  readonly rank: number;
}

interface Idle {
  readonly stream: StreamReader;
  readonly rank: number;
}

/** Whether a stream's next message may be shown although other streams may still deliver earlier messages. */
export type IsSettled = (stream: StreamReader) => boolean;

/**
 * Messages of all added streams. If each stream is in time order, so are the merged messages. While streams still
 * grow, that holds as far as {@link IsSettled} waits for the streams that have no message yet.
 */
export class MessageMerger {
  readonly #heap: Head[] = [];
  /** Streams that had no message at their last read. */
  #idle: Idle[] = [];
  #added = 0;

  /** Adds a stream; the next {@link wake} reads it. */
  add(stream: StreamReader): void {
    this.#wait({ stream, rank: this.#added++ });
  }

  /** Reads again the streams that had no message. */
  wake(isFollowing: boolean): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const { stream, rank } of waiting) {
      const message = stream.next(isFollowing);
      if (message === undefined) this.#wait({ stream, rank });
      else this.#rise({ message, stream, rank });
    }
  }

  /**
   * The earliest message, undefined if no stream has one. With `isSettled`, streams may still grow, and a message
   * waits until it is settled.
   */
  next(isSettled?: IsSettled): TraceMessage | undefined {
    const head = this.#heap[0];
    if (head === undefined) return undefined;
    const { message, stream, rank } = head;
    if (isSettled !== undefined && !isSettled(stream)) return undefined;
    const following = stream.next(isSettled !== undefined);
    if (following !== undefined) {
      this.#sink({ message: following, stream, rank });
    } else {
      this.#wait({ stream, rank });
      const last = this.#heap.pop() as Head;
      if (this.#heap.length > 0) this.#sink(last);
    }
    return message;
  }

  #wait(idle: Idle): void {
    if (!idle.stream.ended) this.#idle.push(idle);
  }

  /** Puts `head` at the heap's end and moves it up to its place. */
  #rise(head: Head): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent] as Head, head)) break;
      heap[at] = heap[parent] as Head;
      at = parent;
    }
    heap[at] = head;
  }

  /** Puts `head` at the heap's root and moves it down to its place. */
  #sink(head: Head): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Head)) child++;
      if (isBefore(head, heap[child] as Head)) break;
      heap[at] = heap[child] as Head;
      at = child;
    }
    heap[at] = head;
  }
}

function isBefore(first: Head, second: Head): boolean {
  const order = compareInstants(first.message.time, second.message.time);
  return order < 0 || (order === 0 && first.rank < second.rank);
}
