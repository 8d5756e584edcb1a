/**
 * Bytes that a connection keeps until the kernel takes them, in order: copies, because the caller may reuse its arrays.
 * Many bytes are copied into arrays that are used again and again: memory that is new to the process costs several
 * times as much as the copy itself.
 */

const PIECE_BYTES = 65_536;
/** Fewer bytes get an array of their own. */
const PIECE_BYTES_MIN = 16_384;
/** Arrays that wait for the next bytes, of all connections of the thread. */
const SPARE_PIECES_MAX = 128;
const spare: Uint8Array[] = [];
/** Most pieces of one write. */
const WRITTEN_PIECES_MAX = 16;

export class Outbox {
  #pieces: Uint8Array[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** The first bytes, for one write. */
  get first(): readonly Uint8Array[] {
    return this.#pieces.slice(0, WRITTEN_PIECES_MAX);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
      this.#pieces.push(copyOf(bytes.subarray(at, at + PIECE_BYTES)));
    }
    this.#byteLength += bytes.byteLength;
  }

  /** The kernel has taken the first `count` bytes. */
  remove(count: number): void {
    this.#byteLength -= count;
    let left = count;
    while (left > 0) {
      const piece = this.#pieces.shift();
      if (piece === undefined) return;
      if (left < piece.byteLength) this.#pieces.unshift(piece.subarray(left));
      else giveBack(piece);
      left -= piece.byteLength;
    }
  }

  clear(): void {
    for (const piece of this.#pieces) giveBack(piece);
    this.#pieces = [];
    this.#byteLength = 0;
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength < PIECE_BYTES_MIN) return bytes.slice();
  const piece = spare.pop() ?? new Uint8Array(PIECE_BYTES);
  piece.set(bytes);
  return piece.subarray(0, bytes.byteLength);
}

function giveBack({ buffer }: Uint8Array): void {
  if (buffer.byteLength === PIECE_BYTES && spare.length < SPARE_PIECES_MAX) {
    spare.push(new Uint8Array(buffer));
  }
}
