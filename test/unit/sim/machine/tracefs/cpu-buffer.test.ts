/**
 * Goal: the buffer of a CPU gives each event once, in order and with its time, or counts it as lost. Method: random
 * runs of events, refused events, long silences and reads, against what was put in.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoiseStream } from '../../../../../sim/machine/core/noise.ts';
import { CpuBuffer, type Fated } from '../../../../../sim/machine/tracefs/cpu-buffer.ts';
import { PageReader } from '../../../../../src/kernel/page-reader.ts';

const LAYOUT = { commitBytes: 8, dataOffset: 16 } as const;
const PAGE_BYTES = 4096;
/** Three pages of 4,080 bytes. */
const SHAPE = { pageBytes: PAGE_BYTES, bufferKb: 10, overwrite: false };
/** With its header, 204 records fill a page. */
const RECORD_BYTES = 16;
const RECORDS_A_PAGE = 204;

function bufferOf(overwrite: boolean): CpuBuffer {
  return new CpuBuffer({ ...SHAPE, overwrite }, new NoiseStream(1, 'test'));
}

interface Event extends Fated {
  readonly time: number;
  readonly number: number;
}

class Filled {
  readonly buffer: CpuBuffer;
  readonly events: Event[] = [];
  readonly read: { readonly time: number; readonly number: number }[] = [];
  lostOfPages = 0;
  /** A page had no room for the number. */
  isLossUnknown = false;
  #time = 1000;

  constructor(overwrite: boolean) {
    this.buffer = bufferOf(overwrite);
  }

  write(after: number, bytes = RECORD_BYTES): void {
    this.#time += after;
    const payload = new Uint8Array(bytes);
    new DataView(payload.buffer).setUint32(0, this.events.length, true);
    const event: Event = { time: this.#time, number: this.events.length, fate: 'buffered' };
    this.events.push(event);
    this.buffer.write(this.#time, payload, event);
  }

  refuse(after: number): void {
    this.#time += after;
    this.buffer.refuse(this.#time, new Uint8Array(RECORD_BYTES));
  }

  /** Reads a page; false: there is none. */
  readPage(): boolean {
    const page = this.buffer.takePage();
    if (page === undefined) return false;
    expect(page).toHaveLength(PAGE_BYTES);
    const reader = new PageReader(LAYOUT);
    expect(reader.open(page).ok).toBe(true);
    if (reader.lost === 'unknown') this.isLossUnknown = true;
    else this.lostOfPages += reader.lost;
    const view = new DataView(page.buffer);
    while (reader.next()) {
      const time = Number(reader.begin) + reader.sinceBegin;
      this.read.push({ time, number: view.getUint32(reader.at, true) });
    }
    expect(reader.fault).toBeUndefined();
    return true;
  }

  fates(fate: Fated['fate']): number[] {
    return this.events.filter((event) => event.fate === fate).map(({ number }) => number);
  }
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      count: fc.integer({ min: 1, max: 300 }),
      after: fc.oneof(
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom(2 ** 27 - 1, 2 ** 27, 2 ** 35),
      ),
      bytes: fc.integer({ min: 1, max: 40 }).map((words) => 4 * words),
    }),
  },
  fc.record({ kind: fc.constant('refuse' as const), after: fc.integer({ min: 1, max: 2 ** 28 }) }),
  fc.record({ kind: fc.constant('read' as const), pages: fc.integer({ min: 1, max: 5 }) }),
);

test.each([false, true])(
  'overwriting %s: each event is read once, or lost and counted',
  (overwrite) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const filled = new Filled(overwrite);
        for (const each of steps) {
          if (each.kind === 'write')
            for (let made = 0; made < each.count; made++) filled.write(each.after, each.bytes);
          else if (each.kind === 'refuse') filled.refuse(each.after);
          else for (let page = 0; page < each.pages; page++) filled.readPage();
        }
        while (filled.readPage());
        const { counts } = filled.buffer;
        expect(filled.read.map(({ number }) => number)).toEqual(filled.fates('read'));
        for (const { time, number } of filled.read) expect(time).toBe(filled.events[number]?.time);
        expect(counts).toEqual({
          entries: 0,
          overrun: filled.fates('overwritten').length,
          dropped: filled.fates('discarded').length,
          read: filled.read.length,
        });
        expect(counts.overrun + counts.dropped + counts.read).toBe(filled.events.length);
        expect(overwrite ? counts.dropped : counts.overrun).toBe(0);
        // Pages tell of overwritten events, and of no others.
        const told = Math.min(filled.lostOfPages, counts.overrun - 1);
        expect(filled.lostOfPages).toBe(filled.isLossUnknown ? told : counts.overrun);
      }),
      { numRuns: 200 },
    );
  },
);

test('a full buffer has three pages, and a fourth when the reader has one that is still written', () => {
  const filled = new Filled(false);
  for (let made = 0; made < 5 * RECORDS_A_PAGE; made++) filled.write(1);
  expect(filled.buffer.counts).toEqual({
    entries: 3 * RECORDS_A_PAGE,
    overrun: 0,
    dropped: 2 * RECORDS_A_PAGE,
    read: 0,
  });
  const begun = new Filled(false);
  begun.write(1);
  begun.readPage();
  for (let made = 0; made < 5 * RECORDS_A_PAGE; made++) begun.write(1);
  expect(begun.buffer.counts.entries).toBe(4 * RECORDS_A_PAGE - 1);
});

test('a smaller event still fits where a larger one did not', () => {
  const filled = new Filled(false);
  for (let made = 0; made < 3 * RECORDS_A_PAGE - 1; made++) filled.write(1);
  filled.write(1, 100);
  filled.write(1);
  filled.write(1);
  expect(filled.fates('discarded')).toEqual([3 * RECORDS_A_PAGE - 1, 3 * RECORDS_A_PAGE + 1]);
});

test('a buffer of three pages is half full with the second page, and full with the third', () => {
  const filled = new Filled(false);
  expect(filled.buffer.isFull(0)).toBe(false);
  filled.write(1);
  expect(filled.buffer.isFull(0)).toBe(true);
  expect(filled.buffer.isFull(50)).toBe(false);
  while (filled.events.length < RECORDS_A_PAGE) filled.write(1);
  expect(filled.buffer.isFull(50)).toBe(false);
  filled.write(1);
  expect([50, 67, 100].map((percent) => filled.buffer.isFull(percent))).toEqual([
    true,
    false,
    false,
  ]);
  while (filled.events.length <= 2 * RECORDS_A_PAGE) filled.write(1);
  expect(filled.buffer.isFull(100)).toBe(true);
  while (filled.readPage());
  expect(filled.buffer.isFull(0)).toBe(false);
});
