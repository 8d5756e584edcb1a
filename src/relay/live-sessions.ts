/** The sessions of peers that viewers can attach to, while their control connections last, and the streams of each. */
import type { ListedSession } from '../wire/live/list-sessions.ts';
import { CLOSED_STREAMS_MAX } from './limits.ts';
import type { StreamLog } from './stream-log.ts';

/** A stream as its peer added it. */
export interface StreamDescription {
  readonly path: string;
  readonly channel: string;
  readonly isMetadata: boolean;
  readonly log: StreamLog;
}

export interface LiveStream extends StreamDescription {
  /** Counts the streams of the session. */
  readonly number: number;
  /** Streams with the same path are of one trace. */
  readonly trace: bigint;
}

export type LiveSessionOptions = Pick<
  ListedSession,
  'host' | 'name' | 'liveTimerUs' | 'traceFormat'
>;

export class LiveSession {
  readonly id: bigint;
  readonly #options: LiveSessionOptions;
  readonly #onEnded: () => void;
  #streams: readonly LiveStream[] = [];
  #nextNumber = 0;
  #viewers = 0;
  #hasEnded = false;

  constructor(id: bigint, options: LiveSessionOptions, onEnded: () => void) {
    this.id = id;
    this.#options = options;
    this.#onEnded = onEnded;
  }

  /** No stream will be added. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The number of the next stream. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  get traceFormat(): number {
    return this.#options.traceFormat ?? 1;
  }

  get listed(): ListedSession {
    const { id, traceFormat } = this;
    const [viewers, streams] = [this.#viewers, this.#streams.length];
    return { ...this.#options, session: id, traceFormat, viewers, streams };
  }

  /** The streams from this number on. */
  streamsFrom(number: number): readonly LiveStream[] {
    return this.#streams.filter((stream) => stream.number >= number);
  }

  /** Viewers can read the stream from now on. Of closed streams the last ones can still be read. */
  publish(stream: StreamDescription): void {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const sibling = this.#streams.find(({ path }) => path === stream.path);
    const added = { ...stream, number, trace: sibling?.trace ?? BigInt(number + 1) };
    const closed = this.#streams.filter(({ log }) => log.isClosed);
    const dropped = new Set(closed.slice(0, Math.max(0, closed.length - CLOSED_STREAMS_MAX)));
    this.#streams = [...this.#streams.filter((one) => !dropped.has(one)), added];
  }

  attach(): void {
    this.#viewers += 1;
  }

  detach(): void {
    this.#viewers -= 1;
  }

  end(): void {
    this.#hasEnded = true;
    this.#onEnded();
  }
}

export class LiveSessions {
  readonly #sessions = new Map<bigint, LiveSession>();
  #lastId = 0n;

  get all(): readonly LiveSession[] {
    return [...this.#sessions.values()];
  }

  get(id: bigint): LiveSession | undefined {
    return this.#sessions.get(id);
  }

  add(options: LiveSessionOptions): LiveSession {
    this.#lastId += 1n;
    const id = this.#lastId;
    const session = new LiveSession(id, options, () => this.#sessions.delete(id));
    this.#sessions.set(id, session);
    return session;
  }
}
