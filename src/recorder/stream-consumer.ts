/**
 * A consumer's data path: the streams of one session, from shared memory into a sink (R1.19 to R1.22).
 *
 * It reads a stream on a byte in the wake-up pipe, which applications write with each finished sub-buffer (R1.21); on
 * the read timer, in case a wake-up was lost; and on the switch timer, when it also writes unfinished sub-buffers, so
 * that a viewer can follow the trace. It retries packets that the sink refuses.
 *
 * A network sink stores packets later. A flush, and the end of a stream or of all streams, wait until the sink has
 * stored what was in the buffers at that moment: `isSettled`.
 *
 * The sink can change (R3.4, R3.7). Then the streams offer no more packets; when the present sink has stored what it
 * took, their outputs close and they go on in the new sink, or nowhere: then events wait in the buffers. Each event is
 * thus in one of the two. A link that does not store in time is given up, and so is one that is lost: what it has not
 * acknowledged is still in the buffers and goes to the new sink, too.
 */
import { KernelClasses } from '../kernel/kernel-classes.ts';
import type { Timer } from '../port/clock.ts';
import type { KernelPages } from '../port/kernel-tracer.ts';
import { segmentKey } from '../port/shared-memory.ts';
import type { World } from '../port/world.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { WritingOutcome } from '../wire/control/outcomes.ts';
import { ChannelTimers, periodMsOf } from './channel-timers.ts';
import {
  type ConsumedStream,
  freshStream,
  isAwaited,
  isHeld,
  isRemoved,
  isSettled,
  isStuck,
  type SinkChange,
} from './consumed-stream.ts';
import { openStreamRecorder } from './open-recorder.ts';
import { Orphans } from './orphans.ts';
import { type ConsumerOutcomes, OutcomeReports, outcomeOf } from './outcome-reports.ts';
import { PendingFlush } from './pending-flush.ts';
import { type KernelEvents, PumpedRecorder } from './pumped-recorder.ts';
import type { Scrutiny } from './recorder-parts.ts';
import { errorFields, type RecordingError, streamFields } from './recording-error.ts';
import type { Sink } from './sink.ts';
import { WakeUps } from './wake-ups.ts';

/** The interval between attempts to write, and how many attempts a close makes after the first. */
export const RETRY_MS = 500;
export const CLOSE_RETRIES_MAX = 20;
/** How long a change of the sink waits until the present one has stored what it took. */
export const CHANGE_MS_MAX = 10_000;

export class StreamConsumer {
  /** What the registry tells of the kernel whose streams it consumes. */
  readonly kernel: KernelEvents = { layout: undefined, classes: new KernelClasses() };
  readonly #world: World;
  readonly #outcomes: ConsumerOutcomes;
  readonly #wakeUps: WakeUps<ConsumedStream>;
  readonly #timers: ChannelTimers;
  readonly #reports: OutcomeReports;
  /** By data segment: a new registry may reuse the numbers of streams that it does not know. */
  readonly #streams = new Map<string, ConsumedStream>();
  /** Undefined: nothing is written, and events wait in the buffers. */
  #sink: Sink | undefined;
  #change: SinkChange | undefined;
  #changePatience: Timer | undefined;
  /** No registry says that this is the consumer of the session. */
  #isAlone = false;
  #isErrorLogged = false;
  #isRetryPending = false;
  /** The next attempt to write the rest of all streams, and how many were made since the sink last stored a packet. */
  #closing: Timer | undefined;
  #closeAttempts = 0;
  /** Answered once no other consumer holds an output. */
  readonly #flush: PendingFlush;
  readonly #orphans: Orphans;

