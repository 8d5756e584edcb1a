/**
 * The pump of one stream: takes pages of the kernel into the page slot (`../ring/page-slot.ts`), and copies their
 * records into the ring. While the ring is full it takes none: then the kernel's buffer fills, and the kernel counts
 * what it loses. Killed at any moment, the next pump of the stream continues: each record is in the ring once.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { KernelPages } from '../port/kernel-tracer.ts';
import type { OsError } from '../port/os-error.ts';
import type { WritableSegment } from '../port/shared-memory.ts';
import { PageSlot, positionSegmentBytes } from '../ring/page-slot.ts';
import { type RecordBytes, recordBytes } from './copy-record.ts';
import { type CopierOptions, PageCopier } from './page-copier.ts';

/**
 * How a turn ended. `caught-up`: the kernel has no events, or few new ones; `more`: the turn has its number of pages;
 * `full`: the ring has no room; `gone`: the pages cannot be read.
 */
export type PumpEnd = 'caught-up' | 'more' | 'full' | 'gone';

export interface PumpOptions extends CopierOptions {
  /** The whole position segment: its page slot is this pump's. */
  readonly slot: WritableSegment;
  readonly pageBytes: number;
  readonly onGone: (error: OsError) => void;
}

export class StreamPump {
  readonly #copier: PageCopier;
  readonly #slot: PageSlot;
  readonly #page: RecordBytes;
  readonly #onGone: PumpOptions['onGone'];
  /** The copier has the present page. */
  #isOpen = false;
  #pages = 0;

  private constructor(copier: PageCopier, slot: PageSlot, onGone: PumpOptions['onGone']) {
    this.#copier = copier;
    this.#slot = slot;
    this.#page = recordBytes(slot.page);
    this.#onGone = onGone;
  }

  /** Continues the stream; or why its memory cannot be used. No other pump of the stream exists. */
  static attach(options: PumpOptions): Result<StreamPump, string> {
    const { slot: segment, pageBytes } = options;
    if (segment.byteLength < positionSegmentBytes(pageBytes)) {
      return fail('the position segment has no page slot');
    }
    const copier = PageCopier.attach(options);
    if (!copier.ok) return copier;
    const slot = new PageSlot(segment, pageBytes);
    slot.recover(copier.value.writer);
    return ok(new StreamPump(copier.value, slot, options.onGone));
  }

  /** Pages that this pump has copied. */
  get pages(): number {
    return this.#pages;
  }

  /** Events that the ring has, or has discarded. */
  get events(): number {
    const { events, discarded } = this.#copier.writer;
    return events + discarded;
  }

  /**
   * Copies at most `pagesMax` pages. `toEnd`: until the ring has all events that the kernel has now. Without it, the
   * turn ends with a page that is not half full. A reader that is traced itself never finds the kernel without events:
   * each of its calls is one.
   */
  run(pages: KernelPages, pagesMax: number, toEnd: boolean): PumpEnd {
    const end = this.#copyPages(pages, pagesMax, toEnd);
    if (end !== 'full') this.#countLost(pages);
    return end;
  }

  close(): void {
    this.#copier.writer.close();
  }

  #copyPages(pages: KernelPages, pagesMax: number, toEnd: boolean): PumpEnd {
    const slot = this.#slot;
    let goal: number | undefined;
    for (let count = 0; count < pagesMax; count++) {
      if (!slot.isFull) {
        goal ??= toEnd ? this.events + presentIn(pages) : Number.POSITIVE_INFINITY;
        if (this.events >= goal) return 'caught-up';
        const read = pages.read(slot.page);
        if (!read.ok) {
          this.#onGone(read.error);
          return 'gone';
        }
        if (read.value === 0) return 'caught-up';
        slot.fill(read.value, this.#copier.writer);
      }
      const { length } = slot;
      if (!this.#copyPage()) return 'full';
      if (!toEnd && 2 * length < this.#page.bytes.length) return 'caught-up';
    }
    return 'more';
  }

  /** Copies the rest of the page; false: the ring has no room. */
  #copyPage(): boolean {
    const slot = this.#slot;
    const copier = this.#copier;
    if (!this.#isOpen) copier.open(this.#page, slot.bytes, slot.passed(copier.writer));
    this.#isOpen = true;
    if (!copier.copy()) return false;
    slot.empty();
    this.#isOpen = false;
    this.#pages += 1;
    return true;
  }

  /** A page does not say what a full buffer lost: the kernel's counts do. */
  #countLost(pages: KernelPages): void {
    const counts = pages.counts();
    if (!counts.ok) return;
    const { overrun, dropped } = counts.value;
    this.#slot.countLost(overrun + dropped, this.#copier.writer);
  }
}

/** Events that the kernel has now. */
function presentIn(pages: KernelPages): number {
  const counts = pages.counts();
  return counts.ok ? counts.value.entries : Number.POSITIVE_INFINITY;
}
