/** The position of one viewer in one stream: which packets or how much metadata it has read. */
import { fail, ok, type Result } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import { LIVE_DATA_BYTES_MAX } from '../wire/live/limits.ts';
import type { LiveStream } from './live-sessions.ts';
import type { LoggedPacket } from './stream-log.ts';

const BITS_PER_BYTE = 8n;

export class ViewedStream {
  readonly stream: LiveStream;
  /** The next packet to read. */
  #number: number;
  /** The packet whose index the viewer has got. */
  #indexed: LoggedPacket | undefined;
  #metadataBytes = 0;
  /** Says that the viewer does not read that packet any more. */
  #release: () => void = () => undefined;

  constructor(stream: LiveStream, seek: 'beginning' | 'last') {
    this.stream = stream;
    stream.log.hold();
    this.#number = seek === 'beginning' ? stream.log.begin : stream.log.end;
  }

  get hasNewMetadata(): boolean {
    const { metadata } = this.stream.log;
    return metadata !== undefined && metadata.byteLength > this.#metadataBytes;
  }

  /** The index of the next packet, which counts as read; undefined: there is none yet. */
  next(): OsResult<LoggedPacket | undefined> {
    const packet = this.stream.log.packet(this.#number);
    if (!packet.ok || packet.value === undefined) return packet;
    this.#number = packet.value.number + 1;
    this.#indexed = packet.value;
    this.#release();
    this.#release = packet.value.file.keep(packet.value.position);
    return packet;
  }

  /** Bytes of the packet whose index the viewer has got, by its offset then: the packet may have moved. */
  read(offset: bigint, byteLength: number): Result<Uint8Array, string> {
    const told = this.#indexed;
    if (told === undefined) return fail('the viewer has no index of a packet');
    const end = told.offset + told.packetBits / BITS_PER_BYTE;
    if (offset < told.offset || offset + BigInt(byteLength) > end) {
      return fail('the bytes are not in the packet');
    }
    if (byteLength > LIVE_DATA_BYTES_MAX) {
      return fail(`the length is more than ${LIVE_DATA_BYTES_MAX}`);
    }
    const packet = this.stream.log.packet(told.number);
    if (!packet.ok || packet.value?.number !== told.number) return fail('the packet is gone');
    const { file } = packet.value;
    const content = file.read(packet.value.offset + (offset - told.offset), byteLength);
    return content.ok ? content : fail('the packet is gone');
  }

  /** The viewer reads the stream no more. */
  close(): void {
    this.#release();
    this.stream.log.release();
  }

  /** The next bytes of metadata; none: there is nothing new. */
  readMetadata(): OsResult<Uint8Array> {
    const { metadata } = this.stream.log;
    if (metadata === undefined || !this.hasNewMetadata) return ok(new Uint8Array(0));
    const byteLength = Math.min(metadata.byteLength - this.#metadataBytes, LIVE_DATA_BYTES_MAX);
    const content = metadata.read(BigInt(this.#metadataBytes), byteLength);
    if (content.ok) this.#metadataBytes += byteLength;
    return content;
  }
}
