/** A stream of a live session: its next message, or how far the viewer has come to it. */
import { compareInstants, type Instant, type TraceMessage } from '../../ctf/read/message.ts';
import { StreamReader } from '../../ctf/read/stream-reader.ts';
import type { NextIndexReply } from '../../wire/live/next-index.ts';
import type { Timed } from '../time-heap.ts';
import type { FollowedSession } from './followed-session.ts';
import type { LiveTrace } from './live-trace.ts';
import { ReceivedBytes } from './received-bytes.ts';

const BEGINNING: Instant = { seconds: Number.MIN_SAFE_INTEGER, nanoseconds: 0 };

/**
 * `waiting`: the index of its next packet is not known. `located`: the index is known, the packet is not fetched.
 * `loaded`: the packet is there, and `head` is its next message unless metadata is missing. `unreadable`: its packets
 * are not fetched any more. `over`: no packet will come.
 */
export type StreamPhase = 'waiting' | 'located' | 'loaded' | 'unreadable' | 'over';

export class LiveStream implements Timed {
  readonly id: bigint;
  readonly path: string;
  readonly session: FollowedSession;
  readonly trace: LiveTrace;
  readonly rank: number;
  /** Its place in the order, at most {@link bound}. */
  time = BEGINNING;
  phase: StreamPhase = 'waiting';
  /** Whether the order has it. */
  isOrdered = true;
  /** The other streams do not wait for it: the relay has said nothing new of it for long. */
  isSilent = false;
  /** When to ask the relay again. */
  nextAskNs = 0n;
  /** Since when the relay says nothing new, or since when metadata is missing. */
  stuckSinceNs: bigint | undefined;
  /** How often the relay has said that the packet is there later. */
  tries = 0;
  #head: TraceMessage | undefined;
  #bound = BEGINNING;
  #located: NextIndexReply | undefined;
  #hasToldMissing = false;
  readonly #content = new ReceivedBytes();
  readonly #reader: StreamReader;

  constructor(
    { id, path }: Pick<LiveStream, 'id' | 'path'>,
    session: FollowedSession,
    trace: LiveTrace,
    rank: number,
  ) {
    this.id = id;
    this.path = path;
    this.session = session;
    this.trace = trace;
    this.rank = rank;
    this.#reader = new StreamReader(path, this.#content, trace.host);
  }

  /** The next message. */
  get head(): TraceMessage | undefined {
    return this.#head;
  }

  /** No message that comes is earlier. */
  get bound(): Instant {
    return this.#bound;
  }

  /** The index of the packet to fetch. */
  get located(): NextIndexReply | undefined {
    return this.#located;
  }

  get heldBytes(): number {
    return this.#content.heldBytes;
  }

  /** No event comes before this time. */
  raise(bound: Instant | undefined): void {
    if (bound !== undefined && compareInstants(bound, this.#bound) > 0) this.#bound = bound;
  }

  locate(index: NextIndexReply): void {
    this.#located = index;
    this.phase = 'located';
    this.tries = 0;
    this.raise(this.trace.instant(index.timestampBegin, index.streamClass));
  }

  /** Takes over the packet. */
  load(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#content.append(part);
    this.phase = 'loaded';
    this.stuckSinceNs = undefined;
  }

  /** Goes on to the next message. Without one the stream waits, or it is `loaded` and needs metadata. */
  advance(): void {
    this.#head = this.#reader.next(true);
    if (this.#head !== undefined) {
      this.raise(this.#head.time);
      return;
    }
    const length = this.#content.byteLength();
    if (this.#reader.ended) this.phase = 'unreadable';
    else if (length.ok && this.#reader.readBytes < length.value) return;
    else this.phase = 'waiting';
    this.#content.close();
    const index = this.#located;
    this.#located = undefined;
    if (index !== undefined) this.raise(this.trace.instant(index.timestampEnd, index.streamClass));
  }

  /** The metadata of the packet does not come: the next message says so, and the stream is unreadable. */
  giveUp(): void {
    this.#head = this.#reader.next(false);
  }

  /** The packet is not to be had. The first time a message says why. */
  leaveOut(reason: string): void {
    this.#located = undefined;
    this.phase = 'waiting';
    if (this.#hasToldMissing) return;
    this.#hasToldMissing = true;
    this.phase = 'loaded';
    this.#head = this.note(`a packet is left out, as others may be later: ${reason}`);
  }

  /** A message that is no event, at the present place. */
  note(text: string): TraceMessage {
    const { source } = this.trace.host.decoder;
    const time = this.#bound === BEGINNING ? { seconds: 0, nanoseconds: 0 } : this.#bound;
    const sentence = `${this.path}: ${text}`;
    return { kind: 'problem', fatal: false, time, source, streamFile: this.path, text: sentence };
  }

  close(): void {
    this.#reader.close();
  }
}
