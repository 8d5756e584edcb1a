/** Pages of a long list fit into frames, for any entries. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, pageOf } from '../../../../src/wire/frames.ts';
import { FRAME_BYTES_MAX, LIST_ENTRIES_MAX, PAGE_BYTES } from '../../../../src/wire/limits.ts';

describe('pageOf()', () => {
  const same = (entry: string): string => entry;

  it('pages hold every entry once, each page fits a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 9000 })), (entries) => {
        const all: string[] = [];
        for (let from: number | undefined = 0; from !== undefined; ) {
          const answer: { page: string[]; next?: number } = pageOf(entries, from, same);
          expect(encodeFrame(answer.page).ok).toBe(true);
          all.push(...answer.page);
          from = answer.next;
        }
        expect(all).toEqual(entries);
      }),
      { numRuns: 30 },
    );
  });

  it('ends a page at LIST_ENTRIES_MAX entries and at PAGE_BYTES', () => {
    const small = new Array<string>(LIST_ENTRIES_MAX + 1).fill('');
    expect(pageOf(small.slice(1), 0, same).next).toBeUndefined();
    expect(pageOf(small, 0, same).next).toBe(LIST_ENTRIES_MAX);
    const half = 'x'.repeat(PAGE_BYTES / 2 - 3);
    expect(pageOf([half, half], 0, same)).toEqual({ page: [half, half] });
    expect(pageOf([half, `${half}x`], 0, same).next).toBe(1);
  });

  it('gives an entry larger than a page its own page, and returns an empty page past the end', () => {
    const large = 'x'.repeat(FRAME_BYTES_MAX - 100);
    expect(pageOf(['a', large, 'b'], 1, same)).toEqual({ page: [large], next: 2 });
    expect(pageOf(['a'], 7, same)).toEqual({ page: [] });
    expect(pageOf(['a'], Number.MAX_SAFE_INTEGER, same)).toEqual({ page: [] });
  });
});
