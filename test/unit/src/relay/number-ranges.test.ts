/** The numbers of datagrams that have arrived, against a plain set. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberRanges } from '../../../../src/relay/number-ranges.ts';

const numbersOf = ({ ranges }: NumberRanges): number[] =>
  ranges.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at),
  );

const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ add: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ forgetBelow: fc.nat(60) }) },
);

it('holds the numbers that were added, in ascending ranges with gaps between them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const ranges = new NumberRanges(1000);
      let [expected, floor] = [new Set<number>(), 0];
      const wrong: number[] = [];
      for (const each of steps) {
        if ('add' in each) {
          const isNew = each.add >= floor && !expected.has(each.add);
          if (ranges.isNew(each.add) !== isNew) wrong.push(each.add);
          if (isNew) ranges.add(each.add);
          if (isNew) expected.add(each.add);
        } else {
          floor = Math.max(floor, each.forgetBelow);
          ranges.forgetBelow(each.forgetBelow);
          expected = new Set([...expected].filter((number) => number >= floor));
        }
      }
      expect(numbersOf(ranges)).toEqual([...expected].toSorted((a, b) => a - b));
      expect(wrong).toEqual([]);
      const [, ...later] = ranges.ranges;
      for (const [at, { first }] of later.entries())
        expect(first).toBeGreaterThan((ranges.ranges[at]?.last ?? first) + 1);
    }),
  );
});

it('has at most so many ranges: a number that would need one more is not added', () => {
  const ranges = new NumberRanges(3);
  for (const number of [0, 2, 4]) ranges.add(number);
  ranges.add(6);
  expect([ranges.isNew(6), ranges.ranges.length]).toEqual([true, 3]);
  ranges.add(5);
  ranges.add(1);
  expect(ranges.ranges).toEqual([
    { first: 0, last: 2 },
    { first: 4, last: 5 },
  ]);
  ranges.add(8);
  expect(ranges.isNew(8)).toBe(false);
});
