/**
 * Bits of a packet, one window at a time. A decoder reads on without asking whether it may: past the window's
 * end it gets zeros and `overrun` is set, and whoever started it discards the result or widens the window.
 */
import { assert } from '../base/assert.ts';
import type { FieldValue } from './values.ts';

/** Positions inside a window stay small integers up to here. */
export const WINDOW_BYTES_MAX = 2 ** 27;

export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** Bits from the window's begin. */
  position = 0;
  /** Bits that may be read. */
  end = 0;
  overrun = false;
  /** What is wrong with the content itself, apart from its length. */
  problem: string | undefined;
  /** How many more values may be decoded: keeps values of no bits from growing without end. */
  budget = 0;
  /** The clock after the last timestamp, in cycles. */
  clock = 0n;
  /** The class id that the event header gave. */
  eventId: number | undefined;
  /** Values that later lengths and tags refer to; indices are the compiler's. */
  readonly slots: FieldValue[] = [];

  /** Looks at `end` bits of `bytes`, from their begin. */
  setWindow(bytes: Uint8Array, endBits: number): void {
    assert(bytes.length <= WINDOW_BYTES_MAX && endBits <= bytes.length * 8, 'cursor:window:bounds');
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = endBits;
    this.overrun = false;
  }

  /** Whether decoding has come to an end before its time. */
  get failed(): boolean {
    return this.overrun || this.problem !== undefined;
  }

  /** Takes one value from the budget. */
  spend(): void {
    if (--this.budget < 0) this.problem ??= 'more values than bits';
  }

  align(bits: number): void {
    const aligned = (this.position + bits - 1) & -bits;
    if (aligned > this.end) this.overrun = true;
    else this.position = aligned;
  }

  /** An unsigned integer of at most 53 bits. */
  unsigned(bits: number, little: boolean): number {
    const start = this.position;
    if (start + bits > this.end) {
      this.overrun = true;
      return 0;
    }
    this.position = start + bits;
    if ((start & 7) === 0) {
      if (bits === 8) return this.bytes[start >> 3] as number;
      if (bits === 32) return this.view.getUint32(start >> 3, little);
      if (bits === 16) return this.view.getUint16(start >> 3, little);
    }
    return little ? this.bitsLittle(start, bits) : this.bitsBig(start, bits);
  }

  /** An unsigned integer of 1 to 64 bits. */
  unsignedBig(bits: number, little: boolean): bigint {
    const start = this.position;
    if (start + bits > this.end) {
      this.overrun = true;
      return 0n;
    }
    if (bits === 64 && (start & 7) === 0) {
      this.position = start + 64;
      return this.view.getBigUint64(start >> 3, little);
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
      return bits === 32 ? this.view.getFloat32(at, little) : this.view.getFloat64(at, little);
    }
    const scratch = new DataView(new ArrayBuffer(8));
    scratch.setBigUint64(0, this.unsignedBig(bits, little));
    return bits === 32 ? scratch.getFloat32(4) : scratch.getFloat64(0);
  }

  /** The bytes up to the next NUL, which is taken too. The position is on a byte's boundary. */
  bytesToNul(): Uint8Array {
    const start = this.position >> 3;
    const limit = this.end >> 3;
    const nul = this.bytes.indexOf(0, start);
    if (nul < 0 || nul >= limit) {
      this.overrun = true;
      return this.bytes.subarray(0, 0);
    }
    this.position = (nul + 1) * 8;
    return this.bytes.subarray(start, nul);
  }

  /** `length` bytes. The position is on a byte's boundary. */
  take(length: number): Uint8Array {
    const start = this.position >> 3;
    if (length > (this.end >> 3) - start) {
      this.overrun = true;
      return this.bytes.subarray(0, 0);
    }
    this.position += length * 8;
    return this.bytes.subarray(start, start + length);
  }

  /** Little endian: the first bit is the lowest of the first byte, and of the value. */
  private bitsLittle(start: number, bits: number): number {
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

  /** Big endian: the first bit is the highest of the first byte, and of the value. */
  private bitsBig(start: number, bits: number): number {
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
