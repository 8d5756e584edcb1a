/** Fields as text for display, which `lttng` reads back. */
import { expect, it } from 'vitest';
import { fieldsIn, fieldsText } from '../../../../src/tracer/signature.ts';
import { enumeration, f32, fieldsOf, u8 } from '../../../../src/tracer/types.ts';
import { SCHEMA } from '../../../support/filter/expressions.ts';

const MAX = 4096;

it('reads the fields that a text shows, without the numbers of labels', () => {
  const fields = fieldsOf(SCHEMA);
  const unlabelled = JSON.stringify(fields).replace('{"red":1,"blue":7}', '{}');
  expect(JSON.stringify(fieldsIn(fieldsText(fields, MAX)))).toBe(unlabelled);
  expect(fieldsIn('')).toEqual([]);
});

it.each([
  ['cut', fieldsText(fieldsOf(SCHEMA), 40)],
  ['of an odd label', fieldsText(fieldsOf({ a: enumeration({ '} x': 1 }) }), MAX)],
  ['of a later version', 'a: decimal'],
  ['too deep', `${'a: struct { '.repeat(9)}b: u8${' }'.repeat(9)}`],
  ['with more', 'a: u8 b'],
])('does not read a text that is %s', (_, text) => {
  expect(fieldsIn(text)).toBeUndefined();
});

it('reads lists of lists', () => {
  const text = 'a: u8[3][], b: struct {  }[2], c: f32';
  expect(fieldsText(fieldsIn(text) ?? [], MAX)).toBe(text);
  expect(fieldsIn('c: f32, d: u8')).toEqual(fieldsOf({ c: f32, d: u8 }));
});
