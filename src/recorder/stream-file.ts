/** One stream of a trace: a file whose length is the position, and declarations in the trace's metadata. */
import { ok } from '../base/result.ts';
import { uuidToBytes } from '../base/uuid.ts';
import { encodePacketHeader } from '../ctf/packet.ts';
import type { Files } from '../port/files.ts';
import type { ConsumerStream } from '../wire/control/messages.ts';
import type { Appender } from './appender.ts';
import type { ProcessTrace } from './process-trace.ts';
import { type Recorded, strange, written } from './recording-error.ts';
import type { SinkPacket, Standing, StreamOutput } from './sink.ts';

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
  readonly #files: Files;
  readonly #trace: ProcessTrace;
  readonly #streamId: number;
  readonly #path: string;
  readonly #file: Appender;
  readonly #listener: FileListener;
  /** `resumeAt` has succeeded: the file is ours to change. */
  #isResumed = false;

  private constructor(
    files: Files,
    trace: ProcessTrace,
    stream: ConsumerStream,
    file: Appender,
    listener: FileListener,
  ) {
    this.#files = files;
    this.#trace = trace;
    this.#streamId = stream.streamId;
    this.#path = `${trace.directory}/${nameOf(stream)}`;
    this.#file = file;
    this.#listener = listener;
    this.traceUuid = uuidToBytes(trace.uuid);
    this.declaredClasses = trace.declaredClasses(stream.streamId);
  }

  /** Also opens the trace, unless it is open. If this succeeds, `close` calls `closed`. */
  static open(
    files: Files,
    trace: ProcessTrace,
    stream: ConsumerStream,
    listener: FileListener,
  ): Recorded<StreamFile> {
    const opened = trace.open();
    if (!opened.ok) return opened;
    const file = trace.openFile(nameOf(stream));
    if (!file.ok) return written(file);
    return ok(new StreamFile(files, trace, stream, file.value, listener));
  }

  get name(): string {
    return this.#trace.directory;
  }

  /** Readers need both declarations and packets. */
  standing(isThorough: boolean): Recorded<Standing> {
    if (!isThorough) return written(this.#file.standing(false));
    const metadata = this.#trace.standing();
    if (!metadata.ok) return written(metadata);
    const file = this.#file.standing(true);
    if (!file.ok) return written(file);
    const both = [metadata.value, file.value];
    return ok(both.includes('gone') ? 'gone' : both.includes('moved') ? 'moved' : 'here');
  }

  get position(): number {
    return this.#file.byteLength;
  }

  resumeAt(position: number): Recorded {
    if (position > 0) {
      const head = this.#file.head(STREAM_HEAD_BYTES);
      if (!head.ok) return written(head);
      const isOurs =
        this.declaredClasses !== undefined &&
        isEqual(head.value, streamHead(this.traceUuid, this.#streamId));
      if (!isOurs) return strange('its file belongs to another trace');
    }
    const cut = this.#file.cut(position);
    this.#isResumed = cut.ok;
    return written(cut);
  }

  declare(text: string): Recorded {
    return written(this.#trace.declare(text));
  }

  room(): Recorded<boolean> {
    return HAS_ROOM;
  }

  prepare(packets: readonly SinkPacket[]): Recorded<number> {
    const isWhole = this.#file.takeBack();
    if (!isWhole.ok) return written(isWhole);
    let end = this.#file.byteLength;
    for (const { header, body } of packets) end += header.length + body.length;
    return ok(end);
  }

  append(packets: readonly SinkPacket[]): Recorded<'stored'> {
    const before = this.#file.byteLength;
    const appended = this.#file.append(packets.flatMap(({ header, body }) => [header, body]));
    if (!appended.ok) return written(appended);
    this.#listener.appended(this.#file.byteLength - before);
    return STORED;
  }

  close(): void {
    const isOurs = this.#isResumed && this.#file.byteLength === 0 && this.#isHere();
    this.#file.close();
    if (isOurs) this.#files.remove(this.#path);
    this.#listener.closed();
  }

  #isHere(): boolean {
    const standing = this.#file.standing(true);
    return standing.ok && standing.value === 'here';
  }
}

function nameOf({ channel, streamId }: ConsumerStream): string {
  return `${channel}_${streamId}`;
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
