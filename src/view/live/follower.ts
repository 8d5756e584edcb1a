/**
 * Follows sessions of a relay: their messages in order of time over all traces and streams.
 *
 * ```
 * for (;;) {
 *   const message = follower.next();
 *   if (message === undefined && !follower.isOver) follower.work();   // then onReady says when to go on
 * }
 * ```
 *
 * Order. Each stream has a bound: no event that comes is earlier. The index of a packet, the end of the packet before,
 * and the beacon of a stream without events raise it. The stream with the lowest bound is first: its next message is
 * the next of all, and if it has none, the viewer asks the relay about it. So the viewer fetches one packet at a time,
 * and none before it is needed: it holds the packets whose times overlap, and asks for nothing while its caller prints.
 *
 * A stream of which the relay says nothing new for long is silent: the others do not wait for it any more, and its
 * later events come when they arrive.
 */
import { NS_PER_MS_BIGINT } from '../../base/time.ts';
import { compareInstants, type TraceMessage } from '../../ctf/read/message.ts';
import type { Clock, Timer } from '../../port/clock.ts';
import type { AttachedSession } from '../../wire/live/attach.ts';
import type { AskRelay } from '../../wire/live/conversation.ts';
import type { News } from '../../wire/live/news.ts';
import type { NextIndexReply } from '../../wire/live/next-index.ts';
import type { ListedStream } from '../../wire/live/streams.ts';
import { TimeHeap } from '../time-heap.ts';
import { FollowedSession } from './followed-session.ts';
import { INDEXES_AT_ONCE_MAX, LIVE_POLL_MS, METADATA_MS_MAX } from './limits.ts';
import type { LiveStream } from './live-stream.ts';
import type { LiveTrace } from './live-trace.ts';
import { fetchPacket } from './packet-fetch.ts';
import { StreamTable } from './stream-table.ts';

const msToNs = (ms: number): bigint => BigInt(ms) * NS_PER_MS_BIGINT;

export interface FollowerOptions {
  readonly clock: Clock;
  readonly ask: AskRelay;
  /** Names the relay in paths. */
  readonly relay: string;
  readonly sessions: readonly AttachedSession[];
  /** {@link LiveFollower.next} may have a message, or {@link LiveFollower.isOver} has changed. */
  readonly onReady: () => void;
  /** A trace that cannot be read: one sentence. */
  readonly onProblem: (sentence: string) => void;
  /** The relay breaks the protocol: one clause. The follower asks for nothing more. */
  readonly onLie: (reason: string) => void;
}

