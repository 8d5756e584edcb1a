/**
 * Bits of a packet, one window at a time. A decoder reads without bounds checks: past the window's end it gets zeros
 * and the cursor sets `failed`; the caller of the decoder then discards the result or widens the window.
 */
import { assert } from '../../base/assert.ts';
import { type FieldValue, narrow } from './values.ts';

/** Up to this size, bit positions inside a window are small integers for V8. */
export const WINDOW_BYTES_MAX = 2 ** 27;
const NO_BYTES = new Uint8Array(0);
/** Number of values of an integer, by its bits. */
const SPANS = Array.from({ length: 33 }, (_, bits) => 2 ** bits);
/** 64-bit integers with an upper half between these bounds are exact numbers. */
const EXACT_HIGH_END = 2 ** 21;

export class Cursor {
  bytes: Uint8Array = NO_BYTES;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Position, in bits from the window's begin. */
  position = 0;
  /** End of the readable bits. */
  end = 0;
  /** Decoding failed: past the end, or with a `problem`. */
  failed = false;
  /** The error in the content, if the length is not the error. */
  problem: string | undefined;
  /** How many more parts may be decoded: bounds values that take no bits. */
  budget = 0;
  /** The clock at the last timestamp, in cycles: unsigned 32-bit halves. */
  clockHigh = 0;
  clockLow = 0;
  /** The class id of the event header, -1 if it has none. */
  eventId = -1;
  /** Values to which later lengths and tags refer; the compiler allocates the indices. */
  readonly slots: FieldValue[] = [];

  /** Sets the window to the first `endBits` bits of `bytes`. */
  setWindow(bytes: Uint8Array, endBits: number): void {
    assert(bytes.length <= WINDOW_BYTES_MAX && endBits <= bytes.length * 8, 'cursor:window:bounds');
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = endBits;
  }

  /** Clears the failure; the next decoder may decode `budget` parts. */
  begin(budget: number): void {
    this.failed = false;
    this.problem = undefined;
    this.budget = budget;
    this.eventId = -1;
  }

  fail(problem: string): void {
    this.failed = true;
    this.problem ??= problem;
  }

  /** Takes from the budget. */
  spend(parts: number): void {
    this.budget -= parts;
    if (this.budget < 0) this.fail('more values than bits');
  }

  align(bits: number): void {
    const aligned = (this.position + bits - 1) & -bits;
    if (aligned > this.end) this.failed = true;
    else this.position = aligned;
  }

  /** An unsigned integer of at most 53 bits. */
  unsigned(bits: number, little: boolean): number {
    const start = this.position;
    if (start + bits > this.end) {
      this.failed = true;
      return 0;
    }
    this.position = start + bits;
    const at = start >> 3;
    const offset = start & 7;
    if (offset === 0) {
      if (bits === 32) return this.#view.getUint32(at, little);
      if (bits === 8) return this.bytes[at] as number;
      if (bits === 16) return this.#view.getUint16(at, little);
    }
    if (!little) return this.#bitsBig(start, bits);
    if (offset + bits <= 32 && at + 4 <= this.bytes.length) {
      const word = this.#view.getUint32(at, true) >>> offset;
      return offset + bits === 32 ? word : word & ((1 << bits) - 1);
    }
    return this.#bitsLittle(start, bits);
  }

  /** An unsigned integer of 54 to 64 bits, or a signed one, as a value (`values.ts`). */
  wide(bits: number, little: boolean, signed: boolean): number | bigint {
    if (bits === 64 && (this.position & 7) === 0 && this.position + 64 <= this.end) {
      const at = this.position >> 3;
      const low = this.#view.getUint32(little ? at : at + 4, little);
      const highAt = little ? at + 4 : at;
      const high = signed
        ? this.#view.getInt32(highAt, little)
        : this.#view.getUint32(highAt, little);
      if (high < EXACT_HIGH_END && high > -EXACT_HIGH_END) {
        this.position += 64;
        return high * 2 ** 32 + low;
      }
    }
    const value = this.unsignedBig(bits, little);
    return narrow(signed ? BigInt.asIntN(bits, value) : value);
  }

