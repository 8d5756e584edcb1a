/**
 * Records one stream: takes packets out of the buffers and appends them to the stream's output in the sink, with the
 * classes of their events to the metadata first, so that no event is ever readable before its class.
 *
 * The recorder releases a packet in the buffers only when the sink has stored it. A packet that the sink refuses stays
 * in the buffers, and the recorder retries; meanwhile the application discards and counts events (or overwrites).
 *
 * A consumer that dies leaves checkpoints in the position segment (`../ring/progress.ts`); the next consumer opens the
 * same output and continues at its end. The consumer trusts neither checkpoints nor output: it leaves an inconsistent
 * output as it is, and the stream continues in another output.
 */

import { fail, ok, type Result } from '../base/result.ts';
import { eventMetadata, streamMetadata } from '../ctf/metadata.ts';
import { encodePacketHeader } from '../ctf/packet.ts';
import { decodeClassRecord } from '../event/class-record.ts';
import type { LogEvent } from '../port/log.ts';
import type { OsError, OsErrorCode } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import type { ConsumerPosition } from '../ring/progress.ts';
import { attachReader, type Packet, type StreamReader } from '../ring/reader.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import { lost, type Recorded, strange, written } from './recording-error.ts';
import { findResumePoint } from './resume-point.ts';
import type { Sink, StreamOutput } from './sink.ts';

const EMPTY = new Uint8Array(0);
/** How many unusable outputs a stream tries before it waits for its next turn. */
const OUTPUTS_TRIED_MAX = 4;

/** The parts of the World that recording a stream uses, beside its sink. */
export type RecorderWorld = Pick<World, 'log' | 'memory'>;

export interface StreamRecorder {
  readonly stream: ConsumerStream;
  /**
   * Writes the finished sub-buffers, and with `flush` the unfinished one; at most as many as the ring has and one more,
   * so that a fast writer cannot keep us here.
   */
  drain(flush: boolean): Recorded;
  close(): void;
}

/** A recorder that attaches the stream's segments in its first `drain`; after a failure the next `drain` retries. */
export function openStreamRecorder(
  world: RecorderWorld,
  sink: Sink,
  stream: ConsumerStream,
): StreamRecorder {
  let recorder: StreamRecorder | undefined;
  return {
    stream,
    drain: (flush) => {
      if (recorder === undefined) {
        const attached = attach(world, sink, stream);
        if (!attached.ok) return attached;
        recorder = attached.value;
      }
      return recorder.drain(flush);
    },
    close: () => recorder?.close(),
  };
}

function attach(
  world: RecorderWorld,
  sink: Sink,
  stream: ConsumerStream,
): Recorded<StreamRecorder> {
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return notAttached(data.error);
  const position = world.memory.attachWritable(stream.positionSegment);
  const detach = (): void => {
    data.value.detach();
    if (position.ok) position.value.detach();
  };
  if (!position.ok) {
    detach();
    return notAttached(position.error);
  }
  const reader = attachReader(data.value, position.value);
  if (!reader.ok) {
    detach();
    return lost(reader.error);
  }
  return ok(new Recorder(world, sink, stream, reader.value, detach));
}

/** Permanent errors: the segment is gone, or belongs to another user. */
const LASTING: ReadonlySet<OsErrorCode> = new Set(['EIDRM', 'EACCES']);

function notAttached(error: OsError): Recorded<never> {
  if (!LASTING.has(error.code)) return written(fail(error));
  return lost(`cannot attach segment ${error.subject} (${error.code})`);
}

/** Attaches a stream that another process may consume: copies its packets without consuming them (R1.23). */
export function openSnapshotRecorder(
  world: RecorderWorld,
  sink: Sink,
  stream: ConsumerStream,
): Result<StreamRecorder, string> {
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return fail(`cannot attach segment ${stream.dataSegment.id} (${data.error.code})`);
  const detach = (): void => data.value.detach();
  const reader = attachReader(data.value, null);
  if (!reader.ok) {
    detach();
    return fail(reader.error);
  }
  return ok(new Recorder(world, sink, stream, reader.value, detach));
}

/** Fields for the log. */
export function streamFields(
  { streamId, channel, pid }: ConsumerStream,
  reason: string,
): Record<string, string | number> {
  return { 'stream-id': streamId, channel, pid, reason };
}

class Recorder implements StreamRecorder {
  readonly stream: ConsumerStream;
  readonly #world: RecorderWorld;
  readonly #sink: Sink;
  readonly #reader: StreamReader;
  readonly #detach: () => void;
  /** Undefined until there is a packet to write. */
  #output: StreamOutput | undefined;
  #isDeclared = false;
  /** How many classes an earlier consumer declared. */
  #declaredClasses = 0;
  #nextClassId = 0;
  /** Declarations that could not be written yet. */
  #undeclared = '';

  constructor(
    world: RecorderWorld,
    sink: Sink,
    stream: ConsumerStream,
    reader: StreamReader,
    detach: () => void,
  ) {
    this.#world = world;
    this.#sink = sink;
    this.stream = stream;
    this.#reader = reader;
    this.#detach = detach;
  }

