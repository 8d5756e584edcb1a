/** What waits for the kernel: every byte, once and in order, whatever the kernel takes at a time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joined } from '../../../../src/base/bytes.ts';
import { Outbox } from '../../../../src/os/outbox.ts';

it('gives back what was put in, in order, from arrays that others have used', () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 16_000, max: 200_000 })), {
    maxLength: 6,
  });
  const takes = fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sizes, takes, fc.boolean(), (lengths, counts, isCleared) => {
      const outbox = new Outbox();
      const all: Uint8Array[] = [];
      for (const [at, length] of lengths.entries()) {
        const bytes = new Uint8Array(length).map((_, index) => index + at);
        all.push(bytes.slice());
        outbox.push(bytes);
        bytes.fill(0xff);
      }
      const expected = joined(all);
      let done = 0;
      for (let round = 0; outbox.byteLength > 0; round++) {
        expect(outbox.byteLength).toBe(expected.byteLength - done);
        const bytes = joined(outbox.first);
        const taken = Math.min(bytes.byteLength, counts[round % counts.length] ?? 1);
        const due = expected.subarray(done, done + taken);
        expect(Buffer.compare(bytes.subarray(0, taken), due)).toBe(0);
        if (isCleared) outbox.clear();
        else outbox.remove(taken);
        done += taken;
      }
      expect(outbox.first).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
