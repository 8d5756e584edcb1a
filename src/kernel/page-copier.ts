/**
 * Copies the records of the kernel's pages into the ring of a stream, as events of the trace. On the path of each
 * event.
 *
 * Each record becomes one event, recorded or discarded and counted. An event has the time of its record. The kernel
 * writes no time before that of the record before: an event that interrupts another one while that takes its time has
 * the same time. Only an absolute time could go back, or a page of another time; such a record keeps the time before,
 * since readers of the trace need times in order.
 */
import { ok, type Result } from '../base/result.ts';
import type { TimestampStore } from '../port/event-path.ts';
import type { ReadableSegment, WritableSegment } from '../port/shared-memory.ts';
import { attachWriter, type StreamWriter } from '../ring/writer.ts';
import { copiedBytesMax, copyRecord, type RecordBytes } from './copy-record.ts';
import type { KernelClasses } from './kernel-classes.ts';
import type { PageLayout } from './page-layout.ts';
import { PageReader } from './page-reader.ts';
import { type StreamClass, StreamClasses } from './stream-classes.ts';

/** Why events are discarded. */
export type DiscardReason =
  | 'unknown-event'
  | 'broken-record'
  | 'broken-page'
  | 'classes-full'
  | 'oversized';

export interface CopierOptions {
  readonly data: WritableSegment;
  readonly position: ReadableSegment;
  readonly layout: PageLayout;
  readonly classes: KernelClasses;
  /** Called for each event of the reason. */
  readonly onDiscard: (reason: DiscardReason, detail: string) => void;
}

const ID_BYTES = 2;
const WORD_SPAN = 2 ** 32;

export class PageCopier {
  readonly writer: StreamWriter;
  readonly #reader: PageReader;
  readonly #classes: StreamClasses;
  readonly #onDiscard: CopierOptions['onDiscard'];
  #from: RecordBytes = { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) };
  /** The reader is at a record that had no room yet. */
  #isHeld = false;
  /** Records at the beginning of the page that are in the ring already. */
  #passed = 0;
  /** Time of the page's begin, and of the present event, as two u32. */
  #beginLow = 0;
  #beginHigh = 0;
  readonly #time: Time;

  private constructor(
    writer: StreamWriter,
    classes: StreamClasses,
    time: Time,
    { layout, onDiscard }: CopierOptions,
  ) {
    this.writer = writer;
    this.#reader = new PageReader(layout);
    this.#classes = classes;
    this.#time = time;
    this.#onDiscard = onDiscard;
  }

  /** Continues the stream; or why its memory cannot be used. */
  static attach(options: CopierOptions): Result<PageCopier, string> {
    const { data, position, classes, onDiscard } = options;
    const time = new Time();
    const writer = attachWriter({
      data,
      position,
      now: time.store(data),
      onOversized: (bytes) => onDiscard('oversized', `${bytes} bytes`),
    });
    if (!writer.ok) return writer;
    time.begin(writer.value.timestamp);
    const declared = StreamClasses.of(classes, writer.value);
    if (!declared.ok) return declared;
    return ok(new PageCopier(writer.value, declared.value, time, options));
  }

  /** Begins with a page, of which the ring has the first `passed` events. */
  open(page: RecordBytes, bytes: number, passed: number): void {
    this.#from = page;
    this.#isHeld = false;
    this.#passed = passed;
    const opened = this.#reader.open(page.bytes.subarray(0, bytes));
    if (!opened.ok) {
      this.#discard('broken-page', opened.error);
      return;
    }
    this.#beginLow = Number(BigInt.asUintN(32, this.#reader.begin));
    this.#beginHigh = Number(this.#reader.begin >> 32n);
  }

  /** Copies the rest of the page; false: the ring has no room for the next event now. */
  copy(): boolean {
    const reader = this.#reader;
    while (this.#isHeld || reader.next()) {
      this.#isHeld = !this.#copyRecord();
      if (this.#isHeld) return false;
    }
    if (reader.fault !== undefined) this.#discard('broken-page', reader.fault);
    return true;
  }

  /** False: there is no room. */
  #copyRecord(): boolean {
    if (this.#passed > 0) {
      this.#passed -= 1;
      return true;
    }
    const { at, length } = this.#reader;
    const from = this.#from;
    if (length < ID_BYTES) return this.#discard('broken-record', `${length} bytes`);
    const id = from.view.getUint16(at, true);
    const found = this.#classes.find(id);
    if (typeof found === 'string') {
      return this.#discard(found === 'full' ? 'classes-full' : 'unknown-event', `id ${id}`);
    }
    return this.#record(found, from, at, length);
  }

  #record(
    { record, id, bytesMax }: StreamClass,
    from: RecordBytes,
    at: number,
    length: number,
  ): boolean {
    const { writer } = this;
    const bytes = bytesMax ?? copiedBytesMax(record, from, at, length);
    if (!writer.hasRoom(bytes)) return false;
    const sum = this.#beginLow + this.#reader.sinceBegin;
    this.#time.set(sum >>> 0, (this.#beginHigh + Math.floor(sum / WORD_SPAN)) >>> 0);
    const to = writer.reserve(bytes, id);
    if (to < 0) return true;
    const end = copyRecord(record, from, at, length, writer, to);
    if (end >= 0) writer.commit(end);
    else {
      writer.cancel();
      this.#onDiscard('broken-record', `${length} bytes`);
    }
    return true;
  }

  #discard(reason: DiscardReason, detail: string): true {
    if (this.#passed > 0) this.#passed -= 1;
    else {
      this.writer.discard();
      this.#onDiscard(reason, detail);
    }
    return true;
  }
}

/** The time of the next event: never before that of the last one. */
class Time {
  #low = 0;
  #high = 0;

  /** Stores the time into the memory of the ring, whichever word of it. */
  store({ buffer, byteLength }: WritableSegment): TimestampStore {
    const words = new Int32Array(buffer, 0, byteLength >>> 2);
    return (_, index) => {
      words[2 * index] = this.#low | 0;
      words[2 * index + 1] = this.#high | 0;
    };
  }

  begin(time: bigint): void {
    this.#low = Number(BigInt.asUintN(32, time));
    this.#high = Number(BigInt.asUintN(32, time >> 32n));
  }

  set(low: number, high: number): void {
    if (high < this.#high || (high === this.#high && low < this.#low)) return;
    this.#low = low;
    this.#high = high;
  }
}
