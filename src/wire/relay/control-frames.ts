/** Splits the bytes of a control connection into frames: a header of 24 bytes, then the payload of one message. */
import { CONTROL_PAYLOAD_BYTES_MAX } from './limits.ts';

export interface ControlFrame {
  /** The number of the command. */
  readonly command: number;
  readonly payload: Uint8Array;
}

/** The completed frames. After `trouble` the stream has no more frames: the caller closes the connection. */
export interface ControlCut {
  readonly frames: readonly ControlFrame[];
  readonly trouble?: string;
}

const CONTROL_HEADER_BYTES = 24;
/** Largest buffer that a parser keeps between two frames. */
const KEPT_BYTES_MAX = 64 * 1024;

export class ControlParser {
  /** The incomplete frame with its header, at the start of a buffer of at most twice the bytes that have arrived. */
  #buffer = new Uint8Array(CONTROL_HEADER_BYTES);
  #heldBytes = 0;
  /** The length of the incomplete frame, once its header is complete. */
  #frameBytes: number | undefined;

  /** Bytes of the incomplete frame. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The frames that are complete with `bytes`, in order; each payload is a separate copy. */
  push(bytes: Uint8Array): ControlCut {
    const frames: ControlFrame[] = [];
    let offset = 0;
    while (offset < bytes.byteLength) {
      offset += this.#hold(bytes.subarray(offset));
      if (this.#heldBytes < CONTROL_HEADER_BYTES) break;
      if (this.#frameBytes === undefined) {
        const trouble = this.#readHeader();
        if (trouble !== undefined) return { frames, trouble };
      }
      if (this.#heldBytes === this.#frameBytes) frames.push(this.#release());
    }
    return { frames };
  }

  #readHeader(): string | undefined {
    const view = new DataView(this.#buffer.buffer);
    const length = view.getBigUint64(8);
    if (length > CONTROL_PAYLOAD_BYTES_MAX) {
      return `data size of a control message: is ${length}, more than ${CONTROL_PAYLOAD_BYTES_MAX}`;
    }
    this.#frameBytes = CONTROL_HEADER_BYTES + Number(length);
    return undefined;
  }

  /** Copies what the header or the payload lacks; returns the number of bytes. */
  #hold(bytes: Uint8Array): number {
    const wanted = this.#frameBytes ?? CONTROL_HEADER_BYTES;
    const taken = Math.min(wanted - this.#heldBytes, bytes.byteLength);
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

  #release(): ControlFrame {
    const command = new DataView(this.#buffer.buffer).getUint32(16);
    const payload = this.#buffer.slice(CONTROL_HEADER_BYTES, this.#heldBytes);
    if (this.#buffer.byteLength > KEPT_BYTES_MAX)
      this.#buffer = new Uint8Array(CONTROL_HEADER_BYTES);
    this.#heldBytes = 0;
    this.#frameBytes = undefined;
    return { command, payload };
  }
}
