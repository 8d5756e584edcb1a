/** The first bytes of several parts, which writes take: as many as asked for, and without a copy. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstBytes, joined } from '../../../../src/base/bytes.ts';

const parts = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 5 });

it('firstBytes() are the first of all bytes, without a copy', () => {
  fc.assert(
    fc.property(parts, fc.nat(30), (given, count) => {
      const first = firstBytes(given, count);
      expect(joined(first)).toEqual(joined(given).subarray(0, count));
      for (const [index, part] of first.entries()) {
        expect(part.buffer).toBe(given[index]?.buffer);
      }
    }),
  );
});
