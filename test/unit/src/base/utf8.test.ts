/** Compares UTF-8 with Node's, for any text and any bytes, also at the lengths at which the code changes its method. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clipUtf8,
  decodeUtf8,
  encodeUtf8,
  storeUtf8,
  utf8ByteLength,
} from '../../../../src/base/utf8.ts';

/** Contains lone surrogates. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });
/** Lengths around the largest text that fits the shared buffer. */
const LENGTHS = [5461, 5462, 5463];

const bytesOf = (text: string): number[] => [...Buffer.from(text)];

describe('encoding', () => {
  it('gives the bytes that Node gives', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect([...encodeUtf8(text)]).toEqual(bytesOf(text));
        expect(utf8ByteLength(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it.each(LENGTHS)('gives them for %d characters of three bytes', (length) => {
    const text = '漢'.repeat(length);
    expect(Buffer.compare(encodeUtf8(text), Buffer.from(text))).toBe(0);
    expect(utf8ByteLength(text)).toBe(3 * length);
  });

  it('clips between two characters', () => {
    expect([0, 1, 2, 3, 4, 9].map((bytes) => clipUtf8('aé漢', bytes))).toEqual([
      '',
      'a',
      'a',
      'aé',
      'aé',
      'aé漢',
    ]);
  });

  it('does not change an earlier result', () => {
    const before = encodeUtf8('before');
    encodeUtf8('after it');
    expect(decodeUtf8(before)).toBe('before');
  });

  it('stores in its place only, also in shared memory', () => {
    fc.assert(
      fc.property(anyText, fc.nat(9), (text, offset) => {
        const bytes = bytesOf(text);
        const into = new Uint8Array(new SharedArrayBuffer(offset + bytes.length + 5)).fill(0xaa);
        expect(storeUtf8(into, text, offset)).toBe(bytes.length);
        const around = (length: number): number[] => new Array<number>(length).fill(0xaa);
        expect([...into]).toEqual([...around(offset), ...bytes, ...around(5)]);
      }),
    );
  });
});

describe('decoding', () => {
  it('gives the text that Node gives, also for bytes that are not UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decodeUtf8(bytes)).toBe(Buffer.from(bytes).toString());
      }),
    );
  });

  it('gives back what was encoded, a byte-order mark included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(encodeUtf8(`\ufeff${text}`))).toBe(`\ufeff${text}`);
      }),
    );
  });

  it('reads shared memory', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(8));
    storeUtf8(bytes, 'shared', 1);
    expect(decodeUtf8(bytes.subarray(1, 7))).toBe('shared');
  });
});
