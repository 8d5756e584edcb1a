/** Random filters over the fields of {@link FIELDS}: mostly of matching types, sometimes not. */
import fc from 'fast-check';
import {
  BINARY_LEVELS,
  type BinaryOperator,
  type Expression,
  UNARY_OPERATORS,
} from '../../../src/filter/expression.ts';
import {
  array,
  bool,
  enumeration,
  f32,
  f64,
  i8,
  i32,
  i64,
  type Schema,
  sequence,
  string,
  struct,
  u16,
  u32,
  u64,
} from '../../../src/tracer/types.ts';

/** The schema of the events that random filters are about. */
export const SCHEMA: Schema = {
  small: i8,
  word: i32,
  plain: u32,
  wide: i64,
  huge: u64,
  yes: bool,
  color: enumeration({ red: 1, blue: 7 }),
  single: f32,
  real: f64,
  text: string,
  pair: struct({ left: u16, inner: struct({ right: string }) }),
  three: array(i32, 3),
  many: sequence(u64),
  points: sequence(struct({ x: f64, name: string })),
};

type Path = readonly (string | number)[];

const INTEGERS: readonly Path[] = [
  ['small'],
  ['word'],
  ['plain'],
  ['wide'],
  ['huge'],
  ['yes'],
  ['color'],
  ['pair', 'left'],
  ['three', 0],
  ['three', 2],
  ['many', 0],
  ['many', 1],
];
const FLOATS: readonly Path[] = [['single'], ['real'], ['points', 0, 'x']];
const TEXTS: readonly Path[] = [['text'], ['pair', 'inner', 'right'], ['points', 1, 'name']];
/** No event has them, or they are not values. */
const WRONG: readonly Path[] = [
  ['missing'],
  ['pair'],
  ['pair', 'missing'],
  ['three'],
  ['three', 3],
  ['three', 'x'],
  ['word', 0],
  ['word', 'x'],
];

const BINARY = BINARY_LEVELS.flat();
const PRINTABLE = [
  'a',
  'b',
  'ab',
  '*',
  '\\',
  '"',
  "'",
  '\n',
  '\t',
  'é',
  '\u{1f600}',
  '\ufffd',
  '␀',
];

const field = (paths: readonly Path[]): fc.Arbitrary<Expression> =>
  fc.constantFrom(...paths).map((path) => ({ kind: 'field', path }));
const integer: fc.Arbitrary<Expression> = fc
  .oneof(
    fc.bigInt(0n, 9n),
    fc.constantFrom(127n, 255n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
    fc.bigInt(0n, 2n ** 64n - 1n),
  )
  .map((value) => ({ kind: 'integer', value }));
const float: fc.Arbitrary<Expression> = fc
  .oneof(fc.constantFrom(0, 0.5, 1.5, 2 ** 53, 1e300, 5e-324), fc.double({ min: 0, noNaN: true }))
  .filter(Number.isFinite)
  .map((value) => ({ kind: 'float', value: Math.abs(value) }));
const piece = fc.array(fc.constantFrom(...PRINTABLE), { maxLength: 3 }).map((all) => all.join(''));
const plainText: fc.Arbitrary<Expression> = piece.map((part) => ({ kind: 'text', parts: [part] }));
const pattern: fc.Arbitrary<Expression> = fc
  .array(piece, { minLength: 2, maxLength: 4 })
  .map((parts) => ({ kind: 'text', parts }));

const number = fc.oneof(field(INTEGERS), integer, field(FLOATS), float);
const text = fc.oneof(field(TEXTS), plainText);
const anything = fc.oneof(number, text, field(WRONG));

const binary = (
  operators: readonly BinaryOperator[],
  left: fc.Arbitrary<Expression>,
  right: fc.Arbitrary<Expression>,
): fc.Arbitrary<Expression> =>
  fc
    .tuple(fc.constantFrom(...operators), left, right)
    .map(([operator, one, other]) => ({ kind: 'binary', operator, left: one, right: other }));

/** An expression as the parser makes it: a logic expression has no operand of its own operator. */
function logicOf(operator: '&&' | '||', operands: readonly Expression[]): Expression {
  const flat = operands.flatMap((operand) =>
    operand.kind === 'logic' && operand.operator === operator ? operand.operands : [operand],
  );
  return { kind: 'logic', operator, operands: flat };
}

const BITS: readonly BinaryOperator[] = ['&', '|', '^', '<<', '>>'];
const COMPARISONS: readonly BinaryOperator[] = ['==', '!=', '<', '<=', '>', '>='];

/** Some depth of operators; `oddness` in 100 operands have the wrong type. */
export function expressions(oddness: number): fc.Arbitrary<Expression> {
  const { whole } = fc.letrec<{ whole: Expression; bits: Expression }>((tie) => ({
    bits: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: fc.oneof(field(INTEGERS), integer) },
      { weight: 1, arbitrary: binary(BITS, tie('bits'), tie('bits')) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(...UNARY_OPERATORS), tie('bits'))
          .map(([operator, operand]) => ({ kind: 'unary', operator, operand }) as const),
      },
    ),
    whole: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 40, arbitrary: binary(COMPARISONS, number, tie('bits')) },
      { weight: 20, arbitrary: binary(COMPARISONS, text, text) },
      { weight: 20, arbitrary: binary(['==', '!='], text, pattern) },
      { weight: oddness, arbitrary: binary(BINARY, anything, anything) },
      { weight: 20, arbitrary: tie('bits') },
      { weight: 5, arbitrary: number },
      { weight: 20, arbitrary: binary(COMPARISONS, tie('whole'), tie('whole')) },
      {
        weight: 20,
        arbitrary: fc
          .tuple(fc.constantFrom(...UNARY_OPERATORS), tie('whole'))
          .map(([operator, operand]) => ({ kind: 'unary', operator, operand }) as const),
      },
      {
        weight: 40,
        arbitrary: fc
          .tuple(
            fc.constantFrom('&&' as const, '||' as const),
            fc.array(tie('whole'), { minLength: 2, maxLength: 4 }),
          )
          .map(([operator, operands]) => logicOf(operator, operands)),
      },
    ),
  }));
  return whole;
}
