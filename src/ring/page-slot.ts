/**
 * The page slot of a stream whose consumer is its writer, too (R1.24): the page of the kernel that the consumer is
 * copying into the ring. It lies behind the position in the position segment, so that it survives the consumer.
 *
 * ```
 * 4096   state         1: the page is to be copied (u32)
 * 4100   bytes         of the page (u32)
 * 4104   before        events that the ring had recorded and discarded before the page (f64)
 * 4112   lost          events that the kernel lost, and that are in the ring's count of discarded events (f64)
 * 4120   lost after    the same, after the addition that is under way (f64)
 * 4128   discarded     the ring's count of discarded events before that addition (f64)
 * 4136   adding        1: an addition is under way (u32)
 * 8192   page          begins with its time (u64) and its length (u32 and more): 0 before the kernel stores a page
 * ```
 *
 * Each record of a page is one event, recorded or discarded. So the ring's counts tell how far a consumer came that was
 * killed, and each of these moments has one continuation: a page was stored and not marked as full (its length is not
 * 0); it is full; its length is 0 again.
 */
import { assert } from '../base/assert.ts';
import type { WritableSegment } from '../port/shared-memory.ts';
import { PAGE_BYTES, POSITION_SEGMENT_BYTES } from './layout.ts';

const OFFSET_STATE = POSITION_SEGMENT_BYTES;
const OFFSET_BYTES = OFFSET_STATE + 4;
const OFFSET_BEFORE = OFFSET_STATE + 8;
const OFFSET_LOST = OFFSET_STATE + 16;
const OFFSET_LOST_AFTER = OFFSET_STATE + 24;
const OFFSET_DISCARDED = OFFSET_STATE + 32;
const OFFSET_ADDING = OFFSET_STATE + 40;
const OFFSET_PAGE = POSITION_SEGMENT_BYTES + PAGE_BYTES;
const OFFSET_LENGTH = OFFSET_PAGE + 8;

/** The upper bits of the length say that events were lost before the page. */
const LENGTH_MASK = 2 ** 27 - 1;

/** Length of a position segment. `pageBytes`: of the kernel's pages; absent: an application writes the stream. */
export function positionSegmentBytes(pageBytes?: number): number {
  return pageBytes === undefined ? POSITION_SEGMENT_BYTES : OFFSET_PAGE + pageBytes;
}

/** The counts of a ring that a slot is for. */
interface Counts {
  readonly events: number;
  readonly discarded: number;
}

export class PageSlot {
  /** Where the kernel stores a page. */
  readonly page: Uint8Array;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  /** The segment has {@link positionSegmentBytes} of the page. */
  constructor({ buffer, byteLength }: WritableSegment, pageBytes: number) {
    assert(byteLength >= positionSegmentBytes(pageBytes), 'page-slot:ring:segment-has-it');
    this.page = new Uint8Array(buffer, OFFSET_PAGE, pageBytes);
    this.#words = new Int32Array(buffer, 0, OFFSET_PAGE / 4 + 4);
    this.#doubles = new Float64Array(buffer, 0, OFFSET_PAGE / 8);
  }

  get isFull(): boolean {
    return Atomics.load(this.#words, OFFSET_STATE / 4) === 1;
  }

  /** Bytes of the present page, with its header. */
  get bytes(): number {
    const bytes = (this.#words[OFFSET_BYTES / 4] as number) >>> 0;
    return Math.min(bytes, this.page.length);
  }

  /** Bytes of its records, as it says. */
  get length(): number {
    return (this.#words[OFFSET_LENGTH / 4] as number) & LENGTH_MASK;
  }

  /** How many of the page's events the ring has recorded or discarded. */
  passed({ events, discarded }: Counts): number {
    const passed = events + discarded - (this.#doubles[OFFSET_BEFORE / 8] as number);
    return passed > 0 ? passed : 0;
  }

  /** The kernel has stored a page of so many bytes. */
  fill(bytes: number, { events, discarded }: Counts): void {
    this.#words[OFFSET_BYTES / 4] = bytes;
    this.#doubles[OFFSET_BEFORE / 8] = events + discarded;
    Atomics.store(this.#words, OFFSET_STATE / 4, 1);
  }

  /** All of the page's events are in the ring. */
  empty(): void {
    Atomics.store(this.#words, OFFSET_LENGTH / 4, 0);
    Atomics.store(this.#words, OFFSET_STATE / 4, 0);
  }

  /** Events that the kernel lost, as far as the ring has counted them. */
  get lost(): number {
    return this.#doubles[OFFSET_LOST / 8] as number;
  }

  /** Adds what the kernel lost, `lost` events so far, to the ring's count of discarded events. */
  countLost(lost: number, ring: Counts & { discard(count: number): void }): void {
    const isNewCount = lost < this.lost;
    const count = isNewCount ? lost : lost - this.lost;
    if (count === 0 && !isNewCount) return;
    this.#doubles[OFFSET_LOST_AFTER / 8] = lost;
    this.#doubles[OFFSET_DISCARDED / 8] = ring.discarded;
    Atomics.store(this.#words, OFFSET_ADDING / 4, 1);
    if (count > 0) ring.discard(count);
    this.#finishAdding();
  }

  /** Continues what a killed consumer had begun. */
  recover(ring: Counts & { discard(count: number): void }): void {
    if (Atomics.load(this.#words, OFFSET_ADDING / 4) === 1) {
      const after = this.#doubles[OFFSET_LOST_AFTER / 8] as number;
      const count = after < this.lost ? after : after - this.lost;
      const isAdded = ring.discarded !== this.#doubles[OFFSET_DISCARDED / 8];
      if (!isAdded && count > 0) ring.discard(count);
      this.#finishAdding();
    }
    const isStored = Atomics.load(this.#words, OFFSET_LENGTH / 4) !== 0;
    if (isStored && !this.isFull) this.fill(this.page.length, ring);
  }

  #finishAdding(): void {
    this.#doubles[OFFSET_LOST / 8] = this.#doubles[OFFSET_LOST_AFTER / 8] as number;
    Atomics.store(this.#words, OFFSET_ADDING / 4, 0);
  }
}
