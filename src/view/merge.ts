/** Merges streams by time: a heap of the next message of each stream. */
import type { TraceMessage } from '../ctf/read/message.ts';
import type { TraceStream } from '../ctf/read/reader.ts';
import { type Timed, TimeHeap } from './time-heap.ts';

interface Head extends Timed {
  readonly message: TraceMessage;
  readonly stream: TraceStream;
}

interface Idle {
  readonly stream: TraceStream;
  /** Order in which streams were added; it orders messages of equal time. */
  readonly rank: number;
}

/** Whether a stream's next message may be shown although other streams may still deliver earlier messages. */
export type IsSettled = (stream: TraceStream) => boolean;

/**
 * Messages of all added streams. If each stream is in time order, so are the merged messages. While streams still
 * grow, that holds as far as {@link IsSettled} waits for the streams that have no message yet.
 */
export class MessageMerger {
  readonly #heap = new TimeHeap<Head>();
  /** Streams that had no message at their last read. */
  #idle: Idle[] = [];
  #added = 0;

  /** Adds a stream; the next {@link wake} reads it. */
  add(stream: TraceStream): void {
    this.#wait({ stream, rank: this.#added++ });
  }

  /** Reads again the streams that had no message. */
  wake(isFollowing: boolean): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const { stream, rank } of waiting) {
      const message = stream.next(isFollowing);
      if (message === undefined) this.#wait({ stream, rank });
      else this.#heap.add({ time: message.time, message, stream, rank });
    }
  }

  /**
   * The earliest message, undefined if no stream has one. With `isSettled`, streams may still grow, and a message
   * waits until it is settled.
   */
  next(isSettled?: IsSettled): TraceMessage | undefined {
    const head = this.#heap.first;
    if (head === undefined) return undefined;
    const { message, stream, rank } = head;
    if (isSettled !== undefined && !isSettled(stream)) return undefined;
    const following = stream.next(isSettled !== undefined);
    if (following !== undefined) {
      this.#heap.settle({ time: following.time, message: following, stream, rank });
    } else {
      this.#wait({ stream, rank });
      this.#heap.removeFirst();
    }
    return message;
  }

  #wait(idle: Idle): void {
    if (!idle.stream.ended) this.#idle.push(idle);
  }
}
