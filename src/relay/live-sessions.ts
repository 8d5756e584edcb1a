/** The sessions of peers that viewers can attach to, while their control connections last, and the streams of each. */
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';
import type { ListedSession } from '../wire/live/list-sessions.ts';
import { CLOSED_STREAMS_MAX, UNREAD_MS_MAX } from './limits.ts';
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

type LiveWorld = Pick<World, 'clock' | 'log'>;

export class LiveSession {
  readonly id: bigint;
  readonly #world: LiveWorld;
  readonly #options: LiveSessionOptions;
  readonly #isInMemory: boolean;
  readonly #onEnded: () => void;
  #streams: readonly LiveStream[] = [];
  #nextNumber = 0;
  #viewers = 0;
  #hasEnded = false;
  /** When it fires, viewers have not read the rest in time. */
  #timer: Timer | undefined;

  constructor(
    id: bigint,
    {
      world,
      options,
      isInMemory,
    }: {
      readonly world: LiveWorld;
      readonly options: LiveSessionOptions;
      readonly isInMemory: boolean;
    },
    onEnded: () => void,
  ) {
    this.id = id;
    this.#world = world;
    this.#options = options;
    this.#isInMemory = isInMemory;
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
    stream.log.hold();
    for (const { log } of dropped) log.release();
  }

  attach(): void {
    this.#viewers += 1;
  }

  detach(): void {
    this.#viewers -= 1;
    if (this.#hasEnded && this.#viewers === 0) this.#release();
  }

  end(): void {
    this.#hasEnded = true;
    this.#onEnded();
    if (this.#viewers === 0) this.#release();
    else if (this.#isInMemory) {
      this.#timer = this.#world.clock.setTimer(UNREAD_MS_MAX, () => this.#discard());
    }
  }

  /** No viewer can ask for its streams any more. */
  #release(): void {
    this.#timer?.cancel();
    for (const { log } of this.#streams) log.release();
    this.#streams = [];
  }

  #discard(): void {
    const { name: session, host } = this.#options;
    this.#world.log('relay.unreadDiscarded', { session, host });
    for (const { log } of this.#streams) log.discard();
  }
}

export class LiveSessions {
  readonly #sessions = new Map<bigint, LiveSession>();
  readonly #world: LiveWorld;
  #lastId = 0n;

  constructor(world: LiveWorld) {
    this.#world = world;
  }

  get all(): readonly LiveSession[] {
    return [...this.#sessions.values()];
  }

  get(id: bigint): LiveSession | undefined {
    return this.#sessions.get(id);
  }

  /** `isInMemory`: of what is not read some time after its end nothing is left. */
  add(options: LiveSessionOptions, isInMemory: boolean): LiveSession {
    this.#lastId += 1n;
    const id = this.#lastId;
    const session = new LiveSession(id, { world: this.#world, options, isInMemory }, () =>
      this.#sessions.delete(id),
    );
    this.#sessions.set(id, session);
    return session;
  }
}
