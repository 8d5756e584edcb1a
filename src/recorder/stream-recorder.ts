/**
 * Writes one stream: takes packets out of the buffers and appends them to the stream's file, with the classes of
 * their events to the metadata first, so that no event is ever readable before its class.
 *
 * A packet is passed in the buffers only when it is in the file. What cannot be written stays where it is and is
 * tried again; the application discards and counts meanwhile (or overwrites).
 *
 * A consumer that dies leaves notes in the position segment (`../ring/progress.ts`); the next one opens the same
 * file and goes on where that ends. Nothing that is found is believed: what makes no sense is left as it is, and the
 * stream goes on in a new trace.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { uuidToBytes } from '../base/uuid.ts';
import { eventMetadata, streamMetadata } from '../ctf/metadata.ts';
import { encodePacketHeader } from '../ctf/packet.ts';
import { decodeClassRecord } from '../event/class-record.ts';
import type { OsError, OsErrorCode } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { attachReader, type Packet, type StreamReader } from '../ring/reader.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Appender } from './appender.ts';
import type { ProcessTrace } from './process-trace.ts';
import type { ProcessTraces } from './process-traces.ts';
import { type Recorded, strange, written } from './recording-error.ts';
import { STREAM_HEAD_BYTES, streamHead, whereItEnded } from './resume-point.ts';

const EMPTY = new Uint8Array(0);
/** How often a stream's output may turn out to be somebody else's before it waits for another look. */
const OUTPUTS_TRIED_MAX = 4;

/** The trace and the file that a stream is written to. */
interface Output {
  readonly trace: ProcessTrace;
  /** The trace's, 16 bytes. */
  readonly uuid: Uint8Array;
  readonly file: Appender;
}

export interface StreamRecorder {
  readonly stream: ConsumerStream;
  /**
   * Writes the finished sub-buffers, and with `flush` the begun one; at most what the buffers hold at once, so
   * that a fast writer cannot keep us here.
   */
  drain(flush: boolean): Recorded;
  close(): void;
}

/** A stream whose segments are attached with the first look at it; what keeps us from it may pass. */
export function openStreamRecorder(
  world: World,
  traces: ProcessTraces,
  stream: ConsumerStream,
): StreamRecorder {
  let recorder: StreamRecorder | undefined;
  return {
    stream,
    drain: (flush) => {
      if (recorder === undefined) {
        const attached = attach(world, traces, stream);
        if (!attached.ok) return attached;
        recorder = attached.value;
      }
      return recorder.drain(flush);
    },
    close: () => recorder?.close(),
  };
}

function attach(
  world: World,
  traces: ProcessTraces,
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
    return fail({ kind: 'lost', reason: reader.error });
  }
  return ok(new Recorder(world, traces, stream, reader.value, detach));
}

/** Segments that are gone or somebody else's stay so. */
const LASTING: ReadonlySet<OsErrorCode> = new Set(['EIDRM', 'EACCES']);

function notAttached(error: OsError): Recorded<never> {
  if (!LASTING.has(error.code)) return fail({ kind: 'write', error });
  return fail({ kind: 'lost', reason: `cannot attach segment ${error.subject} (${error.code})` });
}

/** Attaches a stream that somebody else consumes: what it holds is copied, and stays (R1.23). */
export function openSnapshotRecorder(
  world: World,
  traces: ProcessTraces,
  stream: ConsumerStream,
): Result<StreamRecorder, string> {
  const data = world.memory.attachReadable(stream.dataSegment);
  if (!data.ok) return fail(`cannot attach segment ${stream.dataSegment} (${data.error.code})`);
  const detach = (): void => data.value.detach();
  const reader = attachReader(data.value, null);
  if (!reader.ok) {
    detach();
    return fail(reader.error);
  }
  return ok(new Recorder(world, traces, stream, reader.value, detach));
}

class Recorder implements StreamRecorder {
  readonly stream: ConsumerStream;
  readonly #world: World;
  readonly #traces: ProcessTraces;
  readonly #reader: StreamReader;
  readonly #detach: () => void;
  /** Undefined until there is something to write. */
  #output: Output | undefined;
  #isDeclared = false;
  /** Classes that an earlier consumer declared. */
  #declaredClasses = 0;
  #nextClassId = 0;
  /** Declarations that did not fit yet. */
  #undeclared = '';

  constructor(
    world: World,
    traces: ProcessTraces,
    stream: ConsumerStream,
    reader: StreamReader,
    detach: () => void,
  ) {
    this.#world = world;
    this.#traces = traces;
    this.stream = stream;
    this.#reader = reader;
    this.#detach = detach;
  }

  drain(flush: boolean): Recorded {
    if (this.#output === undefined) {
      const isBegun = (this.#reader.place?.output ?? 0n) !== 0n;
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
    if (this.#output !== undefined) {
      const { file, trace } = this.#output;
      file.close();
      if (file.byteLength === 0) this.#world.files.remove(`${trace.directory}/${this.#name}`);
      this.#traces.leave(trace);
    }
    this.#detach();
  }

  /** Of the stream's file. */
  get #name(): string {
    return `${this.stream.channel}_${this.stream.streamId}`;
  }

  #outcome(): Recorded {
    const { fault } = this.#reader;
    return fault === undefined ? ok(undefined) : fail({ kind: 'lost', reason: fault });
  }

