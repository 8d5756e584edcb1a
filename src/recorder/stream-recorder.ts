/**
 * Records one stream: takes packets out of the buffers and appends them to the stream's output in the sink, with the
 * classes of their events to the metadata first, so that no event is ever readable before its class.
 *
 * The recorder releases a packet in the buffers only when the sink has stored it, which the sink may say later. A
 * packet that the sink refuses stays in the buffers, and the recorder retries; meanwhile the application discards and
 * counts events (or overwrites).
 *
 * A consumer that dies leaves checkpoints in the position segment (`../ring/progress.ts`); the next consumer opens the
 * same output and continues at its end. The consumer trusts neither checkpoints nor output: it leaves an inconsistent
 * output as it is, and the stream continues in another output.
 */

import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import { NS_PER_MS_BIGINT } from '../base/time.ts';
import { eventMetadata, streamMetadata } from '../ctf/metadata.ts';
import { decodeClassRecord } from '../event/class-record.ts';
import type { LogEvent } from '../port/log.ts';
import { markCleared } from '../ring/cleared.ts';
import type { Packet } from '../ring/packet.ts';
import { type ConsumerPosition, NOTHING_STORED } from '../ring/progress.ts';
import { attachReader, type StreamReader } from '../ring/reader.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { RecorderParts, Scrutiny } from './recorder-parts.ts';
import { lost, type Recorded, strange, streamFields } from './recording-error.ts';
import { countedAsGone, findResumePoint, reachedBy } from './resume-point.ts';
import type { Sink, Standing, StreamOutput } from './sink.ts';
import { beginningLater, isSplit, kindOf, openingPacket, sinkPacket } from './stream-packets.ts';

/** The key of a stream that has no output. */
export const NO_OUTPUT = 0n;
/** How many unusable outputs a stream tries before it waits for its next turn. */
const OUTPUTS_TRIED_MAX = 4;

/**
 * How much a live stream's rest lies behind: longer than a store of the writer takes until other processors see it.
 */
const REST_LAG_NS = NS_PER_MS_BIGINT;

/** The interval at which a recorder that writes looks thoroughly whether its output is still there. */
export const SCRUTINY_MS = 100;

export class Recorder {
  readonly stream: ConsumerStream;
  readonly #parts: RecorderParts;
  readonly #reader: StreamReader;
  /** Undefined until there is a packet to write. */
  #output: StreamOutput | undefined;
  #isDeclared = false;
  /** How many classes an earlier consumer declared. */
  #declaredClasses = 0;
  #nextClassId = 0;
  /** Declarations that could not be written yet. */
  #undeclared = '';
  #scrutinisedAt = 0n;
  /** Events of the stream before the first one in the output, as far as this consumer knows. */
  readonly #eventsBefore: number;
  /** The output of the stream, as far as this consumer knows. */
  #claim: bigint;

  constructor(parts: RecorderParts, reader: StreamReader, eventsBefore = 0) {
    this.stream = parts.stream;
    this.#parts = parts;
    this.#reader = reader;
    this.#eventsBefore = eventsBefore;
    this.#claim = reader.position?.output ?? NO_OUTPUT;
  }

  /** Another consumer has claimed the stream, and writes it to an output of its own. */
  get isTaken(): boolean {
    return this.#reader.position !== null && this.#reader.position.output !== this.#claim;
  }

