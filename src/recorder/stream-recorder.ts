/**
 * Writes one stream: takes packets out of the buffers and appends them to the stream's file, with the classes of
 * their events to the metadata first, so that no event is ever readable before its class.
 *
 * A packet is passed in the buffers only when it is in the file. What cannot be written stays where it is and is
 * tried again; the application discards and counts meanwhile (or overwrites).
 */
import { fail, ok, type Result } from '../base/result.ts';
import { decodeClassRecord } from '../ctf/class-record.ts';
import { eventMetadata, streamMetadata } from '../ctf/metadata.ts';
import { encodePacketHeader } from '../ctf/packet.ts';
import type { OsError, World } from '../port/world.ts';
import { attachReader, type Packet, type StreamReader } from '../ring/reader.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Appender } from './appender.ts';
import type { ProcessTrace } from './process-trace.ts';

/** Why a pass over a stream ended early. `lost`: it can never be read again; else it can be tried again. */
export type RecordingTrouble =
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'write'; readonly error: OsError };

type Recorded = Result<void, RecordingTrouble>;

const EMPTY = new Uint8Array(0);

export interface StreamRecorder {
  readonly stream: ConsumerStream;
  /**
   * Writes the finished sub-buffers, and with `flush` the begun one; at most what the buffers hold at once, so
   * that a fast writer cannot keep us here. In overwrite mode a begun one stays the writer's while it lives.
   */
  drain(flush: boolean): Recorded;
  close(): void;
}

/** Attaches the stream's segments. One sentence when they are gone or make no sense. */
export function openStreamRecorder(
  world: World,
  trace: ProcessTrace,
  stream: ConsumerStream,
): Result<StreamRecorder, string> {
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return fail(`cannot attach segment ${stream.dataSegment} (${data.error.code})`);
  const position = world.memory.attachWritable(stream.positionSegment);
  const detach = (): void => {
    data.value.detach();
    if (position.ok) position.value.detach();
  };
  if (!position.ok) {
    detach();
    return fail(`cannot attach segment ${stream.positionSegment} (${position.error.code})`);
  }
  const reader = attachReader(data.value, position.value);
  if (!reader.ok) {
    detach();
    return fail(reader.error);
  }
  return ok(new Recorder(trace, stream, reader.value, detach));
}

class Recorder implements StreamRecorder {
  readonly stream: ConsumerStream;
  readonly #trace: ProcessTrace;
  readonly #reader: StreamReader;
  readonly #detach: () => void;
  #file: Appender | undefined;
  #isDeclared = false;
  #nextClassId = 0;
  #nextSequenceNumber = 0;
  /** Discarded events that this file tells of: what another consumer has told before is not told again. */
  #discardedTotal = 0;
  /** Declarations that did not fit yet. */
  #undeclared = '';

  constructor(
    trace: ProcessTrace,
    stream: ConsumerStream,
    reader: StreamReader,
    detach: () => void,
  ) {
    this.#trace = trace;
    this.stream = stream;
    this.#reader = reader;
    this.#detach = detach;
  }

  drain(flush: boolean): Recorded {
    for (let packets = 0; packets <= this.stream.shape.subbufferCount + 1; packets++) {
      const packet = this.#reader.next(flush);
      if (packet === undefined) break;
      const recorded = this.#record(packet);
      if (!recorded.ok) return recorded;
      this.#reader.done(packet);
    }
    const { fault } = this.#reader;
    return fault === undefined ? ok(undefined) : fail({ kind: 'lost', reason: fault });
  }

  close(): void {
    this.#file?.close();
    this.#detach();
  }

  #record(packet: Packet): Recorded {
    const declared = this.#declareClasses();
    if (!declared.ok) return declared;
    const file = this.#openFile();
    if (!file.ok) return file;
    const opening = this.#nextSequenceNumber === 0 ? [this.#openingHeader(packet)] : [];
    // A gap in the numbers is how readers learn of overwritten packets.
    const sequenceNumber = this.#nextSequenceNumber + opening.length + packet.lostSubbuffers;
    const discardedTotal = this.#discardedTotal + packet.discardedSince;
    const header = this.#header(packet, sequenceNumber, discardedTotal);
    const written = file.value.append([...opening, header, packet.body]);
    if (!written.ok) return fail({ kind: 'write', error: written.error });
    this.#nextSequenceNumber = sequenceNumber + 1;
    this.#discardedTotal = discardedTotal;
    return ok(undefined);
  }

  #declareClasses(): Recorded {
    const records = this.#reader.readClasses();
    if (!records.ok) return fail({ kind: 'lost', reason: records.error });
    const { streamId } = this.stream;
    if (!this.#isDeclared) {
      this.#undeclared += streamMetadata(streamId);
      this.#isDeclared = true;
    }
    for (const record of records.value) {
      const eventClass = decodeClassRecord(record);
      if (!eventClass.ok) return fail({ kind: 'lost', reason: eventClass.error });
      if (eventClass.value.id !== this.#nextClassId) {
        return fail({ kind: 'lost', reason: `event class ${eventClass.value.id} out of order` });
      }
      this.#nextClassId += 1;
      this.#undeclared += eventMetadata(streamId, eventClass.value);
    }
    if (this.#undeclared === '') return ok(undefined);
    const written = this.#trace.declare(this.#undeclared);
    if (!written.ok) return fail({ kind: 'write', error: written.error });
    this.#undeclared = '';
    return ok(undefined);
  }

  #openFile(): Result<Appender, RecordingTrouble> {
    if (this.#file !== undefined) return ok(this.#file);
    const { channel, streamId } = this.stream;
    const created = this.#trace.createFile(`${channel}_${streamId}`);
    if (!created.ok) return fail({ kind: 'write', error: created.error });
    this.#file = created.value;
    return created;
  }

  /** A stream begins with an empty packet that says "0 discarded": readers count from the first packet on. */
  #openingHeader({ beginTimestamp }: Packet): Uint8Array {
    const opening = { beginTimestamp, endTimestamp: beginTimestamp, body: EMPTY };
    return this.#header(opening, 0, 0);
  }

  #header(
    packet: Pick<Packet, 'beginTimestamp' | 'endTimestamp' | 'body'>,
    sequenceNumber: number,
    discardedTotal: number,
  ): Uint8Array {
    return encodePacketHeader({
      uuid: this.#trace.uuidBytes,
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
