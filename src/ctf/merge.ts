/** Many streams as one, by time: a binary heap of the next message of each. */
import type { TraceMessage } from './message.ts';
import type { StreamReader } from './stream-reader.ts';

interface Head {
  readonly message: TraceMessage;
  readonly stream: StreamReader;
  /** Order in which streams were added: decides between equal instants. */
  readonly rank: number;
}

/**
 * Messages of all added streams. Of streams in time order the merged messages are in time order too; where
 * streams still grow, that holds for what one round of {@link MessageMerger.wake} could see.
 */
export class MessageMerger {
  private readonly heap: Head[] = [];
  /** Streams that had no message when last asked. */
  private idle: { stream: StreamReader; rank: number }[] = [];
  private added = 0;

  /** Takes a stream in; it is asked at the next {@link wake}. */
  add(stream: StreamReader): void {
    this.idle.push({ stream, rank: this.added++ });
  }

  /** Asks the streams that had nothing whether they have something now. */
  wake(isFollowing: boolean): void {
    const waiting = this.idle;
    this.idle = [];
    for (const { stream, rank } of waiting) this.ask(stream, rank, isFollowing);
  }

  /** The earliest message, undefined when no stream has one. */
  next(isFollowing: boolean): TraceMessage | undefined {
    const head = this.heap[0];
    if (head === undefined) return undefined;
    const following = head.stream.next(isFollowing);
    if (following !== undefined) {
      this.sink({ message: following, stream: head.stream, rank: head.rank });
    } else {
      this.idle.push({ stream: head.stream, rank: head.rank });
      const last = this.heap.pop() as Head;
      if (this.heap.length > 0) this.sink(last);
    }
    return head.message;
  }

  private ask(stream: StreamReader, rank: number, isFollowing: boolean): void {
    const message = stream.next(isFollowing);
    if (message === undefined) this.idle.push({ stream, rank });
    else this.rise({ message, stream, rank });
  }

  /** Puts `head` at the heap's end and lets it rise to its place. */
  private rise(head: Head): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent] as Head, head)) break;
      heap[at] = heap[parent] as Head;
      at = parent;
    }
    heap[at] = head;
  }

  /** Puts `head` in the root's place and lets it sink to its place. */
  private sink(head: Head): void {
    const { heap } = this;
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
  const { timestamp: one } = first.message;
  const { timestamp: other } = second.message;
  return one < other || (one === other && first.rank < second.rank);
}
