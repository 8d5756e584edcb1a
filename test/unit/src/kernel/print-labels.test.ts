/** Goal: values have names where the kernel names them plainly, and only there. Method: texts of Linux and changes. */
import { expect, test } from 'vitest';
import { labelsIn } from '../../../../src/kernel/print-labels.ts';

const labels = (print: string): unknown => Object.fromEntries(labelsIn(print));

test.each([
  [
    '"vec=%u [action=%s]", REC->vec, __print_symbolic(REC->vec, { 0, "HI" }, { 1, "TIMER" })',
    { vec: { HI: 0, TIMER: 1 } },
  ],
  ['"%s", __print_symbolic(REC->a, {0x10, "L"}, { (-1), "none" })', { a: { L: 16, none: -1 } }],
  ['"%s", __print_symbolic(REC->a, { 1ULL, "one" }, { 2UL, "two" })', { a: { one: 1, two: 2 } }],
  [
    '"%s %s", __print_symbolic(REC->a, { 1, "x" }), __print_symbolic(REC->b, { 2, "y" })',
    { a: { x: 1 }, b: { y: 2 } },
  ],
])('%s', (print, tables) => {
  expect(labels(print)).toEqual(tables);
});

test.each([
  ['an expression', '"%s", __print_symbolic(REC->a & 0xf, { 1, "x" })'],
  ['a macro', '"%s", __print_symbolic(REC->a, { 1, "x" }, { TCP_ESTABLISHED, "y" })'],
  ['joined texts', '"%s", __print_symbolic(REC->a, { 1, "x" "y" })'],
  ['one name of two values', '"%s", __print_symbolic(REC->a, { 1, "x" }, { 2, "x" })'],
  ['a value that is no safe integer', '"%s", __print_symbolic(REC->a, { 9007199254740993, "x" })'],
  ['an empty table', '"%s", __print_symbolic(REC->a, { })'],
  [
    'two tables of one field',
    '"%s%s", __print_symbolic(REC->a, { 1, "x" }), __print_symbolic(REC->a, { 1, "y" })',
  ],
  ['flags', '"%s", __print_flags(REC->a, "|", { 1, "x" })'],
])('%s is no table', (_what, print) => {
  expect(labels(print)).toEqual({});
});
