/**
 * A consumer's data path: the streams of one session, from shared memory into a sink (R1.19 to R1.22).
 *
 * It reads a stream on a byte in the wake-up pipe, which applications write with each finished sub-buffer (R1.21); on
 * the read timer, in case a wake-up was lost; and on the switch timer, when it also writes unfinished sub-buffers, so
 * that a viewer can follow the trace. It retries packets that the sink refuses.
 *
 * A network sink stores packets later. A flush, and the end of a stream or of all streams, wait until the sink has
 * stored what was in the buffers at that moment: `isSettled`.
 */
import type { Timer } from '../port/clock.ts';
import type { OsErrorCode } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import type { ConsumerStream, WritingOutcome } from '../wire/control/messages.ts';
import { ChannelTimers, periodMsOf } from './channel-timers.ts';
import { errorFields, type RecordingError, streamFields } from './recording-error.ts';
import type { Sink } from './sink.ts';
import {
  type LeftOutput,
  openStreamRecorder,
  type Scrutiny,
  type StreamRecorder,
} from './stream-recorder.ts';
import { WakeUps } from './wake-ups.ts';

/** The interval between attempts to write, and how many attempts a close makes after the first. */
export const RETRY_MS = 500;
export const CLOSE_RETRIES_MAX = 20;
/** How often orphaned streams are checked for writers. */
const ORPHAN_CHECK_MS = 200;

/** Outcomes that a consumer reports, at once or later. */
export interface ConsumerOutcomes {
  readonly flushed: (token: number, outcome: WritingOutcome) => void;
  /** The ended stream is written completely. */
  readonly streamReleased: (streamId: number) => void;
  /** Streams that could not be written completely keep their data in the buffers. */
  readonly closed: (outcome: WritingOutcome) => void;
  /** The outcome differs from the one that was reported last. */
  readonly changed: (outcome: WritingOutcome) => void;
}

interface ConsumedStream {
  readonly recorder: StreamRecorder;
  /** The application is gone: the stream gets no more events. */
  isEnded: boolean;
  /** The registry does not know the stream: the consumer releases it when its writer has detached. */
  isOrphaned: boolean;
  /** Why the last packet could not be written, or why the stream cannot be read any further. */
  error: RecordingError | undefined;
  /** The packet that could not be written is of an unfinished sub-buffer: the next attempt includes it. */
  owesFlush: boolean;
  /** The packets of the last flush that the sink has taken and not stored yet, and those before them. */
  unconfirmed: number;
}

export class StreamConsumer {
  readonly #world: World;
  readonly #outcomes: ConsumerOutcomes;
  readonly #wakeUps: WakeUps<ConsumedStream>;
  readonly #timers: ChannelTimers;
  /** By data segment: a new registry may reuse the numbers of streams that it does not know. */
  readonly #streams = new Map<number, ConsumedStream>();
  #sink: Sink | undefined;
  #isErrorLogged = false;
  #isRetryPending = false;
  /** The next attempt to write the rest of all streams, and how many were made since the sink last stored a packet. */
  #closing: Timer | undefined;
  #closeAttempts = 0;
  /**
   * Token of the pending flush, acknowledged once no other consumer holds an output. The requester has its own timeout.
   */
  #pendingFlush: number | undefined;
  #orphanCheck: Timer | undefined;
  /** Events that were written and are gone; streams that cannot be read, and those whose files were moved. */
  #lostEvents = 0;
  #unreadable = 0;
  #moved = 0;
  /** The last output whose loss was logged: its other streams are lost with it. */
  #loggedLoss = '';
  #reported = ' 0 0 0';
  #mayHaveChanged = false;

  constructor(world: World, outcomes: ConsumerOutcomes) {
    this.#world = world;
    this.#outcomes = outcomes;
    this.#wakeUps = new WakeUps(world, (stream) => this.#drain(stream, false));
    this.#timers = new ChannelTimers(world.clock, (periodMs) => this.#tick(periodMs));
  }

  /** Streams that are added from now on are written to `sink`. */
  open(sink: Sink): void {
    this.#sink = sink;
  }