  constructor(world: World, outcomes: ConsumerOutcomes) {
    this.#world = world;
    this.#outcomes = outcomes;
    this.#wakeUps = new WakeUps(world, (stream) => this.#drain(stream, false));
    this.#timers = new ChannelTimers(world.clock, (periodMs) => this.#tick(periodMs));
    this.#orphans = new Orphans(world, {
      write: (stream) => this.#write(stream, true),
      forget: (stream) => this.#forget(stream),
    });
    this.#flush = new PendingFlush(world.clock, (token) => {
      const outcome = this.#outcome((stream) => !isSettled(stream));
      this.#outcomes.flushed(token, outcome);
    });
    this.#reports = new OutcomeReports(world, () => this.#outcome(), outcomes.changed);
  }

  /**
   * Writes to `sink` as soon as the present one has stored what it took; undefined: nowhere. Then calls `onChanged`,
   * perhaps inside this call. If a newer sink comes before `sink` is in use, `sink` is closed, and `onChanged` is not
   * called.
   */
  open(sink: Sink | undefined, onChanged: () => void = () => undefined): void {
    this.#change?.sink?.link?.close();
    this.#change = { sink, onChanged };
    for (const { recorder } of this.#streams.values()) recorder.hold();
    this.#exchangeWhenStored();
    if (this.#change === undefined) return;
    this.#changePatience ??= this.#world.clock.setTimer(CHANGE_MS_MAX, () => {
      this.#sink?.link?.giveUp('the relay did not store in time what it received');
      this.#exchange();
    });
  }

  /** The link of the present sink is lost. */
  noteLink(): void {
    this.#reports.note();
    this.#exchangeWhenStored();
    this.#reports.reportChange(this.#sink?.link);
  }

  /** Consumes the stream. Does nothing when it has the stream already. */
  addStream(stream: ConsumerStream): void {
    if (this.#streams.has(segmentKey(stream.dataSegment))) return;
    const recorder = openStreamRecorder(
      this.#world,
      this.#sink,
      stream,
      (left) => this.#reports.noteLeft(left),
      (packets) => this.#confirm(added, packets),
      () => !this.#isAlone,
    );
    const isOfKernel = stream.kernel !== undefined;
    const pumped = isOfKernel ? new PumpedRecorder(this.#world, this.kernel, recorder) : undefined;
    const added = freshStream(recorder, pumped);
    if (this.#change !== undefined) added.recorder.hold();
    this.#streams.set(segmentKey(stream.dataSegment), added);
    this.#wakeUps.add(stream.wakePath, added);
    this.#timers.start(stream.readTimerUs);
    this.#timers.start(stream.switchTimerUs);
    // Writes packets from a time without a consumer. Also attaches the memory, so that it outlives its removal.
    this.#drain(added, false);
  }

  /** The registry has passed the pages of these streams of the kernel, in this order. */
  takePages(streamIds: readonly number[], pages: readonly KernelPages[]): void {
    for (const [index, each] of pages.entries()) {
      const stream = this.#streamOf(streamIds[index]);
      if (stream?.pumped === undefined) {
        each.close();
        continue;
      }
      stream.pumped.take(each, () => this.#drain(stream, false));
      this.#drain(stream, false);
    }
  }

  /** Keys of the present outputs of its streams, whichever consumer holds them. */
  get outputs(): readonly bigint[] {
    return [...this.#streams.values()].flatMap(({ recorder }) => recorder.key ?? []);
  }

  /** Writes everything that is in the buffers at this moment, as far as the sink takes it. */
  writeAll(): void {
    for (const stream of [...this.#streams.values()]) this.#drain(stream, true, 'now');
  }

  /** What is stored so far was removed: snapshots begin after it. */
  markCleared(): void {
    for (const { recorder } of this.#streams.values()) recorder.markCleared();
  }

  /** The same, and says when it is stored. */
  flush(token: number): void {
    this.writeAll();
    this.#flush.begin(token);
    this.#answerFlush();
    this.#flush.wait();
  }

  /** Writes the rest of a stream that gets no more events, and releases the stream. */
  endStream(streamId: number): void {
    const ended = this.#streamOf(streamId);
    // A stream that this consumer does not have needs no writing.
    if (ended === undefined) {
      this.#outcomes.streamReleased(streamId);
      return;
    }
    ended.isEnded = true;
    this.#drain(ended, true, 'now');
  }

  #streamOf(streamId: number | undefined): ConsumedStream | undefined {
    return [...this.#streams.values()].find(
      (stream) => stream.recorder.stream.streamId === streamId && !stream.isOrphaned,
    );
  }

  /** The registry is gone: until the next one, another consumer may take streams. */
  noteAlone(): void {
    this.#isAlone = true;
  }

  /** The registry knows only the streams with these data segments. The others are drained until their writers leave. */
  keepOnly(segments: readonly number[]): void {
    this.#isAlone = false;
    const known = new Set(segments);
    // The registry that requested the flush is gone.
    this.#flush.forget();
    for (const stream of this.#streams.values()) {
      stream.isOrphaned = !known.has(stream.recorder.stream.dataSegment.id);
      // The previous registry's `endStream` no longer counts: the new registry ends the streams that it knows.
      stream.isEnded = false;
    }
    this.#orphans.check(() => this.#streams.values());
  }

  /**
   * Writes the rest of all streams and releases them. `isReplaced`: another consumer continues the streams that it can
   * attach; we finish only streams whose memory has been removed. A consumer without a registry leaves what was taken.
   */
  close(isReplaced: boolean): void {
    for (const stream of [...this.#streams.values()]) {
      const isOthers = isReplaced && !isRemoved(this.#world, stream);
      if (isOthers || (this.#isAlone && stream.recorder.isTaken)) this.#forget(stream);
    }
    this.#finish();
  }

  #finish(): void {
    this.#flush.forget();
    let isDone = true;
    for (const stream of this.#streams.values())
      isDone = this.#write(stream, true, 'now') && isDone;
    if (!isDone && this.#mayYetWrite() && this.#closeAttempts < CLOSE_RETRIES_MAX) {
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
    this.#orphans.stop();
    this.#reports.stop();
    for (const sink of [this.#sink, this.#change?.sink]) sink?.link?.close();
    this.#endChange();
    this.#sink = undefined;
    this.#outcomes.closed(outcome);
  }

  /** Whether there is a sink that may store something, or one is to come. */
  #mayYetWrite(): boolean {
    if (this.#change !== undefined) return true;
    return this.#sink !== undefined && this.#sink.link?.outcome.state !== 'lost';
  }

  #exchangeWhenStored(): void {
    if (this.#change === undefined) return;
    const isLost = this.#sink?.link?.outcome.state === 'lost';
    const streams = [...this.#streams.values()];
    if (isLost || streams.every(({ recorder }) => recorder.unconfirmed === 0)) this.#exchange();
  }

  /** The streams leave the present sink and go on in the new one. */
  #exchange(): void {
    const change = this.#change;
    if (change === undefined) return;
    this.#endChange();
    const { link } = this.#sink ?? {};
    this.#sink = change.sink;
    for (const stream of this.#streams.values()) this.#redirect(stream);
    link?.close();
    this.#closeAttempts = 0;
    this.#reports.note();
    change.onChanged();
    for (const stream of [...this.#streams.values()]) this.#drain(stream, false);
    this.#reports.reportChange(this.#sink?.link);
    this.#answerFlush();
  }

  #endChange(): void {
    this.#changePatience?.cancel();
    this.#changePatience = undefined;
    this.#change = undefined;
  }

  /** What the present sink has not stored is owed to the new one. */
  #redirect(stream: ConsumedStream): void {
    stream.owesFlush ||= stream.unconfirmed > 0;
    stream.unconfirmed = 0;
    const changed = stream.recorder.changeTo(this.#sink);
    if (stream.error?.kind === 'lost') return;
    stream.error = changed.ok ? undefined : changed.error;
    if (!changed.ok) this.#handle(changed.error, stream);
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
    this.#reports.reportChange(this.#sink?.link);
    if (!isDone || !stream.isEnded) return;
    this.#forget(stream);
    this.#outcomes.streamReleased(stream.recorder.stream.streamId);
  }

  /** The sink has stored packets of the stream, or takes packets again, or has failed. */
  #confirm(stream: ConsumedStream, packets: number): void {
    stream.unconfirmed = Math.max(0, stream.unconfirmed - packets);
    this.#drain(stream, false);
    this.#exchangeWhenStored();
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
    if (wasStuck !== isStuck(stream)) this.#reports.note();
    const isWhole = drained.ok && drained.value;
    stream.owesFlush = flushes && !isWhole && stream.error?.kind !== 'lost';
    if (flushes && isWhole) stream.unconfirmed = stream.recorder.unconfirmed;
    if (!drained.ok) this.#handle(drained.error, stream);
    else if (this.#isErrorLogged && ![...this.#streams.values()].some(isStuck)) {
      this.#isErrorLogged = false;
      this.#world.log('trace.writable');
    }
    return isSettled(stream);
  }

  #handle(error: RecordingError, { recorder }: ConsumedStream): void {
    if (error.kind === 'lost') {
      this.#reports.noteUnreadable();
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
    if (this.#isRetryPending || !this.#mayYetWrite()) return;
    this.#isRetryPending = true;
    this.#world.clock.setTimer(RETRY_MS, () => this.#tryAgain());
  }

  #tryAgain(): void {
    this.#isRetryPending = false;
    for (const stuck of [...this.#streams.values()].filter(isStuck)) {
      this.#drain(stuck, this.#flush.isPending);
    }
    this.#answerFlush();
  }

  #answerFlush(): void {
    if (!this.#flush.isPending) return;
    const isWaiting = (stream: ConsumedStream): boolean => isHeld(stream) || isAwaited(stream);
    if (this.#mayYetWrite() && [...this.#streams.values()].some(isWaiting)) return;
    this.#flush.answer();
  }

  #outcome(isUnwritten = isStuck): WritingOutcome {
    const unwritten = [...this.#streams.values()].filter(isUnwritten);
    return { ...outcomeOf(unwritten, this.#sink), ...this.#reports.lost };
  }

  #forget(stream: ConsumedStream): void {
    const { dataSegment, wakePath } = stream.recorder.stream;
    stream.recorder.close();
    this.#streams.delete(segmentKey(dataSegment));
    this.#wakeUps.remove(wakePath, stream);
  }
}
