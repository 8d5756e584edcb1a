/**
 * Splits the bytes of a connection into the frames of LTTng's relay daemon: a header, then the payload of one message.
 * The headers of its two protocols differ in where the length and the command are.
 */

export interface CommandFrame {
  /** The number of the command. */
  readonly command: number;
  /** Part of the bytes that completed the frame, where they hold all of it: valid as long as they are. */
  readonly payload: Uint8Array;
}

/** The completed frames. After `trouble` the stream has no more frames: the caller closes the connection. */
export interface FrameCut {
  readonly frames: readonly CommandFrame[];
  readonly trouble?: string;
}

export interface FrameFormat {
  /** Names a message in an error. */
  readonly what: string;
  readonly headerBytes: number;
  /** Where in the header the length of the payload (64 bits) and the command (32 bits) are. */
  readonly lengthAt: number;
  readonly commandAt: number;
  readonly payloadBytesMax: number;
}

/** Largest buffer that a parser keeps between two frames. */
const KEPT_BYTES_MAX = 64 * 1024;

export class CommandParser {
  readonly #format: FrameFormat;
  /** The incomplete frame with its header, at the start of a buffer of at most twice the bytes that have arrived. */
  #buffer: Uint8Array<ArrayBuffer>;
  #heldBytes = 0;
  /** The length of the incomplete frame, once its header is complete. */
  #frameBytes: number | undefined;

  constructor(format: FrameFormat) {
    this.#format = format;
    this.#buffer = new Uint8Array(format.headerBytes);
  }

  /** Bytes of the incomplete frame. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The frames that are complete with `bytes`, in order. */
  push(bytes: Uint8Array): FrameCut {
    const frames: CommandFrame[] = [];
    let offset = this.#heldBytes === 0 ? this.#cutWhole(bytes, frames) : 0;
    while (offset < bytes.length) {
      offset += this.#hold(bytes.subarray(offset));
      if (this.#heldBytes < this.#format.headerBytes) break;
      if (this.#frameBytes === undefined) {
        const trouble = this.#readHeader();
        if (trouble !== undefined) return { frames, trouble };
      }
      if (this.#heldBytes === this.#frameBytes) frames.push(this.#release());
    }
    return { frames };
  }

  /** Cuts off the frames that `bytes` begin with, without a copy; returns their length. */
  #cutWhole(bytes: Uint8Array, frames: CommandFrame[]): number {
    const { headerBytes, lengthAt, commandAt, payloadBytesMax } = this.#format;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let offset = 0;
    while (offset + headerBytes <= bytes.length) {
      const length = view.getBigUint64(offset + lengthAt);
      const begin = offset + headerBytes;
      if (length > payloadBytesMax || begin + Number(length) > bytes.length) break;
      const command = view.getUint32(offset + commandAt);
      const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + begin, Number(length));
      frames.push({ command, payload });
      offset = begin + payload.length;
    }
    return offset;
  }

  #readHeader(): string | undefined {
    const view = new DataView(this.#buffer.buffer);
    const { what, headerBytes, lengthAt, payloadBytesMax } = this.#format;
    const length = view.getBigUint64(lengthAt);
    if (length > payloadBytesMax) {
      return `data size of a ${what}: is ${length}, more than ${payloadBytesMax}`;
    }
    this.#frameBytes = headerBytes + Number(length);
    return undefined;
  }

  /** Copies what the header or the payload lacks; returns the number of bytes. */
  #hold(bytes: Uint8Array): number {
    const wanted = this.#frameBytes ?? this.#format.headerBytes;
    const taken = Math.min(wanted - this.#heldBytes, bytes.length);
    const needed = this.#heldBytes + taken;
    if (needed > this.#buffer.byteLength) {
      const room = Math.max(needed, Math.min(wanted, 2 * this.#buffer.byteLength));
      const grown = new Uint8Array(room);
      grown.set(this.#buffer.subarray(0, this.#heldBytes));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(0, taken), this.#heldBytes);
    this.#heldBytes = needed;
    return taken;
  }

  #release(): CommandFrame {
    const command = new DataView(this.#buffer.buffer).getUint32(this.#format.commandAt);
    const payload = this.#buffer.slice(this.#format.headerBytes, this.#heldBytes);
    if (this.#buffer.byteLength > KEPT_BYTES_MAX)
      this.#buffer = new Uint8Array(this.#format.headerBytes);
    this.#heldBytes = 0;
    this.#frameBytes = undefined;
    return { command, payload };
  }
}
