/**
 * Goal: every value of every type is found as it was passed, and never does a tracepoint throw, whatever is passed.
 * Method: generated recorders and closures, with and without the host's encoder, against a decoder of our own.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHeader } from '../../../../sim/ring/records.ts';
import { utf8Write } from '../../../../src/os/recording.ts';
import { compileOf } from '../../../../src/tracer/codegen.ts';
import { type EventMatch, Tracer } from '../../../../src/tracer/tracer.ts';
import {
  array,
  bool,
  enumeration,
  f32,
  f64,
  fieldsOf,
  i8,
  i16,
  i32,
  i64,
  type PayloadType,
  type Schema,
  sequence,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../../../../src/tracer/types.ts';
import { makeStream, must } from '../../../support/ring/memory.ts';
import { type Decoded, FieldCursor } from '../../../support/trace/fields.ts';

const SHAPE = { subbufferBytes: 65_536, subbufferCount: 4, overwrite: false };

const WAYS: readonly (readonly [string, ConstructorParameters<typeof Tracer>[0]])[] = [
  ['generated', { compile: compileOf() }],
  ['closures', { compile: undefined }],
  ["generated, host's encoder", { compile: compileOf(), utf8Write }],
  ["closures, host's encoder", { compile: undefined, utf8Write }],
];

interface Recording {
  readonly body: Uint8Array;
  readonly discarded: number;
}

/** Records payloads as `schema` has them into a stream of its own. */
function record(
  options: ConstructorParameters<typeof Tracer>[0],
  schema: Schema,
  payloads: readonly unknown[],
): Recording {
  const stream = makeStream(SHAPE);
  const tracer = new Tracer(options);
  const writer = stream.attachWriter();
  must(tracer.attachStream({ key: 'a', writer, matches: () => true }));
  const tracepoint = tracer.tracepoint('test:event', schema) as (payload: unknown) => void;
  for (const payload of payloads) tracepoint(payload);
  const packet = stream.attachReader().next(true);
  return { body: packet?.body.slice() ?? new Uint8Array(0), discarded: writer.discarded };
}

function decode({ body }: Recording, schema: Schema): Decoded[] {
  const events: Decoded[] = [];
  let offset = 0;
  while (offset < body.length) {
    const cursor = new FieldCursor(body, decodeHeader(body, offset, 0n).end);
    events.push(cursor.fields(fieldsOf(schema)));
    offset = cursor.offset;
  }
  return events;
}

const throwing = {
  get x(): never {
    throw new Error('no');
  },
};
const unprintable = {
  toString(): never {
    throw new Error('no');
  },
};
const KINDS = enumeration({ red: 1, green: 200, blue: -1 }, i16);

