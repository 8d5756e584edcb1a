/** One stream of a trace: its files, and declarations in the trace's metadata. */
import { ok } from '../base/result.ts';
import { uuidToBytes } from '../base/uuid.ts';
import { encodePacketHeader } from '../ctf/packet.ts';
import type { Files } from '../port/files.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { ProcessTrace } from './process-trace.ts';
import { type Recorded, strange, written } from './recording-error.ts';
import type { Reached, SinkPacket, Standing, StreamOutput } from './sink.ts';
import { StreamTracefiles } from './stream-tracefiles.ts';
import { fileNameOf } from './taken-streams.ts';

/** The first bytes of a packet's header, up to the timestamps, are the same for all packets of a stream. */
const STREAM_HEAD_BYTES = 32;
/** A full disk shows when a packet is appended. */
const HAS_ROOM = ok(true);
const STORED = ok('stored' as const);

/** What the sink of a file learns of it. */
interface FileListener {
  /** So many bytes of packets. */
  readonly appended: (bytes: number) => void;
  readonly closed: () => void;
}

export class StreamFile implements StreamOutput {
  readonly traceUuid: Uint8Array;
  readonly declaredClasses: number | undefined;
  readonly #trace: ProcessTrace;
  readonly #streamId: number;
  readonly #data: StreamTracefiles;
  readonly #listener: FileListener;
  /** `resumeAt` has succeeded: the file is ours to change. */
  #isResumed = false;

  private constructor(
    trace: ProcessTrace,
    stream: ConsumerStream,
    data: StreamTracefiles,
    listener: FileListener,
  ) {
    this.#trace = trace;
    this.#streamId = stream.streamId;
    this.#data = data;
    this.#listener = listener;
    this.traceUuid = uuidToBytes(trace.uuid);
    this.declaredClasses = trace.declaredClasses(stream.streamId);
  }

  /** Also opens the trace, unless it is open. If this succeeds, `close` calls `closed`. */
  static open(
    files: Files,
    trace: ProcessTrace,
    stream: ConsumerStream,
    reached: Reached,
    listener: FileListener,
  ): Recorded<StreamFile> {
    const opened = trace.open();
    if (!opened.ok) return opened;
    const name = fileNameOf(stream);
    const bounds = stream.tracefiles;
    const data = StreamTracefiles.open({ files, trace, name, bounds }, reached);
    if (!data.ok) return data;
    return ok(new StreamFile(trace, stream, data.value, listener));
  }

  get name(): string {
    return this.#trace.directory;
  }

  /** Readers need both declarations and packets. */
  standing(isThorough: boolean): Recorded<Standing> {
    if (!isThorough) return this.#data.standing(false);
    const metadata = this.#trace.standing();
    if (!metadata.ok) return written(metadata);
    const data = this.#data.standing(true);
    if (!data.ok) return data;
    const both = [metadata.value, data.value];
    return ok(both.includes('gone') ? 'gone' : both.includes('moved') ? 'moved' : 'here');
  }

  get position(): number {
    return this.#data.position;
  }

  resumeAt(position: number): Recorded {
    if (position > 0) {
      const head = this.#data.headAt(position, STREAM_HEAD_BYTES);
      if (!head.ok) return head;
      const expected = streamHead(this.traceUuid, this.#streamId);
      const isOurs =
        this.declaredClasses !== undefined && isEqual(head.value ?? expected, expected);
      if (!isOurs) return strange('its file belongs to another trace');
    }
    const cut = this.#data.cut(position);
    this.#isResumed = cut.ok;
    return cut;
  }

  declare(text: string): Recorded {
    return written(this.#trace.declare(text));
  }

  room(): Recorded<boolean> {
    return HAS_ROOM;
  }

  prepare(packets: readonly SinkPacket[]): Recorded<number> {
    return this.#data.makeRoom(bytesOf(packets));
  }

  append(packets: readonly SinkPacket[]): Recorded<'stored'> {
    const appended = this.#data.append(packets.flatMap(({ header, body }) => [header, body]));
    if (!appended.ok) return appended;
    this.#listener.appended(bytesOf(packets));
    return STORED;
  }

  close(): void {
    const isOurs = this.#isResumed && this.#data.position === 0 && this.#isHere();
    this.#data.close();
    if (isOurs) this.#data.remove();
    this.#listener.closed();
  }

  #isHere(): boolean {
    const standing = this.#data.standing(true);
    return standing.ok && standing.value === 'here';
  }
}

function bytesOf(packets: readonly SinkPacket[]): number {
  return packets.reduce((sum, { header, body }) => sum + header.length + body.length, 0);
}

/** The first bytes of every packet of the stream. */
function streamHead(uuid: Uint8Array, streamId: number): Uint8Array {
  const header = encodePacketHeader({
    uuid,
    streamClassId: streamId,
    streamInstanceId: streamId,
    threadId: 0,
    timestampBegin: 0n,
    timestampEnd: 0n,
    bodyBytes: 0,
    sequenceNumber: 0,
    eventsDiscarded: 0,
  });
  return header.subarray(0, STREAM_HEAD_BYTES);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