  /** Whether the output is still there; a failure to find out counts only `now`. */
  standing(scrutiny: Scrutiny): Recorded<Standing> {
    if (this.#output === undefined) return ok('here');
    const now = this.#parts.world.clock.monotonicNs();
    const isDue = now - this.#scrutinisedAt >= BigInt(SCRUTINY_MS) * NS_PER_MS_BIGINT;
    const isThorough = scrutiny === 'now' || isDue;
    if (isThorough) this.#scrutinisedAt = now;
    const standing = this.#output.standing(isThorough);
    return standing.ok || scrutiny === 'now' ? standing : ok('here');
  }

  /** Leaves the output as it is; returns the recorder that begins the stream in another one. */
  leaveOutput(standing: Standing): Recorded<Recorder> {
    const { stream, onLeft } = this.#parts;
    const { position } = this.#reader;
    assert(position !== null && this.#output !== undefined, 'pre:stream-recorder.leave:has-output');
    const passed = position.atPosition();
    const isMoved = standing === 'moved';
    const { name } = this.#output;
    this.#output.close();
    this.#output = undefined;
    const stored = isMoved ? NOTHING_STORED : countedAsGone(passed);
    if (passed.stored.packets > 0) position.adopt({ ...passed, stored });
    position.claimOutput(position.output, this.#sink.keyFor(stream));
    const events = isMoved ? 0 : Math.max(0, passed.events - this.#eventsBefore);
    onLeft({ name, events, isMoved });
    return this.#again(this.#parts, passed.events);
  }

  /**
   * Closes the output, which keeps what it has stored; returns the recorder of what it has not. The stream begins anew
   * in `sink`, which names its output when there is a packet.
   */
  changeTo(sink: Sink | undefined): Recorded<Recorder> {
    const { position } = this.#reader;
    const parts = { ...this.#parts, sink };
    // Another consumer may have begun an output that this one has not opened: the new sink finds out about it.
    if (this.#output === undefined || position === null)
      return this.#again(parts, this.#eventsBefore);
    if (this.isTaken) return this.goOnAfterOther(parts);
    this.#output.close();
    this.#output = undefined;
    const passed = position.atPosition();
    // In this order: a consumer that dies between the two leaves an output that fits no checkpoint, and counts no loss.
    position.adopt({ ...passed, stored: NOTHING_STORED });
    position.claimOutput(position.output, NO_OUTPUT);
    return this.#again(parts, passed.events);
  }

  /** Leaves the output; returns the recorder of what the other consumer, which took the stream, has not stored. */
  goOnAfterOther(parts: RecorderParts = this.#parts): Recorded<Recorder> {
    this.#output?.close();
    this.#output = undefined;
    return this.#again(parts, this.#reader.position?.atPosition().events ?? this.#eventsBefore);
  }

  #again(parts: RecorderParts, eventsBefore: number): Recorded<Recorder> {
    const reader = attachReader(parts.memory.data, parts.memory.position);
    return reader.ok ? ok(new Recorder(parts, reader.value, eventsBefore)) : lost(reader.error);
  }

  /** What is stored so far was removed: snapshots begin after it. */
  markCleared(): void {
    const { position } = this.#parts.memory;
    const passed = this.#reader.position?.atPosition();
    if (position !== null && passed !== undefined) markCleared(position, passed);
  }

  get #sink(): Sink {
    assert(this.#parts.sink !== undefined, 'pre:stream-recorder:has-sink');
    return this.#parts.sink;
  }

  get unconfirmed(): number {
    return this.#reader.kept;
  }

  /** As {@link drain} where the sink has no room: whether there is nothing to write. */
  isDrained(flush: boolean): Recorded<boolean> {
    const isEmpty = this.#reader.next(flush) === undefined;
    const { fault } = this.#reader;
    return fault === undefined ? ok(isEmpty) : lost(fault);
  }

  /**
   * Writes the finished sub-buffers, and with `flush` the unfinished one; at most as many as the ring has and one more,
   * so that a fast writer cannot keep us here. False: the sink has no room for the next packet at the moment.
   */
  drain(flush: boolean): Recorded<boolean> {
    const { isLive = false } = this.#sink;
    const now = isLive && flush ? this.#parts.world.clock.monotonicNs() : undefined;
    if (this.#output === undefined) {
      const isBegun = (this.#reader.position?.output ?? NO_OUTPUT) !== NO_OUTPUT;
      const isWanted = isBegun || isLive || this.#reader.next(flush) !== undefined;
      if (!isWanted) return this.#outcome();
      const output = this.#openOutput();
      if (!output.ok) return output;
      this.#output = output.value;
    }
    for (let packets = 0; packets <= this.stream.shape.subbufferCount + 1; packets++) {
      const packet = this.#reader.next(flush);
      if (packet === undefined) break;
      const room = this.#output.room();
      if (!room.ok || !room.value) return room;
      const recorded = this.#record(packet, this.#output);
      if (!recorded.ok) return recorded;
      this.#reader.done(packet, recorded.value === 'stored');
    }
    const rested = now === undefined ? ok(undefined) : this.#rest(this.#output, now - REST_LAG_NS);
    return rested.ok ? this.#outcome() : rested;
  }

  /** Tells those who follow the stream that it has no event before `until`, if that is so. */
  #rest(output: StreamOutput, until: bigint): Recorded {
    const reader = this.#reader;
    if (reader.fault !== undefined || until <= reader.timestamp || !reader.isAtRest)
      return ok(undefined);
    // LTTng's relay takes no beacon of a stream without packets.
    if (reader.stored.packets > 0 && output.hasNews !== true) {
      if (output.rest?.(until) === true) reader.rest(until);
      return ok(undefined);
    }
    const room = output.room();
    if (!room.ok || !room.value) return room.ok ? ok(undefined) : room;
    const packet = reader.restPacket(until);
    const recorded = this.#record(packet, output);
    if (!recorded.ok) return recorded;
    reader.done(packet, recorded.value === 'stored');
    return ok(undefined);
  }

  close(): void {
    this.#output?.close();
    this.#parts.memory.detach();
  }

  #outcome(): Recorded<boolean> {
    const { fault, kept } = this.#reader;
    if (fault !== undefined) return lost(fault);
    // A sink that has failed stores nothing of what it had taken.
    const room = kept > 0 ? this.#output?.room() : undefined;
    return room?.ok === false ? room : ok(true);
  }

  #stored(packets: number): void {
    // The position in the buffers is that of the consumer that took the stream.
    if (!this.isTaken) this.#reader.release(packets);
    this.#parts.onStored(packets);
  }

  /** Opens the claimed output and continues in it, or begins the stream in an output that the sink names. */
  #openOutput(): Recorded<StreamOutput> {
    const { position } = this.#reader;
    let outcome: Recorded<StreamOutput> = strange('its claimed output changed at every attempt');
    this.#leaveOtherSink();
    for (let tried = 0; tried < OUTPUTS_TRIED_MAX; tried++) {
      const claimed = position?.output ?? NO_OUTPUT;
      const key = claimed === NO_OUTPUT ? this.#sink.keyFor(this.stream) : claimed;
      // Another consumer may have claimed an output first: then use that one.
      if (claimed === NO_OUTPUT && position !== null && position.claimOutput(claimed, key) !== key)
        continue;
      this.#claim = key;
      outcome = this.#continueIn(key);
      if (outcome.ok || outcome.error.kind !== 'strange') return outcome;
      const { reason } = outcome.error;
      this.#report('trace.notContinued', reason);
      this.#claimAnother(claimed);
    }
    return outcome;
  }

  /** An earlier consumer wrote into another sink, which has all that it stored: the stream begins anew. */
  #leaveOtherSink(): void {
    const { position } = this.#reader;
    if (position === null || position.output === NO_OUTPUT) return;
    const { output } = position;
    if (this.#sink.names?.(this.stream, output) ?? true) return;
    position.adopt({ ...position.atPosition(), stored: NOTHING_STORED });
    this.#claimAnother(output);
  }

  #claimAnother(claimed: bigint): void {
    const key = this.#sink.anotherKeyFor(this.stream);
    if (this.#reader.position?.claimOutput(claimed, key) === key) this.#claim = key;
  }

  #continueIn(key: bigint): Recorded<StreamOutput> {
    const onStored = (packets: number): void => this.#stored(packets);
    const output = this.#sink.open(this.stream, key, onStored, reachedBy(this.#reader.position));
    if (!output.ok) return output;
    const resumed = this.#resume(output.value);
    if (resumed.ok) return output;
    output.value.close();
    return resumed;
  }

  /** Continues at the end of the output; discards an incomplete packet there. */
  #resume(output: StreamOutput): Recorded {
    const { position } = this.#reader;
    const resumed =
      position === null
        ? output.resumeAt(output.position)
        : this.#resumeAtCheckpoint(position, output);
    if (!resumed.ok) return resumed;
    this.#isDeclared = output.declaredClasses !== undefined;
    this.#declaredClasses = output.declaredClasses ?? 0;
    return ok(undefined);
  }