const CASES: readonly (readonly [string, PayloadType<unknown>, unknown, Decoded])[] = [
  ['u8 at most', u8, 255, 255],
  ['u8 past its width', u8, 256 + 7, 7],
  ['u8 below zero', u8, -1, 255],
  ['i8 at least', i8, -128, -128],
  ['i8 past its width', i8, 128, -128],
  ['u16', u16, 65_535, 65_535],
  ['i16', i16, -32_768, -32_768],
  ['u32 at most', u32, 2 ** 32 - 1, 2 ** 32 - 1],
  ['u32 past its width', u32, 2 ** 32 + 5, 5],
  ['u32 with a fraction', u32, 7.9, 7],
  ['i32 at least', i32, -(2 ** 31), -(2 ** 31)],
  ['i32 of NaN', i32, Number.NaN, 0],
  ['i32 of Infinity', i32, Number.POSITIVE_INFINITY, 0],
  ['i32 of a bigint', i32, 2n ** 32n + 3n, 3],
  ['i32 of true', i32, true, 1],
  ['i32 of text', i32, '17', 0],
  ['i32 of nothing', i32, undefined, 0],
  ['u64 at most', u64, 2n ** 64n - 1n, 2n ** 64n - 1n],
  ['u64 past its width', u64, 2n ** 64n, 0n],
  ['u64 of a number', u64, 2 ** 53 - 1, 2n ** 53n - 1n],
  ['u64 of a number below zero', u64, -1, 2n ** 64n - 1n],
  ['i64 at least', i64, -(2n ** 63n), -(2n ** 63n)],
  ['i64 of a number', i64, -(2 ** 40) - 1, -(2n ** 40n) - 1n],
  ['i64 of -0.5', i64, -0.5, 0n],
  ['i64 of NaN', i64, Number.NaN, 0n],
  ['f32', f32, 1.5, 1.5],
  ['f32 past its range', f32, 1e300, Number.POSITIVE_INFINITY],
  ['f64 smallest', f64, 5e-324, 5e-324],
  ['f64 minus zero', f64, -0, -0],
  ['f64 NaN', f64, Number.NaN, Number.NaN],
  ['f64 of a bigint', f64, 3n, 3],
  ['f64 of null', f64, null, 0],
  ['bool', bool, true, true],
  ['bool of text', bool, 'yes', true],
  ['bool of nothing', bool, undefined, false],
  ['a label', KINDS, 'green', 200],
  ['a label below zero', KINDS, 'blue', -1],
  ['a number for a label', KINDS, 17, 17],
  ['an unknown label', KINDS, 'toString', 0],
  ['no text', string, '', ''],
  ['text with NUL', string, 'ab\0cd', 'ab␀cd'],
  ['text that begins with NUL', string, '\0abc', '␀abc'],
  ['NUL at the end of four', string, 'abc\0efgh', 'abc␀efgh'],
  ['the last ASCII', string, '\x7f\x01~\x7f', '\x7f\x01~\x7f'],
  ['the first that is not ASCII', string, 'abc\x80', 'abc\x80'],
  ['two bytes a character', string, 'äöüß ÄÖÜ', 'äöüß ÄÖÜ'],
  ['three bytes', string, '漢字かな', '漢字かな'],
  ['four bytes', string, '😀😃', '😀😃'],
  ['a high surrogate alone', string, 'a\ud83d', 'a\ufffd'],
  ['a low surrogate alone', string, '\ude00b', '\ufffdb'],
  ['surrogates in the wrong order', string, '\ude00\ud83d', '\ufffd\ufffd'],
  ['a byte order mark', string, '\ufeffx', '\ufeffx'],
  ['text of a number', string, 1.5, '1.5'],
  ['text of a bigint', string, 10n, '10'],
  ['text of an object', string, { toString: () => 'me' }, 'me'],
  ['text of an object that throws', string, unprintable, ''],
  ['text of a symbol', string, Symbol('s'), ''],
  ['text of null', string, null, ''],
  ['an array', array(u16, 3), [1, 2, 3], [1, 2, 3]],
  ['an array too short', array(u16, 3), [1], [1, 0, 0]],
  ['an array too long', array(u16, 2), [1, 2, 3], [1, 2]],
  ['an array of nothing', array(string, 2), undefined, ['', '']],
  ['an empty array', array(u8, 0), [], []],
  ['an array of a typed array', array(u8, 3), new Uint8Array([9, 8, 7]), [9, 8, 7]],
  ['an array of a short typed array', array(u8, 3), new Uint8Array([9]), [9, 0, 0]],
  ['an array of a short array of floats', array(f64, 2), new Float64Array([1.5]), [1.5, 0]],
  ['a sequence', sequence(i64), [1n, -1], [1n, -1n]],
  ['an empty sequence', sequence(string), [], []],
  ['a sequence of text', sequence(string), ['a', 'ä', ''], ['a', 'ä', '']],
  ['a sequence of floats', sequence(f64), new Float32Array([0.5, 2]), [0.5, 2]],
  ['a sequence of bigints', sequence(u64), new BigUint64Array([5n]), [5n]],
  ['a sequence of no array', sequence(u8), 7, []],
  ['a sequence of labels', sequence(KINDS), ['red', 200], [1, 200]],
  ['a struct', struct({ x: i8, y: string }), { x: 1, y: 'z' }, { x: 1, y: 'z' }],
  ['a struct of nothing', struct({ x: i8, y: string }), undefined, { x: 0, y: '' }],
  ['a struct that throws', struct({ x: i8, y: i8 }), throwing, { x: 0, y: 0 }],
  ['structs in a sequence', sequence(struct({ x: u8 })), [{ x: 1 }, {}], [{ x: 1 }, { x: 0 }]],
];

