/** Bytes that a process has sent and the kernel has not taken yet, in order. */
import type { NoiseStream } from '../core/noise.ts';

const CUT_ONE_IN = 8;

export class Outbox {
  readonly #pieces: Uint8Array[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#byteLength += bytes.length;
  }

  /** Takes at most `room` bytes from the front, and sometimes fewer; there are some. */
  take(room: number, stream: NoiseStream): Uint8Array {
    const first = this.#pieces.shift() as Uint8Array;
    let length = Math.min(first.length, room);
    if (length > 1 && stream.oneIn(CUT_ONE_IN)) length = 1 + stream.below(length - 1);
    if (length < first.length) this.#pieces.unshift(first.subarray(length));
    this.#byteLength -= length;
    return first.subarray(0, length);
  }

  clear(): void {
    this.#pieces.length = 0;
    this.#byteLength = 0;
  }
}