  drain(flush: boolean): Recorded {
    if (this.#output === undefined) {
      const isBegun = (this.#reader.position?.output ?? 0n) !== 0n;
      if (!isBegun && this.#reader.next(flush) === undefined) return this.#outcome();
      const output = this.#openOutput();
      if (!output.ok) return output;
      this.#output = output.value;
    }
    for (let packets = 0; packets <= this.stream.shape.subbufferCount + 1; packets++) {
      const packet = this.#reader.next(flush);
      if (packet === undefined) break;
      const recorded = this.#record(packet, this.#output);
      if (!recorded.ok) return recorded;
      this.#reader.done(packet);
    }
    return this.#outcome();
  }

  close(): void {
    this.#output?.close();
    this.#detach();
  }

  #outcome(): Recorded {
    const { fault } = this.#reader;
    return fault === undefined ? ok(undefined) : lost(fault);
  }

  /** Opens the claimed output and continues in it, or begins the stream in an output that the sink names. */
  #openOutput(): Recorded<StreamOutput> {
    const { position } = this.#reader;
    let outcome: Recorded<StreamOutput> = strange('its claimed output changed at every attempt');
    for (let tried = 0; tried < OUTPUTS_TRIED_MAX; tried++) {
      const claimed = position?.output ?? 0n;
      const key = claimed === 0n ? this.#sink.keyFor(this.stream) : claimed;
      // Another consumer may have claimed an output first: then use that one.
      if (claimed === 0n && position !== null && position.claimOutput(claimed, key) !== key)
        continue;
      outcome = this.#continueIn(key);
      if (outcome.ok || outcome.error.kind !== 'strange') return outcome;
      const { reason } = outcome.error;
      this.#report('trace.notContinued', reason);
      position?.claimOutput(claimed, this.#sink.anotherKeyFor(this.stream));
    }
    return outcome;
  }

  #continueIn(key: bigint): Recorded<StreamOutput> {
    const output = this.#sink.open(this.stream, key);
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
    const { checkpoint, isGone } = point;
    const resumed = output.resumeAt(checkpoint.stored.position);
    if (!resumed.ok) return resumed;
    if (isGone) this.#report('trace.streamFileGone', 'a new file begins');
    this.#reader.resume(checkpoint);
    return ok(undefined);
  }

  #report(event: LogEvent, reason: string): void {
    this.#world.log(event, streamFields(this.stream, reason));
  }

  #record(packet: Packet, output: StreamOutput): Recorded {
    const declared = this.#declareClasses(output);
    if (!declared.ok) return declared;
    const { packets, discarded } = this.#reader.stored;
    const opening = packets === 0 ? [this.#openingHeader(output, packet)] : [];
    // A gap in the sequence numbers shows readers that packets were overwritten.
    const sequenceNumber = packets + opening.length + packet.lostSubbuffers;
    const discardedTotal = discarded + packet.discardedSince;
    const header = this.#header(output, packet, sequenceNumber, discardedTotal);
    const parts = [...opening, header, packet.body];
    const end = output.prepare(parts.reduce((sum, part) => sum + part.length, 0));
    if (!end.ok) return end;
    this.#reader.announce(packet, {
      position: end.value,
      packets: sequenceNumber + 1,
      discarded: discardedTotal,
    });
    return output.append(parts);
  }

  #declareClasses(output: StreamOutput): Recorded {
    const records = this.#reader.readClasses();
    if (!records.ok) return lost(records.error);
    const { streamId } = this.stream;
    if (!this.#isDeclared) {
      this.#undeclared += streamMetadata(streamId);
      this.#isDeclared = true;
    }
    for (const record of records.value) {
      const eventClass = decodeClassRecord(record);
      if (!eventClass.ok) return lost(eventClass.error);
      if (eventClass.value.id !== this.#nextClassId) {
        return lost(`event class ${eventClass.value.id} out of order`);
      }
      if (this.#nextClassId >= this.#declaredClasses) {
        this.#undeclared += eventMetadata(streamId, eventClass.value);
      }
      this.#nextClassId += 1;
    }
    if (this.#undeclared === '') return ok(undefined);
    const appended = output.declare(this.#undeclared);
    if (appended.ok) this.#undeclared = '';
    return appended;
  }

  /** A stream begins with an empty packet with "0 discarded": readers count discarded events from it on. */
  #openingHeader(output: StreamOutput, { beginTimestamp }: Packet): Uint8Array {
    const opening = { beginTimestamp, endTimestamp: beginTimestamp, body: EMPTY };
    return this.#header(output, opening, 0, 0);
  }

  #header(
    output: StreamOutput,
    packet: Pick<Packet, 'beginTimestamp' | 'endTimestamp' | 'body'>,
    sequenceNumber: number,
    discardedTotal: number,
  ): Uint8Array {
    return encodePacketHeader({
      uuid: output.traceUuid,
      streamClassId: this.stream.streamId,
      streamInstanceId: this.stream.streamId,
      threadId: this.stream.tid,
      timestampBegin: packet.beginTimestamp,
      timestampEnd: packet.endTimestamp,
      bodyBytes: packet.body.length,
      sequenceNumber,
      eventsDiscarded: discardedTotal,
    });
  }
}