  /** An unsigned integer of 1 to 64 bits. */
  unsignedBig(bits: number, little: boolean): bigint {
    if (this.position + bits > this.end) {
      this.failed = true;
      return 0n;
    }
    if (bits <= 32) return BigInt(this.unsigned(bits, little));
    const first = BigInt(this.unsigned(little ? 32 : bits - 32, little));
    const second = BigInt(this.unsigned(little ? bits - 32 : 32, little));
    return little ? (second << 32n) | first : (first << 32n) | second;
  }

  float(bits: 32 | 64, little: boolean): number {
    if ((this.position & 7) === 0 && this.position + bits <= this.end) {
      const at = this.position >> 3;
      this.position += bits;
      return bits === 32 ? this.#view.getFloat32(at, little) : this.#view.getFloat64(at, little);
    }
    const scratch = new DataView(new ArrayBuffer(8));
    scratch.setBigUint64(0, this.unsignedBig(bits, little));
    return bits === 32 ? scratch.getFloat32(4) : scratch.getFloat64(0);
  }

  /**
   * Reads a timestamp of 1 to 64 bits and sets the clock. A timestamp of fewer than 64 bits holds the low bits of the
   * first instant that is not before the last timestamp (CTF 1.8, section 8).
   */
  timestamp(bits: number, little: boolean): number | bigint {
    if (bits > 32) {
      const value = this.unsignedBig(bits, little);
      if (!this.failed) this.setClock(bits === 64 ? value : this.#nextWith(value, bits));
      return narrow(value);
    }
    const value = this.unsigned(bits, little);
    if (this.failed) return 0;
    const span = SPANS[bits] as number;
    const low = this.clockLow;
    const before = bits === 32 ? low : low & (span - 1);
    let next = low - before + value;
    if (value < before) next += span;
    if (next >= 2 ** 32) {
      next -= 2 ** 32;
      this.clockHigh = (this.clockHigh + 1) >>> 0;
    }
    this.clockLow = next;
    return value;
  }

  setClock(cycles: bigint): void {
    this.clockHigh = Number(BigInt.asUintN(32, cycles >> 32n));
    this.clockLow = Number(BigInt.asUintN(32, cycles));
  }

  /** The bytes up to the next NUL; the cursor passes the NUL too. The position is on a byte boundary. */
  bytesToNul(): Uint8Array {
    const start = this.position >> 3;
    const limit = this.end >> 3;
    const nul = this.bytes.indexOf(0, start);
    if (nul < 0 || nul >= limit) {
      this.failed = true;
      return NO_BYTES;
    }
    this.position = (nul + 1) * 8;
    return this.bytes.subarray(start, nul);
  }

  /** `length` bytes. The position is on a byte boundary. */
  take(length: number): Uint8Array {
    const start = this.position >> 3;
    if (length > (this.end >> 3) - start) {
      this.failed = true;
      return NO_BYTES;
    }
    this.position += length * 8;
    return this.bytes.subarray(start, start + length);
  }

  #nextWith(value: bigint, bits: number): bigint {
    const clock = (BigInt(this.clockHigh) << 32n) | BigInt(this.clockLow);
    const span = 1n << BigInt(bits);
    const next = clock - (clock & (span - 1n)) + value;
    return next < clock ? next + span : next;
  }

  /** Little endian: the first bit is the lowest bit of the first byte and of the value. */
  #bitsLittle(start: number, bits: number): number {
    let value = 0;
    let scale = 1;
    for (let at = start, left = bits; left > 0; ) {
      const offset = at & 7;
      const count = Math.min(8 - offset, left);
      const part = ((this.bytes[at >> 3] as number) >> offset) & ((1 << count) - 1);
      value += part * scale;
      scale *= 2 ** count;
      at += count;
      left -= count;
    }
    return value;
  }

  /** Big endian: the first bit is the highest bit of the first byte and of the value. */
  #bitsBig(start: number, bits: number): number {
    let value = 0;
    for (let at = start, left = bits; left > 0; ) {
      const offset = at & 7;
      const count = Math.min(8 - offset, left);
      const part = ((this.bytes[at >> 3] as number) >> (8 - offset - count)) & ((1 << count) - 1);
      value = value * 2 ** count + part;
      at += count;
      left -= count;
    }
    return value;
  }
}
