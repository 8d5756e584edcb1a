/**
 * A buffer of output lines, as bytes. Every event becomes a hundred bytes or more; built as strings, they would
 * cost several times as much as the decoding.
 */
import { encodeUtf8 } from '../base/utf8.ts';

/** Digits of the largest integer that a number holds exactly, and a sign. */
const INTEGER_CHARACTERS_MAX = 17;
/** Shorter pieces are copied faster by a loop than by a call. */
const LOOP_BYTES_MAX = 24;
const ZERO = 0x30;
const MINUS = 0x2d;

export class Utf8Output {
  #bytes: Uint8Array;
  #end = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Number of bytes in the buffer. */
  get length(): number {
    return this.#end;
  }

  /** A copy of the bytes written since the last `take`. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#bytes = new Uint8Array(this.#bytes.length);
    this.#end = 0;
    return taken;
  }

  raw(piece: Uint8Array): void {
    const { length } = piece;
    this.#reserve(length);
    const bytes = this.#bytes;
    const end = this.#end;
    if (length > LOOP_BYTES_MAX) bytes.set(piece, end);
    else for (let index = 0; index < length; index++) bytes[end + index] = piece[index] as number;
    this.#end = end + length;
  }

  text(text: string): void {
    if (!this.plain(text, NOTHING_SPECIAL)) this.raw(encodeUtf8(text));
  }

  /**
   * Writes ASCII text without any character that is 1 in `special`. Writes nothing and returns false if the text
   * contains such a character or one beyond ASCII.
   */
  plain(text: string, special: Uint8Array): boolean {
    const { length } = text;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#end;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80 || special[code] !== 0) return false;
      bytes[at++] = code;
    }
    this.#end = at;
    return true;
  }

  /** Decimal digits. */
  integer(value: number | bigint): void {
    if (typeof value === 'bigint') return this.text(String(value));
    this.#reserve(INTEGER_CHARACTERS_MAX);
    const size = value < 0 ? -value : value;
    if (value < 0) this.#bytes[this.#end++] = MINUS;
    let digits = 1;
    for (let power = 10; power <= size && digits < INTEGER_CHARACTERS_MAX - 1; power *= 10)
      digits++;
    this.digits(size, digits);
  }

  /** The last `count` decimal digits, with zeros before them. */
  digits(value: number, count: number): void {
    this.#reserve(count);
    const bytes = this.#bytes;
    let rest = value;
    for (let at = this.#end + count - 1; at >= this.#end; at--) {
      const next = rest < 2 ** 31 ? (rest / 10) | 0 : Math.floor(rest / 10);
      bytes[at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.#end += count;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#end + length, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

const NOTHING_SPECIAL = new Uint8Array(128);

/** A table for {@link Utf8Output.plain}: control characters, and those of `others`. */
export function specialCharacters(others: string): Uint8Array {
  const table = new Uint8Array(128).fill(1, 0, 0x20);
  table[0x7f] = 1;
  for (const character of others) table[character.charCodeAt(0)] = 1;
  return table;
}
