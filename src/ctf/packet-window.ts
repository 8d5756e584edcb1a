/**
 * Reads one stream file through a window that slides over its packets, so that memory follows the largest
 * event, not the packet.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { OpenFile } from '../port/world.ts';
import { type Cursor, WINDOW_BYTES_MAX } from './cursor.ts';
import { osErrorText } from './os-error-text.ts';
import { ALIGN_BITS_MAX } from './tsdl/types.ts';

/** Bytes read at a time while no event needs more. */
export const WINDOW_BYTES = 128 * 1024;
/** Windows begin at multiples of the largest alignment, so that alignment inside them is right. */
const WINDOW_ALIGN_BYTES = ALIGN_BITS_MAX / 8;
/** Values of no bits that an event may have besides as many as its packet has bits. */
const FREE_VALUES = 65_536;

/** `short`: the limit was reached inside what was to be decoded. */
export type DecodeOutcome = 'decoded' | 'short';

export class PacketWindow {
  private readonly file: OpenFile;
  private readonly cursor: Cursor;
  private buffer: Uint8Array = new Uint8Array(0);
  /** Offset of the packet in the file. */
  private packetOffset = 0;
  /** Bytes of the packet that may be read. */
  private limitBits = 0;
  /** Bytes of the packet before the window. */
  private startByte = 0;

  constructor(file: OpenFile, cursor: Cursor) {
    this.file = file;
    this.cursor = cursor;
  }

  /** Bits of the packet before the cursor. */
  get positionBits(): number {
    return this.startByte * 8 + this.cursor.position;
  }

  /** Goes to a packet's begin; at most `limitBits` of it may be read. */
  enter(packetOffset: number, limitBits: number): void {
    this.packetOffset = packetOffset;
    this.limitBits = limitBits;
    this.startByte = 0;
    this.cursor.setWindow(this.buffer.subarray(0, 0), 0);
    this.cursor.position = 0;
  }

  /** Corrects the limit once the packet has said how long it is. */
  limit(limitBits: number): void {
    this.limitBits = limitBits;
    const inWindow = limitBits - this.startByte * 8;
    this.cursor.setWindow(this.cursor.bytes, Math.min(this.cursor.end, Math.max(0, inWindow)));
  }

  /** Whether the packet's limit is reached. */
  get atLimit(): boolean {
    return this.positionBits >= this.limitBits;
  }

  /**
   * Runs `decode`, again and with a wider window as often as it runs past the window's end but not the
   * limit. The cursor's clock is as before when it comes out `short` or failed.
   */
  decode(decode: () => void): Result<DecodeOutcome, string> {
    const { cursor } = this;
    const { clock } = cursor;
    const begin = this.positionBits;
    for (let bytes = WINDOW_BYTES; ; bytes *= 2) {
      cursor.overrun = false;
      cursor.problem = undefined;
      cursor.budget = FREE_VALUES + this.limitBits;
      decode();
      if (!cursor.overrun)
        return cursor.problem === undefined ? ok('decoded') : fail(cursor.problem);
      cursor.clock = clock;
      if (this.startByte * 8 + cursor.end >= this.limitBits) return ok('short');
      if (bytes > WINDOW_BYTES_MAX)
        return fail(`an event is longer than ${WINDOW_BYTES_MAX} bytes`);
      const slid = this.slide(begin, bytes);
      if (!slid.ok) return slid;
    }
  }

  /** Moves the window to bit `begin` of the packet, `length` bytes long or up to the limit. */
  private slide(begin: number, length: number): Result<void, string> {
    const limitBytes = Math.ceil(this.limitBits / 8);
    const beginByte = Math.floor(begin / 8);
    this.startByte = beginByte - (beginByte % WINDOW_ALIGN_BYTES);
    const wanted = Math.min(length, limitBytes - this.startByte);
    if (this.buffer.length < wanted) this.buffer = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const into = this.buffer.subarray(filled, wanted);
      const count = this.file.read(into, this.packetOffset + this.startByte + filled);
      if (!count.ok) return fail(osErrorText(count.error));
      if (count.value === 0) return fail('the file has become shorter');
      filled += count.value;
    }
    const endBits = Math.min(filled * 8, this.limitBits - this.startByte * 8);
    this.cursor.setWindow(this.buffer.subarray(0, filled), endBits);
    this.cursor.position = begin - this.startByte * 8;
    return ok(undefined);
  }
}
