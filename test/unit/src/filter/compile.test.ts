/**
 * Which events a filter selects. The tests record with a filter, and compare with a slow evaluation of the same filter
 * on the fields of a trace without it: a filter sees what a trace has.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeader } from '../../../../sim/ring/records.ts';
import { compileFilter } from '../../../../src/filter/compile.ts';
import type { Expression } from '../../../../src/filter/expression.ts';
import { parseFilter } from '../../../../src/filter/parse.ts';
import { compileOf } from '../../../../src/tracer/codegen.ts';
import { Tracer } from '../../../../src/tracer/tracer.ts';
import { fieldsOf } from '../../../../src/tracer/types.ts';
import { expressions, SCHEMA } from '../../../support/filter/expressions.ts';
import { referenceSelects } from '../../../support/filter/reference.ts';
import { makeStream, must, type TestStream } from '../../../support/ring/memory.ts';
import { type Decoded, FieldCursor } from '../../../support/trace/fields.ts';

const FIELDS = fieldsOf(SCHEMA);
const SHAPE = { subbufferBytes: 65_536, subbufferCount: 2, overwrite: false };

type Event = { readonly [name: string]: Decoded };

/** The events of the payloads without a filter, and those that the filter selects. */
function recorded(
  expression: Expression,
  payloads: readonly unknown[],
  isGenerated: boolean,
): { readonly all: readonly Event[]; readonly selected: readonly Event[] } {
  const tracer = new Tracer({ compile: isGenerated ? compileOf() : undefined });
  const filter = compileFilter(expression, FIELDS);
  const streams = [makeStream(SHAPE), makeStream(SHAPE)] as const;
  const [all, selected] = streams.map((stream) => stream.attachWriter());
  if (all === undefined || selected === undefined) throw new Error('no writers');
  must(tracer.attachStream({ key: 'all', writer: all, matches: () => true }));
  const selection = filter.ok ? filter.value : false;
  must(tracer.attachStream({ key: 'selected', writer: selected, matches: () => selection }));
  const tracepoint = tracer.tracepoint('test:event', SCHEMA) as (payload: unknown) => void;
  for (const payload of payloads) tracepoint(payload);
  expect(selected.discarded).toBe(0);
  return { all: eventsOf(streams[0]), selected: eventsOf(streams[1]) };
}

function eventsOf(stream: TestStream): Event[] {
  const body = stream.attachReader().next(true)?.body ?? new Uint8Array(0);
  const events: Event[] = [];
  for (let offset = 0; offset < body.length; ) {
    const cursor = new FieldCursor(body, decodeHeader(body, offset, 0n).end);
    events.push(cursor.fields(FIELDS));
    offset = cursor.offset;
  }
  return events;
}

const integer = fc.oneof(
  fc.integer({ min: -2, max: 9 }),
  fc.integer(),
  fc.bigInt(-(2n ** 64n), 2n ** 64n),
  fc.double(),
);
const text = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'abab', '*', 'a*b', 'é', '\0', '\ud800', '\ufffd', '\u{1f600}'),
  fc.string({ maxLength: 5 }),
);
const payload = fc.record(
  {
    small: integer,
    word: integer,
    plain: integer,
    wide: integer,
    huge: integer,
    yes: fc.boolean(),
    color: fc.constantFrom('red', 'blue', 'other', 3),
    single: fc.oneof(fc.constantFrom(0, 0.5, 1.5), fc.double()),
    real: fc.oneof(fc.constantFrom(0, 0.5, 1.5), fc.double()),
    text,
    pair: fc.record({ left: integer, inner: fc.record({ right: text }) }),
    three: fc.oneof(
      fc.array(integer, { maxLength: 4 }),
      fc.constantFrom(Float64Array.of(1, 2.7), Int32Array.of(7, 8, 9, 10)),
    ),
    many: fc.array(integer, { maxLength: 3 }),
    points: fc.array(fc.record({ x: fc.double(), name: text }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

describe('a filter', () => {
  it('selects what a slow evaluation of the recorded event selects', () => {
    fc.assert(
      fc.property(
        expressions(2),
        fc.array(payload, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (expression, payloads, isGenerated) => {
          const { all, selected } = recorded(expression, payloads, isGenerated);
          expect(all.length).toBe(payloads.length);
          const expected = all.filter((event) => referenceSelects(expression, FIELDS, event));
          expect(selected).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  const EVENT = { word: 5, huge: -1, real: 0.5, text: 'abc', three: [1, 2, 3], many: [10] };

  /** Tried with LTTng 2.13.9 and a C program. */
  it.each([
    ['word == 5', true],
    ['missing == 1 || word == 5', false],
    ['!missing', false],
    ['word == "5" || word == 5', false],
    ['text', false],
    ['!text', false],
    ['real', false],
    ['!real', false],
    ['real && 1', false],
    ['-1.5 && 1', true],
    ['huge > 0', false],
    ['huge == -1', true],
    ['huge == 0xffffffffffffffff', true],
    ['~word == -6', true],
    ['word << 64 == 0', false],
    ['word << 64 == 0 || 1', false],
    ['word == 5 || word << 64 == 0', true],
    ['word ^ 1 & 1 == 4', true],
    ['word | 1 ^ 5 == 5', true],
    ['(word == 5) == 1', true],
    ['word < 3 < 5', true],
    ['three[2] == 3', true],
    ['three[3] == 0', false],
    ['three[3] == 0 || word == 5', false],
    ['three == 1', false],
    ['text == "a*"', true],
    ['text == "a\\*"', false],
    ['text == "*"', true],
    ['text != "a*"', false],
    ['"abc" == text', true],
    ['text < "b"', true],
    ['text == text', true],
    ['1 == 1', true],
    ['real & 1', false],
    ['text & 1', false],
    ['word == 5.0', true],
    ['-word >> 1 == 9223372036854775805', true],
    ['0.5', false],
  ])('%s: %s, as in LTTng', (filter, isSelected) => {
    const { selected } = recorded(must(parseFilter(filter)), [EVENT], true);
    expect(selected.length).toBe(isSelected ? 1 : 0);
  });

  it('does not select an event whose sequence is too short, unless it need not look', () => {
    const counts = [
      'many[1] == 0',
      '!(many[1] == 0)',
      'many[1] == 0 || 1',
      '1 || many[1] == 0',
    ].map((filter) => recorded(must(parseFilter(filter)), [EVENT], true).selected.length);
    expect(counts).toEqual([0, 0, 0, 1]);
  });

  it.each([
    ['usr == 1', 'there is no field usr'],
    ['pair.usr == 1', 'there is no field pair.usr'],
    ['pair == 1', 'pair is a struct: name one of its fields'],
    ['three == 1', 'three is a list: name one of its elements, such as three[0]'],
    ['three[3] == 1', 'three has 3 elements, from 0'],
    ['word.x == 1', 'word has no fields'],
    ['word[0] == 1', 'word has no elements'],
    ['text == 1', '== compares a text with a number'],
    ['word == "a*"', '== compares a text with a number'],
    ['text && 1', '&& takes no text'],
    ['!text', '! takes no text'],
    ['~real', '~ takes an integer'],
    ['real << 1', '<< takes integers'],
    ['text', 'a text is not a condition'],
    ['real', 'a float is not a condition'],
  ])('%s: no event matches, because %s', (filter, reason) => {
    expect(compileFilter(must(parseFilter(filter)), FIELDS)).toEqual({ ok: false, error: reason });
  });
});
