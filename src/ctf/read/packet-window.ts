/**
 * Reads one stream file through a window that slides over its packets, so that memory depends on the largest
 * event, not on the largest packet.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { ReadableFile } from '../../port/files.ts';
import { osErrorText } from '../../port/os-error.ts';
import { type Cursor, WINDOW_BYTES_MAX } from './cursor.ts';
import { ALIGN_BITS_MAX } from './tsdl/types.ts';

/** Memory for the windows of all streams together, unless an event needs more. */
const WINDOWS_BYTES = 64 * 1024 * 1024;
const WINDOW_BYTES_LEAST = 4 * 1024;
const WINDOW_BYTES_USUAL = 128 * 1024;
/** Windows begin at multiples of the largest alignment, so that alignment inside a window equals that in the packet. */
const WINDOW_ALIGN_BYTES = ALIGN_BITS_MAX / 8;
/** Parts that an event may have in addition to the number of bits in its packet: bounds parts of no bits. */
const FREE_PARTS = 65_536;
const NO_BYTES = new Uint8Array(0);

/** Number of open windows: the more, the smaller each. */
export interface WindowCount {
  windows: number;
}

/** `short`: the decoder ran past the limit. */
export type DecodeOutcome = 'decoded' | 'short';

export class PacketWindow {
  readonly #file: ReadableFile;
  readonly #cursor: Cursor;
  readonly #count: WindowCount;
  #buffer = NO_BYTES;
  /** File offset of the buffer's first byte, and number of bytes in the buffer. */
  #bufferOffset = 0;
  #bufferFilled = 0;
  /** Offset of the packet in the file. */
  #packetOffset = 0;
  /** Readable bits of the packet. */
  #limitBits = 0;
  /** Bytes of the packet before the window. */
  #startByte = 0;

  constructor(file: ReadableFile, cursor: Cursor, count: WindowCount) {
    this.#file = file;
    this.#cursor = cursor;
    this.#count = count;
  }

  /** Bits of the packet before the cursor. */
  get positionBits(): number {
    return this.#startByte * 8 + this.#cursor.position;
  }

  /** Moves to the beginning of a packet; at most `limitBits` of it are readable. */
  enter(packetOffset: number, limitBits: number): void {
    this.#packetOffset = packetOffset;
    this.#limitBits = limitBits;
    this.#startByte = 0;
    const skip = Math.min(packetOffset - this.#bufferOffset, this.#bufferFilled);
    const there = this.#buffer.subarray(Math.max(0, skip), this.#bufferFilled);
    this.#cursor.setWindow(there, Math.min(there.length * 8, limitBits));
    this.#cursor.position = 0;
  }

  /** Corrects the limit once the length of the packet is decoded. */
  limit(limitBits: number): void {
    this.#limitBits = limitBits;
    const inWindow = limitBits - this.#startByte * 8;
    this.#cursor.setWindow(this.#cursor.bytes, Math.min(this.#cursor.end, Math.max(0, inWindow)));
  }

  /** Frees the buffer, whose bytes may have changed in the file. For use between packets. */
  release(): void {
    this.#buffer = NO_BYTES;
    this.#bufferFilled = 0;
    this.#cursor.setWindow(NO_BYTES, 0);
  }

  /** Whether the packet's limit is reached. */
  get atLimit(): boolean {
    return this.positionBits >= this.#limitBits;
  }

  /**
   * Runs `decode`, and repeats it with a wider window as long as it runs past the window's end but not past the
   * limit. If the outcome is not `decoded`, it restores position and clock.
   */
  decode(decode: () => void): Result<DecodeOutcome, string> {
    const cursor = this.#cursor;
    const { clockHigh, clockLow } = cursor;
    const begin = this.positionBits;
    const budget = FREE_PARTS + this.#limitBits;
    cursor.begin(budget);
    decode();
    if (!cursor.failed) return DECODED;
    for (let bytes = this.#usualBytes(); ; bytes *= 2) {
      const { problem } = cursor;
      cursor.clockHigh = clockHigh;
      cursor.clockLow = clockLow;
      cursor.position = begin - this.#startByte * 8;
      if (problem !== undefined) return fail(problem);
      if (this.#startByte * 8 + cursor.end >= this.#limitBits) return ok('short');
      if (bytes > WINDOW_BYTES_MAX)
        return fail(`an event is longer than ${WINDOW_BYTES_MAX} bytes`);
      const slid = this.#slide(begin, bytes);
      if (!slid.ok) return slid;
      cursor.begin(budget);
      decode();
      if (!cursor.failed) return DECODED;
    }
  }

  #usualBytes(): number {
    const share = WINDOWS_BYTES / this.#count.windows;
    let bytes = WINDOW_BYTES_USUAL;
    while (bytes > share && bytes > WINDOW_BYTES_LEAST) bytes /= 2;
    return bytes;
  }

  /** Moves the window to bit `begin` of the packet, `length` bytes long or up to the limit. */
  #slide(begin: number, length: number): Result<void, string> {
    const limitBytes = Math.ceil(this.#limitBits / 8);
    const beginByte = Math.floor(begin / 8);
    this.#startByte = beginByte - (beginByte % WINDOW_ALIGN_BYTES);
    const wanted = Math.min(length, limitBytes - this.#startByte);
    if (this.#buffer.length < wanted) this.#buffer = new Uint8Array(wanted);
    let filled = 0;
    this.#bufferFilled = 0;
    this.#bufferOffset = this.#packetOffset + this.#startByte;
    while (filled < wanted) {
      const into = this.#buffer.subarray(filled, wanted);
      const count = this.#file.read(into, this.#bufferOffset + filled);
      if (!count.ok) return fail(osErrorText(count.error));
      if (count.value === 0) return fail('the file has become shorter');
      filled += count.value;
    }
    this.#bufferFilled = filled;
    const endBits = Math.min(filled * 8, this.#limitBits - this.#startByte * 8);
    this.#cursor.setWindow(this.#buffer.subarray(0, filled), endBits);
    this.#cursor.position = begin - this.#startByte * 8;
    return ok(undefined);
  }
}

const DECODED: Result<DecodeOutcome, string> = ok('decoded');
