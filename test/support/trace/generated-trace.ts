/** Arbitrary traces: schemas and values of every field type, and the values that a reader should return. */
import fc from 'fast-check';
import type { PlainStruct, PlainValue } from '../../../src/ctf/read/plain.ts';
import { validateEventClass } from '../../../src/event/class-record.ts';
import { LOG_LEVELS, type LogLevelName } from '../../../src/event/model.ts';
import type { PayloadType } from '../../../src/tracer/types.ts';
import * as types from '../../../src/tracer/types.ts';

/** A field type with its values: what the application passes, and what a reader should return. */
export interface TypedValues {
  readonly type: PayloadType<unknown>;
  readonly value: fc.Arbitrary<TypedValue>;
}
export interface TypedValue {
  readonly given: unknown;
  readonly found: PlainValue;
}

export interface GeneratedClass {
  readonly name: string;
  readonly logLevel: LogLevelName;
  readonly schema: Readonly<Record<string, PayloadType<unknown>>>;
  readonly payload: fc.Arbitrary<{ given: Record<string, unknown>; found: PlainStruct }>;
}

/** Keywords of TSDL or JavaScript. */
const AWKWARD_NAMES = [
  'int',
  'struct',
  'align',
  'id',
  '_id',
  'timestamp',
  'element',
  '__proto__',
  '_',
  'x',
  '_x',
  'x_length',
  '_x_length',
];
const fieldName = fc.oneof(
  { arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,11}$/), weight: 4 },
  { arbitrary: fc.constantFrom(...AWKWARD_NAMES), weight: 1 },
);

const anyText = fc.oneof(
  fc.constantFrom(
    '',
    '"',
    '\\',
    "it's?",
    '\n\t\u0001\u007f',
    'ä',
    '漢字',
    '🦊',
    '\ud800',
    'a\0b',
    '\u009b2J\u202e\u2066\u2028\u{e0041}',
  ),
  fc.string({ unit: 'binary', maxLength: 24 }),
  fc.string({ maxLength: 90 }),
);
/** A label, or the name of an event. */
const printable = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom('"', '\\', 'ä', '??=', '*/', 'a;}'),
  )
  .map((text) => text.replace(/[\p{Cc}\p{Cs}]/gu, '.'));

const INTEGERS = [
  [types.u8, 8, false],
  [types.u16, 16, false],
  [types.u32, 32, false],
  [types.u64, 64, false],
  [types.i8, 8, true],
  [types.i16, 16, true],
  [types.i32, 32, true],
  [types.i64, 64, true],
] as const;
type IntegerChoice = (typeof INTEGERS)[number];

