/**
 * Splits the bytes of a data connection into packets: a header of 32 bytes, then the content. The content is handed on
 * as it arrives and never collected. A header announces zeros that follow the content in the file, not on the wire.
 * Here and where packets go from here `length` stands for `byteLength`, for which V8 calls a function each time.
 */
import { ByteWriter } from '../lttng/bytes.ts';
import { PACKET_PADDING_BYTES_MAX } from './limits.ts';

export interface PacketHeader {
  readonly stream: bigint;
  /** Counts the packets of the stream from 0. */
  readonly sequence: bigint;
  readonly contentBytes: number;
  readonly paddingBytes: number;
}

/** Takes the parts of packets in order. Each call returns one sentence when the peer is to be cut off. */
export interface PacketSink {
  begin(header: PacketHeader): string | undefined;
  /** The array is valid during the call only. */
  content(bytes: Uint8Array): string | undefined;
  end(): string | undefined;
}

const DATA_HEADER_BYTES = 32;

export function encodePacketHeader(header: PacketHeader): Uint8Array {
  const into = new ByteWriter().u64(0n).u64(header.stream).u64(header.sequence);
  return into.u32(header.contentBytes).u32(header.paddingBytes).finish();
}

export class DataParser {
  readonly #sink: PacketSink;
  readonly #header = new Uint8Array(DATA_HEADER_BYTES);
  readonly #fields = new DataView(this.#header.buffer);
  #headerBytes = 0;
  /** Bytes of the content that have not arrived; meaningless while the header is incomplete. */
  #missing = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** Between two packets, so that a connection may end here and nothing is torn. */
  get isBetweenPackets(): boolean {
    return this.#headerBytes === 0;
  }

  /** One sentence when the peer is to be cut off: the rest of its bytes means nothing. */
  push(bytes: Uint8Array): string | undefined {
    let offset = 0;
    let trouble: string | undefined;
    while (offset < bytes.length && trouble === undefined) {
      const isHeader = this.#headerBytes < DATA_HEADER_BYTES;
      const wanted = isHeader ? DATA_HEADER_BYTES - this.#headerBytes : this.#missing;
      const part = bytes.subarray(offset, offset + wanted);
      offset += part.length;
      trouble = isHeader ? this.#pushHeader(part) : this.#pushContent(part);
    }
    return trouble;
  }

  #pushHeader(part: Uint8Array): string | undefined {
    this.#header.set(part, this.#headerBytes);
    this.#headerBytes += part.length;
    if (this.#headerBytes < DATA_HEADER_BYTES) return undefined;
    // After the circuit.
    const stream = this.#fields.getBigUint64(8);
    const sequence = this.#fields.getBigUint64(16);
    const contentBytes = this.#fields.getUint32(24);
    const paddingBytes = this.#fields.getUint32(28);
    if (paddingBytes > PACKET_PADDING_BYTES_MAX) {
      return `padding size of a packet: is ${paddingBytes}, more than ${PACKET_PADDING_BYTES_MAX}`;
    }
    this.#missing = contentBytes;
    const trouble = this.#sink.begin({ stream, sequence, contentBytes, paddingBytes });
    return trouble ?? (contentBytes === 0 ? this.#end() : undefined);
  }

  #pushContent(part: Uint8Array): string | undefined {
    this.#missing -= part.length;
    const trouble = this.#sink.content(part);
    return trouble ?? (this.#missing === 0 ? this.#end() : undefined);
  }

  #end(): string | undefined {
    this.#headerBytes = 0;
    return this.#sink.end();
  }
}