describe.each(WAYS)('Tracer, %s', (_way, options) => {
  test.each(CASES)('records %s', (_what, type, value, expected) => {
    const schema: Schema = { before: u8, field: type, after: u32 };
    const payload = { before: 1, field: value, after: 0xdead_beef };
    const recording = record(options, schema, [payload, payload]);
    const event = { before: 1, field: expected, after: 0xdead_beef };
    expect(decode(recording, schema)).toEqual([event, event]);
  });

  test.each([0, 1, 3, 4, 39, 40, 41, 1000, 60_000])('records a text of %i characters', (length) => {
    for (const unit of ['a', 'é', '漢']) {
      const text = unit.repeat(unit === 'a' ? length : Math.floor(length / 3));
      const recording = record(options, { text: string, after: u8 }, [{ text, after: 7 }]);
      expect(decode(recording, { text: string, after: u8 })).toEqual([{ text, after: 7 }]);
    }
  });

  test('discards a text or a sequence larger than a sub-buffer, and records the next event', () => {
    const schema = { text: string, list: sequence(u8) };
    const recording = record(options, schema, [
      { text: 'x'.repeat(70_000), list: [] },
      { text: '', list: { length: 2 ** 25 } },
      { text: '', list: { length: Number.POSITIVE_INFINITY } },
      { text: '', list: new Uint8Array(65_600) },
      { text: 'ok', list: [1] },
    ]);
    expect(recording.discarded).toBe(4);
    expect(decode(recording, schema)).toEqual([{ text: 'ok', list: [1] }]);
  });

  test('records text that fits to the byte, although it might not have', () => {
    const room = SHAPE.subbufferBytes - 4 - 1;
    const [first] = decode(record(options, { text: string }, [{ text: 'y'.repeat(room) }]), {
      text: string,
    });
    expect((first as { text: string }).text).toHaveLength(room);
  });

  test('runs the application’s code once, and before anything is reserved', () => {
    const stream = makeStream(SHAPE);
    const tracer = new Tracer(options);
    for (const key of ['a', 'b']) {
      const writer = key === 'a' ? stream.attachWriter() : makeStream(SHAPE).attachWriter();
      must(tracer.attachStream({ key, writer, matches: () => true }));
    }
    const inner = tracer.tracepoint('test:inner', { x: u8 });
    const outer = tracer.tracepoint('test:outer', { x: u8, y: u8 });
    let runs = 0;
    outer({
      x: 1,
      get y() {
        runs += 1;
        inner({ x: 9 });
        return 2;
      },
    });
    expect(runs).toBe(1);
    const body = stream.attachReader().next(true)?.body ?? new Uint8Array(0);
    expect([...body.subarray(4, 5), ...body.subarray(9, 11)]).toEqual([9, 1, 2]);
  });

  test('does not throw whatever it is passed', () => {
    const schema = { a: i32, b: string, c: struct({ d: u64, e: sequence(u8) }) };
    const wild = [undefined, null, 7, 'x', Symbol('s'), () => 1, [], new Proxy({}, { get: deny })];
    const recording = record(options, schema, wild);
    const nothing = { a: 0, b: '', c: { d: 0n, e: [] } };
    expect(decode(recording, schema)).toEqual(wild.map(() => nothing));
  });

  test('records into two streams at once, each by its own rules', () => {
    const streams = [makeStream(SHAPE), makeStream(SHAPE)] as const;
    const tracer = new Tracer(options);
    const spare = tracer.tracepoint('test:spare', { x: u8 });
    const both = tracer.tracepoint('test:both', { x: u8 });
    const attach = (key: string, index: 0 | 1, matches: EventMatch): void => {
      must(tracer.attachStream({ key, writer: streams[index].attachWriter(), matches }));
    };
    attach('a', 0, () => true);
    attach('b', 1, ({ name }) => name === 'test:both');
    spare({ x: 1 });
    both({ x: 2 });
    expect(tracer.updateStream('a', () => false)).toBe(true);
    expect(spare.enabled).toBe(false);
    both({ x: 3 });
    spare({ x: 4 });
    expect(tracer.updateStream('a', () => true)).toBe(true);
    expect(tracer.detachStream('b')).toBe(true);
    spare({ x: 5 });
    both({ x: 6 });
    const read = streams.map((stream) => {
      const body = stream.attachReader().next(true)?.body ?? new Uint8Array(0);
      return [...body].filter((_, index) => index % 5 === 4);
    });
    expect(read).toEqual([
      [1, 2, 5, 6],
      [2, 3],
    ]);
  });
});

function deny(): never {
  throw new Error('no');
}

describe('generated recorders and closures', () => {
  const leaf = fc.constantFrom<PayloadType<unknown>>(
    u8,
    i16,
    u32,
    i64,
    u64,
    f32,
    f64,
    bool,
    string,
    KINDS,
  );
  const { type } = fc.letrec<{ type: PayloadType<unknown> }>((tie) => ({
    type: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.tuple(tie('type'), fc.nat(3)).map(([element, length]) => array(element, length)),
      tie('type').map((element) => sequence(element)),
      fc.tuple(tie('type'), tie('type')).map(([x, y]) => struct({ x, y })),
    ),
  }));
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 50 }),
    fc.constant('\ud800'),
  );
  const scalar = fc.oneof(fc.integer(), fc.double(), fc.bigInt(), fc.boolean(), text);
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.constantFrom<unknown>(undefined, null, 'red'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.record({ x: tie('value'), y: tie('value') }, { requiredKeys: [] }),
    ),
  }));

  test('store the same bytes for every schema and payload', () => {
    const schemas = fc.array(type, { minLength: 0, maxLength: 6 });
    const payloads = fc.array(fc.array(value, { maxLength: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(schemas, payloads, (types, rows) => {
        const schema = Object.fromEntries(types.map((each, index) => [`f${index}`, each]));
        const all = rows.map((row) =>
          Object.fromEntries(row.map((each, index) => [`f${index}`, each])),
        );
        const recordings = WAYS.map(([, options]) => record(options, schema, all));
        for (const recording of recordings) expect(recording).toEqual(recordings[0]);
        expect(decode(recordings[0] as Recording, schema)).toHaveLength(all.length);
      }),
      { numRuns: 300 },
    );
  });
});
