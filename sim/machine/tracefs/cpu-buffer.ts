/**
 * The buffer of one CPU of an instance, as Linux has it (`kernel/trace/ring_buffer.c`): a ring of pages, and beside it
 * the page of the reader, which it exchanges with the oldest one of the ring. If the oldest page is the one that the
 * CPU writes, the CPU writes its next events into the page that the reader has taken. Times are virtual nanoseconds.
 */
import type { KernelCounts } from '../../../src/port/kernel-tracer.ts';
import type { NoiseStream } from '../core/noise.ts';
import { type PageItem, recordBytes, writePage } from './page-writer.ts';

export interface BufferShape {
  readonly pageBytes: number;
  readonly bufferKb: number;
  readonly overwrite: boolean;
}

/** What became of an event that an instance wanted. */
export type Fate = 'buffered' | 'read' | 'discarded' | 'overwritten' | 'removed';

/** The one whose fate the buffer decides. */
export interface Fated {
  fate: Fate;
}

/** An item of a page, with the time after it; `fated`: it is an event. */
interface Written {
  readonly item: PageItem;
  readonly time: number;
  readonly fated: Fated | undefined;
}

class Page {
  readonly written: Written[] = [];
  begin = 0;
  bytes = 0;
  time = 0;
  /** How many of `written` were read, and the time of the last one. */
  read = 0;
  readTime = 0;
  /** Events that were not read. */
  entries = 0;
}

const PAGE_HEADER_BYTES = 16;
const HEADER_BYTES = 4;
const EXTEND_BYTES = 8;
/** A longer time since the record before does not fit into a record. */
const DELTA_MAX = 2 ** 27 - 1;
const PAGES_MIN = 2;

export class CpuBuffer {
  readonly #shape: BufferShape;
  readonly #noise: NoiseStream;
  readonly #pagesMax: number;
  /** Oldest first; the last one is written, unless the ring is empty: then the reader's is. */
  readonly #ring: Page[] = [new Page()];
  #reader = new Page();
  #entries = 0;
  #overrun = 0;
  #dropped = 0;
  #read = 0;
  /** Of `overrun`, what the pages before have told. */
  #overrunTold = 0;
  #lost = 0;
  /** Pages that were begun after others, overwritten, and exchanged with the reader's. */
  #touched = 0;
  #lostPages = 0;
  #readPages = 0;

  constructor(shape: BufferShape, noise: NoiseStream) {
    this.#shape = shape;
    this.#noise = noise;
    const pages = Math.ceil((shape.bufferKb * 1024) / this.#dataBytes);
    this.#pagesMax = Math.max(PAGES_MIN, pages);
  }

  get counts(): KernelCounts {
    return {
      entries: this.#entries,
      overrun: this.#overrun,
      dropped: this.#dropped,
      read: this.#read,
    };
  }

  /** Whether a reader that waits until the buffer is as full is woken; with 0 percent, until it has anything. */
  isFull(percent: number): boolean {
    if (this.#entries === 0) return false;
    if (percent === 0) return true;
    const dirty = Math.max(0, this.#touched - this.#lostPages - this.#readPages) + 1;
    return this.#reader !== this.#tail && dirty * 100 >= percent * this.#pagesMax;
  }

  /** The record of an event. */
  write(time: number, payload: Uint8Array, fated: Fated): void {
    const bytes = recordBytes(payload.length);
    if (this.#put(time, bytes, payload, fated)) return;
    fated.fate = 'discarded';
    this.#dropped++;
  }

  /** What remains of a record that a filter has refused after it had its place, where one can remain. */
  refuse(time: number, payload: Uint8Array): void {
    const page = this.#tail;
    const bytes = recordBytes(payload.length);
    const delta = time - page.time;
    const isPlace = page.bytes > 0 && page.bytes + bytes <= this.#dataBytes;
    if (!isPlace || delta === 0 || delta > DELTA_MAX) return;
    const item: PageItem = { kind: 'discarded', delta, bytes: bytes - HEADER_BYTES };
    page.written.push({ item, time, fated: undefined });
    page.bytes += bytes;
    page.time = time;
  }

  /** The oldest page; undefined: no event waits. */
  takePage(): Uint8Array | undefined {
    if (this.#entries === 0) return undefined;
    if (this.#reader.entries === 0) this.#exchange();
    const page = this.#reader;
    const { pageBytes } = this.#shape;
    const begin = page.read === 0 ? page.begin : page.readTime;
    const unread = page.written.slice(page.read);
    for (const { fated } of unread) if (fated !== undefined) fated.fate = 'read';
    this.#read += page.entries;
    this.#entries -= page.entries;
    page.entries = 0;
    page.read = page.written.length;
    page.readTime = page.time;
    const items = unread.map(({ item }) => item);
    const bytes = writePage({ begin: BigInt(begin), bytes: pageBytes, lost: this.#lost, items });
    this.#lost = 0;
    return bytes;
  }

  /** The instance is removed. */
  remove(): void {
    for (const { written, read } of [this.#reader, ...this.#ring])
      for (const { fated } of written.slice(read)) if (fated !== undefined) fated.fate = 'removed';
  }

  get #dataBytes(): number {
    return this.#shape.pageBytes - PAGE_HEADER_BYTES;
  }

  get #tail(): Page {
    return this.#ring.at(-1) ?? this.#reader;
  }

  #exchange(): void {
    const oldest = this.#ring.shift();
    if (oldest === undefined) return;
    this.#reader = oldest;
    this.#readPages++;
    this.#lost = this.#overrun - this.#overrunTold;
    this.#overrunTold = this.#overrun;
  }

  /** False: the buffer is full. */
  #put(time: number, bytes: number, payload: Uint8Array, fated: Fated): boolean {
    let page = this.#tail;
    const since = time - page.time;
    const isExtended = page.bytes > 0 && since > DELTA_MAX;
    if (page.bytes + bytes + (isExtended ? EXTEND_BYTES : 0) > this.#dataBytes) {
      if (!this.#begin()) return false;
      page = this.#tail;
    }
    const isFirst = page.bytes === 0;
    if (isFirst) page.begin = time;
    else if (isExtended) this.#extend(page, time, since);
    const delta = isFirst || isExtended ? 0 : since;
    page.written.push({ item: { kind: 'record', delta, payload }, time, fated });
    page.bytes += bytes;
    page.time = time;
    page.entries++;
    this.#entries++;
    return true;
  }

  /** Time passes without an event, told by how much or until when. */
  #extend(page: Page, time: number, since: number): void {
    const item: PageItem = this.#noise.oneIn(4)
      ? { kind: 'stamp', time: BigInt(time) }
      : { kind: 'extend', delta: since };
    page.written.push({ item, time, fated: undefined });
    page.bytes += EXTEND_BYTES;
  }

  /** Begins another page. False: all are full. */
  #begin(): boolean {
    if (this.#ring.length === this.#pagesMax) {
      if (!this.#shape.overwrite) return false;
      this.#overwrite();
    }
    this.#ring.push(new Page());
    this.#touched++;
    return true;
  }

  #overwrite(): void {
    const oldest = this.#ring.shift();
    if (oldest === undefined) return;
    for (const { fated } of oldest.written) if (fated !== undefined) fated.fate = 'overwritten';
    this.#overrun += oldest.entries;
    this.#entries -= oldest.entries;
    this.#lostPages++;
  }
}