function narrow(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function integerValue([, bits, signed]: IntegerChoice): fc.Arbitrary<bigint> {
  const lowest = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const highest = lowest + 2n ** BigInt(bits) - 1n;
  const edges = [
    lowest,
    lowest + 1n,
    0n,
    1n,
    2n ** 53n - 1n,
    2n ** 53n,
    1n - 2n ** 53n,
    -(2n ** 53n),
    highest,
  ];
  return fc.oneof(
    fc.bigInt({ min: lowest, max: highest }),
    fc.constantFrom(...edges.filter((edge) => lowest <= edge && edge <= highest)),
  );
}

const integer: fc.Arbitrary<TypedValues> = fc.constantFrom(...INTEGERS).map((choice) => ({
  type: choice[0],
  value: integerValue(choice).map((value) => ({ given: narrow(value), found: narrow(value) })),
}));

const real: fc.Arbitrary<TypedValues> = fc.constantFrom(types.f32, types.f64).map((type) => ({
  type,
  value: fc
    .oneof(fc.double(), fc.constantFrom(Number.NaN, -0, 0, Infinity, -Infinity, 5e-324, 2 ** -149))
    .map((value) => ({ given: value, found: type === types.f32 ? Math.fround(value) : value })),
}));

const boolean: fc.Arbitrary<TypedValues> = fc.constant({
  type: types.bool,
  value: fc.boolean().map((value) => ({ given: value, found: value })),
});

const text: fc.Arbitrary<TypedValues> = fc.constant({
  type: types.string,
  value: anyText.map((value) => ({
    given: value,
    found: value.replace(/\p{Cs}/gu, '\ufffd').replaceAll('\0', '␀'),
  })),
});

const enumeration: fc.Arbitrary<TypedValues> = fc
  .constantFrom(...INTEGERS)
  .chain((choice) => {
    const [base, bits, signed] = choice;
    const limit = Math.min(2 ** 53 - 1, 2 ** (signed ? bits - 1 : bits) - 1);
    const number = fc.integer({ min: signed ? -limit : 0, max: limit });
    const labels = fc.uniqueArray(fc.tuple(printable, number), {
      minLength: 1,
      maxLength: 6,
      selector: ([label]) => label,
    });
    return labels.map((entries) => ({ choice, base, entries }));
  })
  .map(({ choice, base, entries }) => {
    const labels = Object.fromEntries(entries);
    const found = (value: bigint): PlainValue => ({
      value: narrow(value),
      // JavaScript moves labels that look like array indices to the front.
      labels: Object.keys(labels).filter((label) => BigInt(labels[label] ?? 0) === value),
    });
    return {
      type: types.enumeration(labels, base) as PayloadType<unknown>,
      value: fc.oneof(
        integerValue(choice).map((value) => ({ given: narrow(value), found: found(value) })),
        fc
          .constantFrom(...entries)
          .map(([label, number]) => ({ given: label, found: found(BigInt(number)) })),
      ),
    };
  });

function fieldsOf(
  inner: fc.Arbitrary<TypedValues>,
  maxLength: number,
): fc.Arbitrary<[string, TypedValues][]> {
  const fields = fc.uniqueArray(fc.tuple(fieldName, inner), {
    maxLength,
    selector: ([name]) => name,
  });
  return fields.filter((entries) => validateEventClass(draftOf(entries)).ok);
}

/** An event class with these fields, valid unless their names collide. */
function draftOf(entries: [string, TypedValues][]): unknown {
  const fields = entries.map(([name, { type }]) => ({ name, type: type.fieldType }));
  return { id: 0, name: 'a:b', logLevel: 0, fields };
}

function payloadOf(
  fields: [string, TypedValues][],
): fc.Arbitrary<{ given: Record<string, unknown>; found: PlainStruct }> {
  return fc.tuple(...fields.map(([, { value }]) => value)).map((values) => {
    const entries = (pick: 'given' | 'found'): [string, unknown][] =>
      fields.map(([name], index) => [name, values[index]?.[pick]]);
    return {
      given: Object.fromEntries(entries('given')),
      found: Object.fromEntries(entries('found')) as PlainStruct,
    };
  });
}

/** Lists and structs of these; a list in a list is wrapped in a struct of one field. */
function compound(inner: fc.Arbitrary<TypedValues>): fc.Arbitrary<TypedValues> {
  const elementFound = ({ type }: TypedValues, found: PlainValue): PlainValue =>
    type.fieldType.kind === 'array' || type.fieldType.kind === 'sequence'
      ? { element: found }
      : found;
  const listOf = (element: TypedValues, min: number, max: number): fc.Arbitrary<TypedValue> =>
    fc.array(element.value, { minLength: min, maxLength: max }).map((values) => ({
      given: values.map(({ given }) => given),
      found: values.map(({ found }) => elementFound(element, found)),
    }));
  return fc.oneof(
    inner.map((element) => ({
      type: types.sequence(element.type) as PayloadType<unknown>,
      value: listOf(element, 0, 5),
    })),
    fc.tuple(inner, fc.integer({ min: 0, max: 4 })).map(([element, length]) => ({
      type: types.array(element.type, length) as PayloadType<unknown>,
      value: listOf(element, length, length),
    })),
    fieldsOf(inner, 4).map((fields) => ({
      type: types.struct(schemaOf(fields)) as PayloadType<unknown>,
      value: payloadOf(fields),
    })),
  );
}

function schemaOf(fields: [string, TypedValues][]): Record<string, PayloadType<unknown>> {
  return Object.fromEntries(fields.map(([name, { type }]) => [name, type]));
}

const scalar = fc.oneof(integer, real, boolean, text, enumeration);
const once = compound(scalar);
const twice = compound(fc.oneof(scalar, once));
const anyType = fc.oneof(
  { arbitrary: scalar, weight: 5 },
  { arbitrary: once, weight: 2 },
  { arbitrary: twice, weight: 1 },
);

export const generatedClass: fc.Arbitrary<GeneratedClass> = fc
  .tuple(
    printable,
    printable,
    fc.constantFrom(...(Object.keys(LOG_LEVELS) as LogLevelName[])),
    fieldsOf(anyType, 8),
  )
  .map(([provider, event, logLevel, fields]) => ({
    name: `${provider}:${event}`,
    logLevel,
    schema: schemaOf(fields),
    payload: payloadOf(fields),
    [fc.toStringMethod]: () =>
      JSON.stringify({ provider, event, logLevel, schema: schemaOf(fields) }),
  }));
