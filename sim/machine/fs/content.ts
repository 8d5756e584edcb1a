/** The bytes of a simulated file: as programs see them, and as of the last sync. */

export class Content {
  #bytes = new Uint8Array(0);
  #length = 0;
  #durableLength = 0;
  /** A copy of the durable bytes, kept only when a truncation removed some of them. */
  #durableBytes: Uint8Array | undefined;
  #changes = 0;

  get byteLength(): number {
    return this.#length;
  }

  /** Length as of the last sync. */
  get durableByteLength(): number {
    return this.#durableLength;
  }

  /** The number of changes: while it stays the same, so do the bytes. */
  get changes(): number {
    return this.#changes;
  }

  append(part: Uint8Array): void {
    this.#changes += 1;
    const needed = this.#length + part.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#length);
    this.#length = needed;
  }

  /** Copies up to `into.length` bytes from `position`; returns how many. */
  read(into: Uint8Array, position: number): number {
    const end = Math.min(this.#length, position + into.length);
    if (position >= end) return 0;
    into.set(this.#bytes.subarray(position, end));
    return end - position;
  }

  /** A copy of everything. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Shortens the file, or extends it with zeroes. */
  truncate(byteLength: number): void {
    if (byteLength > this.#length) {
      this.append(new Uint8Array(byteLength - this.#length));
      return;
    }
    if (byteLength < this.#durableLength && this.#durableBytes === undefined) {
      this.#durableBytes = this.#bytes.slice(0, this.#durableLength);
    }
    this.#length = byteLength;
    this.#changes += 1;
  }

  sync(): void {
    this.#durableLength = this.#length;
    this.#durableBytes = undefined;
  }

  /** Returns to the last sync, plus the first `kept` bytes written since; none of them after a truncation below it. */
  crash(kept: number): void {
    this.#changes += 1;
    if (this.#durableBytes !== undefined) {
      this.#length = 0;
      const durable = this.#durableBytes;
      this.#durableBytes = undefined;
      this.append(durable);
    } else {
      this.#length = this.#durableLength + Math.min(kept, this.#length - this.#durableLength);
    }
    this.sync();
  }
}
