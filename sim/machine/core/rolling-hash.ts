/**
 * The rolling hash of a simulated run: FNV-1a, 64 bits, over words of 32 bits, on two unsigned 32-bit halves.
 *
 * The scheduler folds in every delivery to a simulated process, so two runs with equal hashes did the same things at
 * the same times. The hash is a fingerprint; it gives no protection against tampering.
 */

const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** The FNV prime is 2^40 + 0x1b3; the 2^40 part is the shift by eight within the high half. */
const PRIME_LOW = 0x1b3;
const TWO_TO_32 = 0x1_0000_0000;

/** The payload of an event, in a form that folds the same way in every run. */
export type Digestible = string | number | Uint8Array;

export class RollingHash {
  #high = OFFSET_HIGH;
  #low = OFFSET_LOW;

  /** Folds an integer from 0 to 2^53 - 1, low half first. */
  foldNumber(value: number): void {
    this.#foldWord(value >>> 0);
    this.#foldWord(Math.floor(value / TWO_TO_32) >>> 0);
  }

  /** Folds the count, which separates neighbouring values, then the bytes: four to a word, low first. */
  foldBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.foldNumber(length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    let at = 0;
    for (; at + 4 <= length; at += 4) this.#foldWord(view.getUint32(at, true));
    for (; at < length; at++) this.#foldWord(view.getUint8(at));
  }

  /** Folds UTF-16 code units after their count. */
  foldString(text: string): void {
    this.foldNumber(text.length);
    for (let index = 0; index < text.length; index++) this.#foldWord(text.charCodeAt(index));
  }

  fold(value: Digestible): void {
    if (typeof value === 'string') this.foldString(value);
    else if (typeof value === 'number') this.foldNumber(value);
    else this.foldBytes(value);
  }

  /** Low half as an unsigned integer. */
  low(): number {
    return this.#low;
  }

  /** High half as an unsigned integer. */
  high(): number {
    return this.#high;
  }

  /** 16 lower-case hexadecimal digits. */
  hex(): string {
    return hex8(this.#high) + hex8(this.#low);
  }

  #foldWord(word: number): void {
    const mixed = (this.#low ^ word) >>> 0;
    const product = mixed * PRIME_LOW;
    const low = product >>> 0;
    const carry = (product - low) / TWO_TO_32;
    this.#high = (Math.imul(this.#high, PRIME_LOW) + carry + (mixed << 8)) >>> 0;
    this.#low = low;
  }
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}
