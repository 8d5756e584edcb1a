/**
 * Goal: every record of a page is read once, with its time, and a wrong page ends early and says so. Method: pages that
 * Linux wrote, against the lines of `trace`; random pages, against what was put into them; pages with changed bytes.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type PageItem,
  type PageParts,
  writePage,
} from '../../../../sim/machine/tracefs/page-writer.ts';
import { PageReader } from '../../../../src/kernel/page-reader.ts';
import { KERNEL_PAGE_BYTES_MAX } from '../../../../src/port/kernel-tracer.ts';
import { readRecorded } from '../../../support/kernel/recorded.ts';

const LAYOUT = { commitBytes: 8, dataOffset: 16 } as const;
const PAGE_BYTES = 4096;

interface Found {
  readonly time: bigint;
  readonly payload: Uint8Array;
}

function recordsOf(page: Uint8Array): { readonly reader: PageReader; readonly records: Found[] } {
  const reader = new PageReader(LAYOUT);
  expect(reader.open(page)).toEqual({ ok: true, value: undefined });
  const records: Found[] = [];
  while (reader.next()) {
    const payload = page.slice(reader.at, reader.at + reader.length);
    records.push({ time: reader.begin + BigInt(reader.sinceBegin), payload });
  }
  return { reader, records };
}

test('pages of Linux have the records and times of its own text', () => {
  for (const { page, lines } of readRecorded().pages) {
    const { reader, records } = recordsOf(page);
    expect(reader.fault).toBeUndefined();
    const times = lines.map((line) => / (\d+\.\d{6}): /.exec(line)?.[1]);
    const seconds = records.map(({ time }) => (Number((time + 500n) / 1000n) / 1e6).toFixed(6));
    expect(seconds).toEqual(times);
  }
});

const delta = fc.oneof(fc.nat(1000), fc.constantFrom(0, 1, 2 ** 27 - 1));
const itemArbitrary: fc.Arbitrary<PageItem> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      delta,
      payload: fc.uint8Array({ maxLength: 160 }),
    }),
  },
  fc.record({
    kind: fc.constant('discarded' as const),
    delta: delta.map((value) => value + (value === 0 ? 1 : 0)),
    bytes: fc.integer({ min: 1, max: 20 }).map((words) => words * 4),
  }),
  fc.record({
    kind: fc.constant('extend' as const),
    delta: fc.oneof(fc.nat(), fc.constantFrom(2 ** 27, 2 ** 32, 2 ** 48)),
  }),
  fc.nat().map((ahead) => ({ kind: 'stamp' as const, time: BigInt(ahead) })),
);

/** What the page must be read as. */
function expectedOf({ begin, items }: PageParts): Found[] {
  let time = begin;
  const found: Found[] = [];
  for (const item of items) {
    time = item.kind === 'stamp' ? item.time : time + BigInt(item.delta);
    if (item.kind !== 'record') continue;
    const payload = new Uint8Array(Math.ceil(item.payload.length / 4) * 4);
    payload.set(item.payload);
    found.push({ time, payload });
  }
  return found;
}

const partsArbitrary: fc.Arbitrary<PageParts> = fc
  .record({
    // A stamp wraps only above 2^59: a machine's clock has not come so far, that of the year has.
    begin: fc.oneof(fc.bigInt(0n, 2n ** 58n), fc.bigInt(2n ** 59n, 2n ** 62n)),
    items: fc.array(itemArbitrary, { maxLength: 24 }),
    lost: fc.oneof(fc.constant(0), fc.integer({ min: 1 }), fc.constant('unknown' as const)),
  })
  .map(({ begin, items, lost }) => ({
    begin,
    lost,
    bytes: PAGE_BYTES * 2,
    items: stampedAfter(begin, items),
  }));

