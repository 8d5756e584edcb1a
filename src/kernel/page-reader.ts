/**
 * Reads the records of one page of a CPU's `trace_pipe_raw`. Little endian:
 *
 * ```
 * page      u64   timestamp, in units of the instance's clock: that of the page's begin
 *           long  commit: bits 0-26 bytes of records; bit 31: events were lost before this page;
 *                 bit 30: a long after the records says how many
 *           ...   records
 * record    u32   bits 0-4 type; bits 5-31 time since the record before it
 *     0           u32 length, itself included, then the payload, to a multiple of 4
 *     1 to 28     payload of 4 times as many bytes
 *     29          padding: u32 length of what follows the header; with time 0: the rest of the page
 *     30          u32: the time, with these as bits 27-58
 *     31          u32: as 30, but absolute; bits 59-63 are those of the time before
 * ```
 *
 * Sources: `include/linux/ring_buffer.h` and `kernel/trace/ring_buffer.c` of Linux, for types and lost events. A
 * discarded record becomes padding and keeps its time, from which that of the next record counts.
 *
 * The page is untrusted: a length that leads outside it ends the page, and {@link PageReader.fault} says so. What was
 * read before stays valid.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { KERNEL_PAGE_BYTES_MAX } from '../port/kernel-tracer.ts';
import type { PageLayout } from './page-layout.ts';

const COMMIT_MASK = 2 ** 27 - 1;
const LOST_FLAG = 2 ** 31;
const LOST_COUNT_FLAG = 2 ** 30;

const TYPE_BITS = 5;
const TYPE_MASK = 2 ** TYPE_BITS - 1;
const LENGTH_FOLLOWS = 0;
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
const WORD = 4;
const DELTA_SPAN = 2 ** 27;
/** An absolute time lacks the bits from this one on. */
const ABSOLUTE_BITS = 59n;

/** How many events were lost before a page: unknown if the page had no room for the number. */
export type LostEvents = number | 'unknown';

export class PageReader {
  /** Offset of the record's payload in the page. */
  at = 0;
  /** Length of the payload, up to 3 bytes of padding included. */
  length = 0;
  /** Time of the record, since {@link begin}. */
  sinceBegin = 0;
  /** Time of the page's begin. */
  begin = 0n;
  lost: LostEvents = 0;
  /** Why the page ended early; undefined: it did not. */
  fault: string | undefined;

  readonly #layout: PageLayout;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #next = 0;
  #end = 0;

  constructor(layout: PageLayout) {
    this.#layout = layout;
  }

  /** Begins with a page; or one sentence that says why it is none. */
  open(page: Uint8Array): Result<void, string> {
    const { commitBytes, dataOffset } = this.#layout;
    this.#next = 0;
    this.#end = 0;
    this.fault = undefined;
    if (page.length < dataOffset || page.length > KERNEL_PAGE_BYTES_MAX) {
      return fail(`A page of the kernel has ${page.length} bytes`);
    }
    this.#view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const commit = this.#view.getUint32(8, true);
    const end = dataOffset + (commit & COMMIT_MASK);
    if (end > page.length)
      return fail(`A page of the kernel claims ${end} of ${page.length} bytes`);
    this.begin = this.#view.getBigUint64(0, true);
    this.sinceBegin = 0;
    this.#next = dataOffset;
    this.#end = end;
    this.lost = this.#lostBefore(commit, end, commitBytes);
    return ok(undefined);
  }

  /** Whether there is one more record; then the members describe it. */
  next(): boolean {
    while (this.#next + WORD <= this.#end) {
      const header = this.#view.getUint32(this.#next, true);
      const type = header & TYPE_MASK;
      const delta = header >>> TYPE_BITS;
      const at = this.#next + WORD;
      if (type !== LENGTH_FOLLOWS && type < PADDING) {
        this.sinceBegin += delta;
        return this.#isRecord(at, type * WORD);
      }
      if (type === PADDING && delta === 0) break;
      if (at + WORD > this.#end) return this.#broken('ends in the middle of a record');
      const word = this.#view.getUint32(at, true);
      switch (type) {
        case LENGTH_FOLLOWS:
          this.sinceBegin += delta;
          if (word < WORD) return this.#broken('has a record without a length');
          return this.#isRecord(at + WORD, Math.ceil((word - WORD) / WORD) * WORD);
        case PADDING:
          this.sinceBegin += delta;
          this.#next = at + word;
          break;
        case TIME_EXTEND:
          this.sinceBegin += word * DELTA_SPAN + delta;
          this.#next = at + WORD;
          break;
        case TIME_STAMP:
          this.sinceBegin = this.#sinceBegin(word, delta);
          this.#next = at + WORD;
      }
    }
    if (this.#next > this.#end) return this.#broken('has a record that ends outside it');
    return false;
  }

  #isRecord(at: number, length: number): boolean {
    this.at = at;
    this.length = length;
    this.#next = at + length;
    return this.#next <= this.#end || this.#broken('has a record that ends outside it');
  }

  #broken(how: string): false {
    this.fault = `A page of the kernel ${how}`;
    this.#next = 0;
    this.#end = 0;
    return false;
  }

  #sinceBegin(word: number, delta: number): number {
    const before = this.begin + BigInt(this.sinceBegin);
    const low = BigInt(word) * BigInt(DELTA_SPAN) + BigInt(delta);
    const high = before >> ABSOLUTE_BITS;
    const time = (high << ABSOLUTE_BITS) | low;
    // The kernel's `rb_fix_abs_ts`: a bit that is missing has changed since.
    const hasWrapped = high > 0n && time < before;
    return Number(time - this.begin + (hasWrapped ? 1n << ABSOLUTE_BITS : 0n));
  }

  #lostBefore(commit: number, end: number, commitBytes: 4 | 8): LostEvents {
    if ((commit & LOST_FLAG) === 0) return 0;
    const isCounted =
      (commit & LOST_COUNT_FLAG) !== 0 && end + commitBytes <= this.#view.byteLength;
    if (!isCounted) return 'unknown';
    if (commitBytes === 4) return this.#view.getUint32(end, true);
    return Number(this.#view.getBigUint64(end, true));
  }
}