export class LiveFollower {
  readonly #options: FollowerOptions;
  readonly #heap = new TimeHeap<LiveStream>();
  readonly #table: StreamTable;
  readonly #sessions: readonly FollowedSession[];
  /** Streams whose next index is to be asked for. */
  readonly #unasked = new Set<LiveStream>();
  readonly #notes: TraceMessage[] = [];
  #owed = 0;
  #timer: Timer | undefined;
  #isFinishing = false;
  #leftOut = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#table = new StreamTable((reason) => this.#lie(reason));
    this.#sessions = options.sessions.map(
      ({ session }) => new FollowedSession(session, options.relay),
    );
    for (const [index, { streams }] of options.sessions.entries()) {
      const session = this.#sessions[index];
      if (session !== undefined) this.#add(session, streams);
    }
  }

  /** Every session has ended, and every message has been returned. */
  get isOver(): boolean {
    if (this.#notes.length > 0) return false;
    if (this.#isFinishing) return this.#heap.first === undefined;
    return this.#table.count === 0 && this.#sessions.every(({ isOver }) => isOver);
  }

  /** Packets that could not be had. */
  get packetsLeftOut(): number {
    return this.#leftOut;
  }

  /** The next message; undefined: there is none yet. */
  next(): TraceMessage | undefined {
    const note = this.#notes.shift();
    if (note !== undefined || this.#isWaiting) return note;
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      const { head } = first;
      if (head !== undefined) {
        this.#advance(first);
        return head;
      }
      if (!this.#isFinishing) return undefined;
      first.isOrdered = false;
      this.#heap.removeFirst();
    }
    return undefined;
  }

  /** Asks the relay for what {@link next} lacks. */
  work(): void {
    if (this.#isWaiting || this.#isFinishing || this.#timer !== undefined) return;
    const nowNs = this.#options.clock.monotonicNs();
    for (const session of this.#sessions) {
      if (session.isDue(nowNs)) this.#askStreams(session, nowNs);
    }
    const first = this.#first();
    const delayMs = first === undefined ? this.#askIndexes(nowNs) : this.#workOn(first, nowNs);
    if (!this.#isWaiting) this.#rest(delayMs);
  }

  /** Asks for nothing more: `next` returns the messages that have been fetched. */
  finish(): void {
    this.#isFinishing = true;
    this.#timer?.cancel();
  }

  close(): void {
    this.finish();
    this.#table.close();
  }

  get #isWaiting(): boolean {
    return this.#owed > 0 && !this.#isFinishing;
  }

  /** The stream with the lowest bound. */
  #first(): LiveStream | undefined {
    for (let { first } = this.#heap; first !== undefined; { first } = this.#heap) {
      const isOut = first.phase === 'over' || first.phase === 'unreadable' || first.isSilent;
      if (isOut && first.head === undefined) {
        first.isOrdered = false;
        this.#heap.removeFirst();
      } else if (compareInstants(first.time, first.bound) < 0) {
        first.time = first.bound;
        this.#heap.settle(first);
      } else return first;
    }
    return undefined;
  }

  #advance(stream: LiveStream): void {
    const before = stream.heldBytes;
    stream.advance();
    this.#table.noteHeld(stream.heldBytes - before);
    const { phase } = stream;
    if (phase === 'waiting' || phase === 'unreadable') this.#unasked.add(stream);
  }

  /** Does what the first stream needs; returns how long to wait if nothing has been asked. */
  #workOn(stream: LiveStream, nowNs: bigint): number {
    const { trace, phase } = stream;
    const { metadataStream } = trace;
    if (trace.isStale && metadataStream !== undefined) this.#askMetadata(trace, metadataStream);
    else if (phase === 'located') {
      const lacksMetadata = !trace.isDeclared && this.#hopesForMetadata(stream, nowNs);
      if (lacksMetadata || stream.nextAskNs > nowNs) return LIVE_POLL_MS;
      this.#fetch(stream, nowNs);
    } else if (phase === 'loaded') return this.#decode(stream, nowNs);
    else return this.#askIndexes(nowNs);
    return 0;
  }

  /** Decodes a packet that was loaded before its metadata. */
  #decode(stream: LiveStream, nowNs: bigint): number {
    this.#advance(stream);
    if (stream.head !== undefined || stream.phase !== 'loaded') return 0;
    if (this.#hopesForMetadata(stream, nowNs)) return LIVE_POLL_MS;
    stream.giveUp();
    return 0;
  }

  /** Whether metadata that the packet needs may still come: it is asked for again. */
  #hopesForMetadata(stream: LiveStream, nowNs: bigint): boolean {
    stream.stuckSinceNs ??= nowNs;
    if (nowNs - stream.stuckSinceNs >= msToNs(METADATA_MS_MAX)) return false;
    stream.trace.isStale = true;
    return true;
  }

  /** Asks for the next indexes of the streams that wait for one, the first stream among them. */
  #askIndexes(nowNs: bigint): number {
    const asked: LiveStream[] = [];
    const { first } = this.#heap;
    const candidates = first !== undefined && this.#unasked.has(first) ? [first] : [];
    for (const stream of [...candidates, ...this.#unasked]) {
      if (asked.length >= INDEXES_AT_ONCE_MAX) break;
      if (stream.nextAskNs > nowNs || !this.#unasked.delete(stream)) continue;
      asked.push(stream);
    }
    // Before their indexes: the times in these mean nothing without the metadata.
    for (const trace of new Set(asked.map((stream) => stream.trace))) {
      const { metadataStream } = trace;
      if (trace.isStale && metadataStream !== undefined) this.#askMetadata(trace, metadataStream);
    }
    for (const stream of asked) {
      this.#ask('get-next-index', { stream: stream.id }, (reply) =>
        this.#takeIndex(stream, reply, nowNs),
      );
    }
    return LIVE_POLL_MS;
  }

  #takeIndex(stream: LiveStream, reply: NextIndexReply, nowNs: bigint): void {
    this.#takeNews(stream, reply);
    switch (reply.status) {
      case 'ok':
        return this.#locate(stream, reply);
      case 'retry':
      case 'inactive':
        return this.#wait(stream, reply, nowNs);
      case 'error':
        this.#notes.push(stream.note('the relay cannot read the stream any more'));
        this.#leave(stream);
        return;
      case 'hung-up':
      case 'end-of-file':
        this.#leave(stream);
    }
  }

  #locate(stream: LiveStream, reply: NextIndexReply): void {
    stream.stuckSinceNs = undefined;
    stream.nextAskNs = 0n;
    if (stream.phase === 'unreadable') {
      this.#leftOut += 1;
      this.#unasked.add(stream);
      return;
    }
    stream.locate(reply);
    this.#order(stream);
  }

  /** There is no packet: the stream may have none until some time. */
  #wait(stream: LiveStream, reply: NextIndexReply, nowNs: bigint): void {
    stream.nextAskNs = nowNs + msToNs(LIVE_POLL_MS);
    this.#unasked.add(stream);
    const before = stream.bound;
    if (reply.status === 'inactive') {
      const until = stream.trace.instant(reply.timestampEnd, reply.streamClass);
      if (until === undefined) stream.trace.isStale = true;
      else stream.raise(until);
    }
    if (stream.bound !== before) {
      stream.stuckSinceNs = undefined;
      this.#order(stream);
      return;
    }
    stream.stuckSinceNs ??= nowNs;
    const { session } = stream;
    if (stream.isSilent || nowNs - stream.stuckSinceNs < msToNs(session.silenceMs)) return;
    if (session.isOver) return this.#leave(stream);
    const isAwaited = this.#heap.entries.some(
      ({ head, located }) => head !== undefined || located !== undefined,
    );
    if (!isAwaited) return;
    stream.isSilent = true;
    if (session.hasToldSilence) return;
    session.hasToldSilence = true;
    const reason = `the relay has told nothing new of the stream for ${session.silenceMs / 1000} s`;
    this.#notes.push(stream.note(`${reason}; events of other streams do not wait for it`));
  }

  /** The stream takes part in the order again. */
  #order(stream: LiveStream): void {
    stream.isSilent = false;
    if (stream.isOrdered) return;
    stream.isOrdered = true;
    stream.time = stream.bound;
    this.#heap.add(stream);
  }

  #fetch(stream: LiveStream, nowNs: bigint): void {
    fetchPacket(stream, {
      ask: (type, request, onReply) => this.#ask(type, request, onReply),
      heldBytes: this.#table.heldBytes,
      onNews: (news) => this.#takeNews(stream, news),
      onPacket: (parts) => {
        stream.load(parts);
        this.#table.noteHeld(stream.heldBytes);
        if (!stream.trace.isStale) this.#advance(stream);
      },
      onLater: () => {
        stream.nextAskNs = nowNs + msToNs(LIVE_POLL_MS);
      },
      onMissing: (reason) => {
        this.#leftOut += 1;
        stream.leaveOut(reason);
        if (stream.phase === 'waiting') this.#unasked.add(stream);
      },
      onLie: (reason) => this.#lie(reason),
    });
  }

  #takeNews({ trace, session }: LiveStream, { hasNewMetadata, hasNewStreams }: News): void {
    if (hasNewMetadata) trace.isStale = true;
    if (hasNewStreams) session.wantsStreams = true;
  }

  #askStreams(session: FollowedSession, nowNs: bigint): void {
    session.wantsStreams = false;
    session.askedNs = nowNs;
    this.#ask('get-new-streams', { session: session.id }, ({ status, streams }) => {
      if (status === 'ok') this.#add(session, streams);
      else if (status !== 'none') session.isOver = true;
    });
  }

  #add(session: FollowedSession, streams: readonly ListedStream[]): void {
    for (const listed of streams) {
      const added = this.#table.add(session, listed);
      if (added === undefined) continue;
      this.#unasked.add(added);
      this.#heap.add(added);
    }
  }

  #askMetadata(trace: LiveTrace, stream: bigint): void {
    this.#ask('get-metadata', { stream }, ({ status, content }) => {
      if (status === 'ok') {
        const added = this.#table.addMetadata(trace, content);
        if (!added.ok) this.#options.onProblem(added.error);
        this.#askMetadata(trace, stream);
        return;
      }
      trace.isStale = false;
      if (status === 'error') trace.metadataStream = undefined;
    });
  }

  /** No packet of the stream will come. */
  #leave(stream: LiveStream): void {
    stream.phase = 'over';
    this.#unasked.delete(stream);
    this.#table.remove(stream);
  }

  readonly #ask: AskRelay = (type, request, onReply) => {
    this.#owed += 1;
    this.#options.ask(type, request, (reply) => {
      this.#owed -= 1;
      if (this.#isFinishing) return;
      onReply(reply);
      if (this.#owed === 0) this.#options.onReady();
    });
  };

  #rest(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#options.onReady();
    });
  }

  #lie(reason: string): void {
    this.finish();
    this.#options.onLie(reason);
  }
}