  /** Where the stream goes on, or begins: in what is noted, or else in the trace of its process. */
  #openOutput(): Recorded<Output> {
    const { place } = this.#reader;
    let outcome: Recorded<Output> = strange('its output changes all the time');
    for (let tried = 0; tried < OUTPUTS_TRIED_MAX; tried++) {
      const key = place?.output ?? 0n;
      const trace =
        key === 0n ? this.#traces.current(this.stream) : this.#traces.at(this.stream, key);
      // Another consumer may have come first: then its choice counts.
      if (key === 0n && trace !== undefined && place !== null) {
        if (place.claimOutput(key, trace.key) !== trace.key) continue;
      }
      outcome = trace === undefined ? strange(`no trace has the key ${key}`) : this.#goOn(trace);
      if (outcome.ok || outcome.error.kind !== 'strange') return outcome;
      const { reason } = outcome.error;
      this.#tell('Cannot go on in the file of an earlier consumer: begins a new trace', reason);
      place?.claimOutput(key, this.#traces.another(this.stream).key);
    }
    return outcome;
  }

  #goOn(trace: ProcessTrace): Recorded<Output> {
    this.#traces.use(trace, this.stream);
    const file = this.#openFile(trace);
    if (file.ok) return ok({ trace, uuid: uuidToBytes(trace.uuid), file: file.value });
    this.#traces.leave(trace);
    return file;
  }

  #openFile(trace: ProcessTrace): Recorded<Appender> {
    const opened = trace.open();
    if (!opened.ok) return opened;
    const file = trace.openFile(this.#name);
    if (!file.ok) return written(file);
    const resumed = this.#resume(trace, file.value);
    if (resumed.ok) return file;
    file.value.close();
    return resumed;
  }

  /** Goes on where the file ends; what is torn there is cut off. */
  #resume(trace: ProcessTrace, file: Appender): Recorded {
    const { place } = this.#reader;
    const { streamId, shape } = this.stream;
    const declared = trace.declaredClasses(streamId);
    if (place !== null) {
      const end = whereItEnded(place, shape, file.byteLength);
      if (end === undefined) return strange('its length is not what was noted');
      const { note, isGone } = end;
      if (note.file.fileBytes > 0) {
        const head = file.head(STREAM_HEAD_BYTES);
        if (!head.ok) return written(head);
        const isOurs =
          declared !== undefined &&
          isEqual(head.value, streamHead(uuidToBytes(trace.uuid), streamId));
        if (!isOurs) return strange('it belongs to another trace');
      }
      const cut = file.cut(note.file.fileBytes);
      if (!cut.ok) return written(cut);
      if (isGone) this.#tell('The file of an earlier consumer is gone', 'begins it anew');
      this.#reader.resume(note);
    }
    this.#isDeclared = declared !== undefined;
    this.#declaredClasses = declared ?? 0;
    return ok(undefined);
  }

  #tell(message: string, reason: string): void {
    const { streamId, channel, pid } = this.stream;
    this.#world.log('warn', message, { 'stream-id': streamId, channel, pid, reason });
  }

  #record(packet: Packet, output: Output): Recorded {
    const { trace, file } = output;
    const declared = this.#declareClasses(trace);
    if (!declared.ok) return declared;
    // The note is about the file as it is now, without what an earlier attempt may have left.
    const isWhole = file.takeBack();
    if (!isWhole.ok) return written(isWhole);
    const { packets, discarded } = this.#reader.file;
    const opening = packets === 0 ? [this.#openingHeader(output, packet)] : [];
    // A gap in the numbers is how readers learn of overwritten packets.
    const sequenceNumber = packets + opening.length + packet.lostSubbuffers;
    const discardedTotal = discarded + packet.discardedSince;
    const header = this.#header(output, packet, sequenceNumber, discardedTotal);
    const parts = [...opening, header, packet.body];
    this.#reader.announce(packet, {
      fileBytes: parts.reduce((sum, part) => sum + part.length, file.byteLength),
      packets: sequenceNumber + 1,
      discarded: discardedTotal,
    });
    return written(file.append(parts));
  }

  #declareClasses(trace: ProcessTrace): Recorded {
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
      if (this.#nextClassId >= this.#declaredClasses) {
        this.#undeclared += eventMetadata(streamId, eventClass.value);
      }
      this.#nextClassId += 1;
    }
    if (this.#undeclared === '') return ok(undefined);
    const appended = trace.declare(this.#undeclared);
    if (appended.ok) this.#undeclared = '';
    return written(appended);
  }

  /** A stream begins with an empty packet that says "0 discarded": readers count from the first packet on. */
  #openingHeader(output: Output, { beginTimestamp }: Packet): Uint8Array {
    const opening = { beginTimestamp, endTimestamp: beginTimestamp, body: EMPTY };
    return this.#header(output, opening, 0, 0);
  }

  #header(
    output: Output,
    packet: Pick<Packet, 'beginTimestamp' | 'endTimestamp' | 'body'>,
    sequenceNumber: number,
    discardedTotal: number,
  ): Uint8Array {
    return encodePacketHeader({
      uuid: output.uuid,
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

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
