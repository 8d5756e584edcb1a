/** Bytes that came from a relay, as readers read a file: they are appended, and forgotten once they are read. */
import { ok } from '../../base/result.ts';
import type { ReadableFile } from '../../port/files.ts';
import type { OsResult } from '../../port/os-error.ts';

export class ReceivedBytes implements ReadableFile {
  /** In order, without a gap. */
  readonly #parts: Uint8Array[] = [];
  /** Where the first part begins, and where the next one will. */
  #begin = 0;
  #end = 0;

  /** Takes over `bytes`. */
  append(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#end += bytes.byteLength;
  }

  /** The reader needs nothing before `position` any more. */
  forget(position: number): void {
    for (;;) {
      const [first] = this.#parts;
      if (first === undefined || this.#begin + first.byteLength > position) return;
      this.#parts.shift();
      this.#begin += first.byteLength;
    }
  }

  get heldBytes(): number {
    return this.#end - this.#begin;
  }

  byteLength(): OsResult<number> {
    return ok(this.#end);
  }

  read(into: Uint8Array, position: number): OsResult<number> {
    let [at, copied] = [this.#begin, 0];
    for (const part of this.#parts) {
      const from = position + copied - at;
      if (from >= 0 && from < part.byteLength && copied < into.byteLength) {
        const piece = part.subarray(from, from + into.byteLength - copied);
        into.set(piece, copied);
        copied += piece.byteLength;
      }
      at += part.byteLength;
    }
    return ok(copied);
  }

  close(): void {
    this.forget(this.#end);
  }
}