/** Each stamp is as long after the item before it as it said. */
function stampedAfter(begin: bigint, items: readonly PageItem[]): readonly PageItem[] {
  let time = begin;
  return items.map((item) => {
    time += item.kind === 'stamp' ? item.time : BigInt(item.delta);
    return item.kind === 'stamp' ? { ...item, time } : item;
  });
}

test('random pages are read as they were written', () => {
  fc.assert(
    fc.property(partsArbitrary, (parts) => {
      const { reader, records } = recordsOf(writePage(parts));
      expect(reader.fault).toBeUndefined();
      expect(reader.lost).toBe(parts.lost);
      expect(records).toEqual(expectedOf(parts));
    }),
    { numRuns: 500 },
  );
});

test('wrong bytes never lead outside the page, and the reader ends', () => {
  fc.assert(
    fc.property(
      partsArbitrary,
      fc.array(fc.tuple(fc.nat(1024), fc.nat(255)), { minLength: 1, maxLength: 16 }),
      (parts, changes) => {
        const page = writePage(parts);
        for (const [at, value] of changes) page[at] = value;
        const reader = new PageReader(LAYOUT);
        if (!reader.open(page).ok) return;
        let records = 0;
        while (reader.next()) {
          expect(reader.at + reader.length).toBeLessThanOrEqual(page.length);
          expect(Number.isFinite(reader.sinceBegin)).toBe(true);
          expect(++records).toBeLessThanOrEqual(page.length / 4);
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('lost events', () => {
  const page = (lost: number | 'unknown', bytes: number): Uint8Array =>
    writePage({ begin: 1n, bytes, lost, items: [] });

  test('are counted if the page has room for the number', () => {
    expect(recordsOf(page(5, 24)).reader.lost).toBe(5);
    expect(recordsOf(page(5, 23)).reader.lost).toBe('unknown');
  });

  test('of a 32-bit kernel', () => {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setUint32(8, 2 ** 31 + 2 ** 30, true);
    view.setUint32(12, 9, true);
    const reader = new PageReader({ commitBytes: 4, dataOffset: 12 });
    expect(reader.open(bytes).ok).toBe(true);
    expect(reader.lost).toBe(9);
  });
});

describe('a page that is none', () => {
  const reader = new PageReader(LAYOUT);

  test('by its length', () => {
    expect(reader.open(new Uint8Array(16)).ok).toBe(true);
    expect(reader.open(new Uint8Array(15))).toEqual({
      ok: false,
      error: 'A page of the kernel has 15 bytes',
    });
    expect(reader.open(new Uint8Array(KERNEL_PAGE_BYTES_MAX)).ok).toBe(true);
    expect(reader.open(new Uint8Array(KERNEL_PAGE_BYTES_MAX + 1)).ok).toBe(false);
    expect(reader.next()).toBe(false);
  });

  test('by what it claims to hold', () => {
    const page = new Uint8Array(64);
    new DataView(page.buffer).setUint32(8, 48, true);
    expect(reader.open(page).ok).toBe(true);
    new DataView(page.buffer).setUint32(8, 49, true);
    expect(reader.open(page)).toEqual({
      ok: false,
      error: 'A page of the kernel claims 65 of 64 bytes',
    });
  });

  test.each([
    ['a record past the end', [28], 'has a record that ends outside it'],
    ['a record without a length', [0, 3], 'has a record without a length'],
    ['a header alone', [30], 'ends in the middle of a record'],
    ['padding past the end', [29 + 32, 400], 'has a record that ends outside it'],
  ])('%s', (_what, words, sentence) => {
    const page = new Uint8Array(16 + words.length * 4);
    const view = new DataView(page.buffer);
    view.setUint32(8, words.length * 4, true);
    for (const [at, word] of words.entries()) view.setUint32(16 + at * 4, word, true);
    expect(reader.open(page).ok).toBe(true);
    expect(reader.next()).toBe(false);
    expect(reader.fault).toBe(`A page of the kernel ${sentence}`);
    expect(reader.next()).toBe(false);
  });
});