  /** Consumes the stream. Does nothing without a sink, or when it has the stream already. */
  addStream(stream: ConsumerStream): void {
    if (this.#sink === undefined || this.#streams.has(stream.dataSegment.id)) return;
    const added: ConsumedStream = {
      recorder: openStreamRecorder(
        this.#world,
        this.#sink,
        stream,
        (left) => this.#noteLeft(left),
        (packets) => this.#confirm(added, packets),
      ),
      isEnded: false,
      isOrphaned: false,
      error: undefined,
      owesFlush: false,
      unconfirmed: 0,
    };
    this.#streams.set(stream.dataSegment.id, added);
    this.#wakeUps.add(stream.wakePath, added);
    this.#timers.start(stream.readTimerUs);
    this.#timers.start(stream.switchTimerUs);
    // Writes packets from a time without a consumer. Also attaches the memory, so that it outlives its removal.
    this.#drain(added, false);
  }

  /** Writes everything that is in the buffers at this moment. */
  flush(token: number): void {
    for (const stream of this.#streams.values()) this.#drain(stream, true, 'now');
    this.#pendingFlush = token;
    this.#answerFlush();
  }

  /** Writes the rest of a stream that gets no more events, and releases the stream. */
  endStream(streamId: number): void {
    const ended = [...this.#streams.values()].find(
      (stream) => stream.recorder.stream.streamId === streamId && !stream.isOrphaned,
    );
    // A stream that this consumer does not have needs no writing.
    if (ended === undefined) {
      this.#outcomes.streamReleased(streamId);
      return;
    }
    ended.isEnded = true;
    this.#drain(ended, true, 'now');
  }

  /** The registry knows only the streams with these data segments. The others are drained until their writers leave. */
  keepOnly(segments: readonly number[]): void {
    const known = new Set(segments);
    // The registry that requested the flush is gone.
    this.#pendingFlush = undefined;
    for (const [segment, stream] of this.#streams) {
      stream.isOrphaned = !known.has(segment);
      // The previous registry's `endStream` no longer counts: the new registry ends the streams that it knows.
      stream.isEnded = false;
    }
    this.#checkOrphans();
  }

  /**
   * Writes the rest of all streams and releases them. `isReplaced`: another consumer continues the streams that it can
   * attach; we finish only streams whose memory has been removed.
   */
  close(isReplaced: boolean): void {
    if (isReplaced) {
      for (const stream of [...this.#streams.values()]) {
        if (!this.#isRemoved(stream)) this.#forget(stream);
      }
    }
    this.#finish();
  }

  #finish(): void {
    this.#pendingFlush = undefined;
    let isDone = true;
    for (const stream of this.#streams.values())
      isDone = this.#write(stream, true, 'now') && isDone;
    if (!isDone && this.#closeAttempts < CLOSE_RETRIES_MAX) {
      this.#closeAttempts += 1;
      this.#closing = this.#world.clock.setTimer(RETRY_MS, () => this.#finish());
      return;
    }
    if (!isDone) this.#world.log('trace.abandoned');
    this.#conclude();
  }

  #conclude(): void {
    this.#closing?.cancel();
    this.#closing = undefined;
    const outcome = this.#outcome((stream) => !isSettled(stream));
    for (const stream of [...this.#streams.values()]) this.#forget(stream);
    this.#orphanCheck?.cancel();
    this.#outcomes.closed(outcome);
  }

  /** Returns whether a stream has a timer of this period. */
  #tick(periodMs: number): boolean {
    let isWanted = false;
    for (const stream of this.#streams.values()) {
      const { readTimerUs, switchTimerUs } = stream.recorder.stream;
      const reads = periodMsOf(readTimerUs) === periodMs;
      const switches = periodMsOf(switchTimerUs) === periodMs;
      if (reads || switches) this.#drain(stream, switches);
      isWanted ||= reads || switches;
    }
    return isWanted;
  }

  /** Writes what is in the buffers, and releases an ended stream when everything is written. */
  #drain(stream: ConsumedStream, flush: boolean, scrutiny?: Scrutiny): void {
    const isDone = this.#write(stream, flush, scrutiny);
    this.#reportChange();
    if (isDone && stream.isEnded) this.#release(stream);
  }

  #release(stream: ConsumedStream): void {
    this.#forget(stream);
    this.#outcomes.streamReleased(stream.recorder.stream.streamId);
  }

  /** The sink has stored packets of the stream, or takes packets again, or has failed. */
  #confirm(stream: ConsumedStream, packets: number): void {
    stream.unconfirmed = Math.max(0, stream.unconfirmed - packets);
    this.#drain(stream, false);
    this.#answerFlush();
    if (this.#closing === undefined) return;
    if (packets > 0) this.#closeAttempts = 0;
    if ([...this.#streams.values()].every(isSettled)) this.#conclude();
  }

  /** Returns whether everything is stored, or can never be read. */
  #write(stream: ConsumedStream, flush: boolean, scrutiny?: Scrutiny): boolean {
    if (stream.error?.kind === 'lost') return true;
    const flushes = flush || stream.isEnded || stream.owesFlush;
    const drained = stream.recorder.drain(flushes, scrutiny);
    const wasStuck = isStuck(stream);
    stream.error = drained.ok ? undefined : drained.error;
    this.#mayHaveChanged ||= wasStuck !== isStuck(stream);
    const isWhole = drained.ok && drained.value;
    stream.owesFlush = flushes && !isWhole && stream.error?.kind !== 'lost';
    if (flushes && isWhole) stream.unconfirmed = stream.recorder.unconfirmed;
    if (!drained.ok) this.#handle(drained.error, stream);
    else if (this.#isErrorLogged && !this.#isAnyStuck()) {
      this.#isErrorLogged = false;
      this.#world.log('trace.writable');
    }
    return isSettled(stream);
  }

  #handle(error: RecordingError, { recorder }: ConsumedStream): void {
    if (error.kind === 'lost') {
      this.#unreadable += 1;
      this.#mayHaveChanged = true;
      this.#world.log('stream.unreadable', streamFields(recorder.stream, error.reason));
      return;
    }
    if (!this.#isErrorLogged) {
      this.#isErrorLogged = true;
      this.#world.log(
        'trace.notWritable',
        error.kind === 'write' ? errorFields(error.error) : { reason: error.reason },
      );
    }
    if (this.#isRetryPending) return;
    this.#isRetryPending = true;
    this.#world.clock.setTimer(RETRY_MS, () => this.#tryAgain());
  }

  #tryAgain(): void {
    this.#isRetryPending = false;
    for (const stuck of [...this.#streams.values()].filter(isStuck)) {
      this.#drain(stuck, this.#pendingFlush !== undefined);
    }
    this.#answerFlush();
  }

  #answerFlush(): void {
    if (this.#pendingFlush === undefined) return;
    if ([...this.#streams.values()].some((stream) => isHeld(stream) || isAwaited(stream))) return;
    const token = this.#pendingFlush;
    this.#pendingFlush = undefined;
    this.#outcomes.flushed(token, this.#outcome());
  }

  #outcome(isUnwritten = isStuck): WritingOutcome {
    const stuck = [...this.#streams.values()].filter(isUnwritten);
    const [first] = stuck;
    const lost = { events: this.#lostEvents, streams: this.#unreadable, moved: this.#moved };
    return {
      ...(first === undefined
        ? {}
        : { unwritten: { streams: stuck.length, code: codeOf(first.error) } }),
      ...(Object.values(lost).every((number) => number === 0) ? {} : { lost }),
    };
  }

  /** The first stream that cannot be written makes a report, and the last one that can be again; so does each loss. */
  #reportChange(): void {
    if (!this.#mayHaveChanged) return;
    this.#mayHaveChanged = false;
    const outcome = this.#outcome();
    const text = [outcome.unwritten?.code, this.#lostEvents, this.#unreadable, this.#moved].join(
      ' ',
    );
    if (text === this.#reported) return;
    this.#reported = text;
    this.#outcomes.changed(outcome);
  }

  #noteLeft({ name, events, isMoved }: LeftOutput): void {
    this.#lostEvents += events;
    this.#moved += isMoved ? 1 : 0;
    this.#mayHaveChanged = true;
    if (this.#loggedLoss === name) return;
    this.#loggedLoss = name;
    this.#world.log(isMoved ? 'trace.moved' : 'trace.gone', { path: name });
  }

  #isAnyStuck(): boolean {
    return [...this.#streams.values()].some(isStuck);
  }

  #forget(stream: ConsumedStream): void {
    const { dataSegment, wakePath } = stream.recorder.stream;
    stream.recorder.close();
    this.#streams.delete(dataSegment.id);
    this.#wakeUps.remove(wakePath, stream);
  }

  /** An orphan's writer soon detaches or is dead: then only this consumer has the segment attached. */
  #checkOrphans(): void {
    this.#orphanCheck?.cancel();
    this.#orphanCheck = undefined;
    for (const orphan of [...this.#streams.values()].filter(({ isOrphaned }) => isOrphaned)) {
      const { dataSegment } = orphan.recorder.stream;
      const attachments = this.#world.memory.attachments(dataSegment);
      // Counted before the write below, which thus includes everything that a detached writer recorded.
      const isWritten = this.#write(orphan, true);
      if (isWritten && (!attachments.ok || attachments.value <= 1)) this.#forget(orphan);
      else {
        this.#orphanCheck ??= this.#world.clock.setTimer(ORPHAN_CHECK_MS, () =>
          this.#checkOrphans(),
        );
      }
    }
  }

  #isRemoved({ recorder }: ConsumedStream): boolean {
    const info = this.#world.memory.info(recorder.stream.dataSegment);
    return !info.ok && info.error.code === 'EIDRM';
  }
}

/** Whether the stream's last packet could not be written. */
function isStuck({ error }: ConsumedStream): boolean {
  return error !== undefined && error.kind !== 'lost';
}

/** Whether the sink has yet to store packets of the last flush. */
function isAwaited(stream: ConsumedStream): boolean {
  return stream.error === undefined && (stream.owesFlush || stream.unconfirmed > 0);
}

/** Whether everything that the last flush found is stored, or can never be read. */
function isSettled(stream: ConsumedStream): boolean {
  return !isStuck(stream) && !isAwaited(stream);
}

/** Without an error the sink did not store in time what it had taken. */
function codeOf(error: RecordingError | undefined): OsErrorCode {
  if (error === undefined) return 'ETIMEDOUT';
  return error.kind === 'write' ? error.error.code : 'EIO';
}

/** Whether another consumer still has the stream's output; that consumer releases it when it learns of this one. */
function isHeld({ error }: ConsumedStream): boolean {
  return error?.kind === 'write' && error.isHeld;
}
