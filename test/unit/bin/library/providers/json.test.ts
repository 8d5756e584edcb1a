/** Goal: any value becomes bounded text that JSON.parse accepts, without running code of the value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../../../bin/library/providers/json.ts';

const LIMIT = 4096;
const text = (value: unknown): string => jsonText(value, LIMIT);

describe('jsonText', () => {
  it('is JSON of what JSON can hold', () => {
    // Strings that are not cut, objects that are not too large.
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, (plain) => {
        const written = text(plain);
        fc.pre(written.length < LIMIT);
        expect(JSON.parse(written)).toEqual(normal(plain));
      }),
    );
  });

  it('is not cut within a surrogate pair', () => {
    for (const before of ['', 'x']) {
      const cut = JSON.parse(text(before + '🦊'.repeat(600))) as string;
      expect(cut).toMatch(/^x?(?:🦊)+…$/u);
    }
  });

  it('names what JSON cannot hold', () => {
    const value = {
      none: undefined,
      symbol: Symbol('s'),
      call: () => 0,
      big: 12n,
      infinite: Number.POSITIVE_INFINITY,
      date: new Date(0),
      noDate: new Date(Number.NaN),
      pattern: /x/,
      bytes: Buffer.from('abc'),
      error: new TypeError('wrong'),
      holes: Object.assign([0], { 2: 1 }),
    };
    expect(JSON.parse(text(value))).toEqual({
      none: '[undefined]',
      symbol: '[symbol]',
      call: '[function]',
      big: '12',
      infinite: 'Infinity',
      date: '1970-01-01T00:00:00.000Z',
      noDate: '[no date]',
      pattern: '[regexp]',
      bytes: '[3 bytes]',
      error: 'TypeError: wrong',
      holes: [0, null, 1],
    });
  });

  it('runs no code of the value', () => {
    const refuse = (): never => {
      throw new Error('run');
    };
    const trap = new Proxy({}, { get: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse });
    const error = new Error('message');
    Object.defineProperty(error, 'message', { get: refuse });
    const date = new Date(0);
    date.toISOString = refuse;
    date.getTime = refuse;
    const value = { toJSON: 1, got: 0, trap, error, date, list: [trap] };
    Object.defineProperty(value, 'got', { get: refuse, enumerable: true });
    expect(JSON.parse(text(value))).toEqual({
      toJSON: 1,
      got: '[getter]',
      trap: '[proxy]',
      error: 'Error: ',
      date: '1970-01-01T00:00:00.000Z',
      list: ['[proxy]'],
    });
  });

  it('ends at a circular reference, and writes repeated objects each time', () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = { one: shared, two: shared };
    value['self'] = value;
    expect(JSON.parse(text(value))).toEqual({ one: { n: 1 }, two: { n: 1 }, self: '[circular]' });
  });

  it('is bounded in depth, number and length', () => {
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 100; depth++) deep = { deep };
    expect(text(deep)).toContain('[deeper]');
    expect(text(Array.from({ length: 100 }, () => 0))).toContain('[36 more]');
    expect(text(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [n, 0])))).toContain(
      '"[more]":36',
    );
    const wide = Array.from({ length: 64 }, () => 'x'.repeat(10_000));
    expect(text(wide)).toHaveLength(LIMIT);
    expect(text(wide).endsWith('…')).toBe(true);
  });
});

/** Negative zero is written as zero. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