  #resumeAtCheckpoint(position: ConsumerPosition, output: StreamOutput): Recorded {
    const point = findResumePoint(position, this.stream.shape, output.position);
    if (point === undefined) return strange('the length of its output matches no checkpoint');
    const { isGone } = point;
    const isLoss = isGone && !this.#sink.isApart;
    const checkpoint =
      isGone && !isLoss ? { ...point.checkpoint, stored: NOTHING_STORED } : point.checkpoint;
    const resumed = output.resumeAt(checkpoint.stored.position);
    if (!resumed.ok) return resumed;
    if (isLoss) {
      this.#report('trace.streamFileGone', 'a new file begins');
      this.#parts.onLeft({ name: output.name, events: checkpoint.events, isMoved: false });
    }
    this.#reader.resume(checkpoint);
    return ok(undefined);
  }

  #report(event: LogEvent, reason: string): void {
    this.#parts.world.log(event, streamFields(this.stream, reason));
  }

  #record(packet: Packet, output: StreamOutput): Recorded<'stored' | 'taken'> {
    const declared = this.#declareClasses(output);
    if (!declared.ok) return declared;
    const { packets, discarded } = this.#reader.stored;
    const { stream } = this;
    const timed = isSplit(stream) ? beginningLater(packet, this.#reader.timestamp) : packet;
    const opening = packets === 0 ? [openingPacket(stream, output.traceUuid, timed)] : [];
    // A gap in the sequence numbers shows readers that packets were overwritten.
    const sequenceNumber = packets + opening.length + packet.lostSubbuffers;
    const discardedTotal = discarded + packet.discardedSince;
    const counters = { sequenceNumber, eventsDiscarded: discardedTotal };
    const next = [...opening, sinkPacket(stream, output.traceUuid, timed, counters)];
    const end = output.prepare(next);
    if (!end.ok) return end;
    const packetsNow = sequenceNumber + 1;
    const stored = { position: end.value, packets: packetsNow, discarded: discardedTotal };
    this.#reader.announce(packet, stored);
    return output.append(next);
  }

  #declareClasses(output: StreamOutput): Recorded {
    const records = this.#reader.readClasses();
    if (!records.ok) return lost(records.error);
    const { streamId } = this.stream;
    const kind = kindOf(this.stream);
    if (!this.#isDeclared) {
      this.#undeclared += streamMetadata(streamId, kind);
      this.#isDeclared = true;
    }
    for (const record of records.value) {
      const eventClass = decodeClassRecord(record);
      if (!eventClass.ok) return lost(eventClass.error);
      if (eventClass.value.id !== this.#nextClassId) {
        return lost(`event class ${eventClass.value.id} out of order`);
      }
      if (this.#nextClassId >= this.#declaredClasses) {
        this.#undeclared += eventMetadata(streamId, eventClass.value, kind);
      }
      this.#nextClassId += 1;
    }
    if (this.#undeclared === '') return ok(undefined);
    const appended = output.declare(this.#undeclared);
    if (appended.ok) this.#undeclared = '';
    return appended;
  }
}
