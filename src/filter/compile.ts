/**
 * Checks a filter against the fields of an event class and makes it a function. Functions are composed, not generated
 * from text, because programs may forbid that.
 *
 * As in LTTng, an event of which the filter cannot be computed does not match, whatever the rest of the filter says:
 * a field is missing, a text is compared with a number, a sequence is too short for an index, a shift is too wide.
 * All but the last two are known of the class: no event of it matches.
 */
import { matchesParts } from '../base/glob.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Field } from '../event/model.ts';
import {
  asNumber,
  type ContextReaders,
  contextAt,
  NO_VALUES,
  type Published,
  publishedLike,
} from './context-access.ts';
import type { BinaryOperator, Expression, UnaryOperator } from './expression.ts';
import { fieldAt, type Read, type Typed, type Values } from './field-access.ts';
import { bitwise, type Integer, integer64, inverted, negated } from './integers.ts';
import { compareTexts } from './texts.ts';

/** Whether an event matches, by the prepared values of its fields. Never throws. */
export type Filter = (values: Values) => boolean;

/** The filter of events with these fields, or why none of them matches. */
export function compileFilter(
  expression: Expression,
  fields: readonly Field[],
  readerOf: ContextReaders = NO_VALUES,
): Result<Filter, string> {
  const typed = new Compiler(fields, readerOf).typed(expression);
  if (!typed.ok) return typed;
  const { kind } = typed.value;
  if (kind === 'published') return fail('what an application publishes is not a condition');
  if (kind !== 'integer') return fail(`a ${kind} is not a condition`);
  const { read } = typed.value;
  return ok((values) => {
    const result = read(values);
    return result !== undefined && result !== 0;
  });
}

class Compiler {
  readonly #fields: readonly Field[];
  readonly #readerOf: ContextReaders;

  constructor(fields: readonly Field[], readerOf: ContextReaders) {
    this.#fields = fields;
    this.#readerOf = readerOf;
  }

  typed(expression: Expression): Result<Typed | Published, string> {
    switch (expression.kind) {
      case 'integer': {
        const value = integer64(expression.value);
        return ok({ kind: 'integer', read: () => value });
      }
      case 'float': {
        const { value } = expression;
        return ok({ kind: 'float', read: () => value });
      }
      case 'text': {
        const value = expression.parts.join('*');
        return ok({ kind: 'text', read: () => value });
      }
      case 'field':
        return fieldAt(expression.path, this.#fields);
      case 'context':
        return ok(contextAt(expression.name, this.#readerOf));
      case 'unary': {
        const operand = this.typed(expression.operand);
        return operand.ok ? unary(expression.operator, asNumber(operand.value)) : operand;
      }
      case 'binary':
        return this.#binary(expression);
      case 'logic':
        return this.#logic(expression);
    }
  }

  #binary({ operator, left, right }: Of<'binary'>): Result<Typed, string> {
    const first = this.typed(left);
    if (!first.ok) return first;
    const second = this.typed(right);
    if (!second.ok) return second;
    const one = publishedLike(first.value, second.value);
    const other = publishedLike(second.value, first.value);
    const pattern = patternOf(left) ?? patternOf(right);
    if (pattern === undefined) return binary(operator, one, other);
    return matching(operator, pattern, patternOf(left) === undefined ? one : other);
  }

  #logic({ operator, operands }: Of<'logic'>): Result<Typed, string> {
    const reads: Read<boolean>[] = [];
    for (const operand of operands) {
      const typed = this.typed(operand);
      if (!typed.ok) return typed;
      const value = asNumber(typed.value);
      if (value.kind === 'text') return fail(`${operator} takes no text`);
      reads.push(truthOf(value));
    }
    const decides = operator === '||';
    return condition((values) => {
      for (const read of reads) {
        const isTrue = read(values);
        if (isTrue === undefined || isTrue === decides) return isTrue;
      }
      return !decides;
    });
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

function unary(operator: UnaryOperator, operand: Typed): Result<Typed, string> {
  if (operand.kind === 'text') return fail(`${operator} takes no text`);
  if (operator === '!') {
    const { read } = operand;
    return condition(lifted(read, (value) => value === 0));
  }
  if (operand.kind === 'float') {
    if (operator === '~') return fail('~ takes an integer');
    const { read } = operand;
    return ok({ kind: 'float', read: operator === '-' ? lifted(read, (value) => -value) : read });
  }
  const { read } = operand;
  if (operator === '+') return ok({ kind: 'integer', read });
  return ok({ kind: 'integer', read: lifted(read, operator === '-' ? negated : inverted) });
}

function binary(operator: BinaryOperator, left: Typed, right: Typed): Result<Typed, string> {
  switch (operator) {
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>': {
      if (left.kind !== 'integer' || right.kind !== 'integer') {
        return fail(`${operator} takes integers`);
      }
      const [one, other] = [left.read, right.read];
      return ok({
        kind: 'integer',
        read: joined(one, other, (a, b) => bitwise(operator, a, b)),
      });
    }
    default:
      return comparison(operator, left, right);
  }
}

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

function comparison(operator: Comparison, left: Typed, right: Typed): Result<Typed, string> {
  if (left.kind === 'text' && right.kind === 'text') {
    const order = joined(left.read, right.read, compareTexts);
    const equal = joined(left.read, right.read, (a, b) => a === b);
    if (operator === '==') return condition(equal);
    if (operator === '!=') return condition(lifted(equal, (isEqual) => !isEqual));
    const holds = ORDERS[operator];
    return condition(lifted(order, (sign) => holds(sign, 0)));
  }
  if (left.kind === 'text' || right.kind === 'text') {
    return fail(`${operator} compares a text with a number`);
  }
  const isExact = left.kind === 'integer' && right.kind === 'integer';
  const [one, other] = isExact ? [left.read, right.read] : [asFloat(left), asFloat(right)];
  if (operator === '==') return condition(joined(one, other, (a, b) => a === b));
  if (operator === '!=') return condition(joined(one, other, (a, b) => a !== b));
  return condition(joined(one, other, ORDERS[operator]));
}

const ORDERS: Readonly<
  Record<Exclude<Comparison, '==' | '!='>, (left: Integer, right: Integer) => boolean>
> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** The texts between the wildcards of a literal that has some. */
function patternOf(expression: Expression): readonly string[] | undefined {
  return expression.kind === 'text' && expression.parts.length > 1 ? expression.parts : undefined;
}

/** The parser leaves only == and !=. */
function matching(
  operator: BinaryOperator,
  parts: readonly string[],
  operand: Typed,
): Result<Typed, string> {
  if (operand.kind !== 'text') return fail(`${operator} compares a text with a number`);
  const isMatch = operator === '==';
  return condition(lifted(operand.read, (text) => matchesParts(parts, text) === isMatch));
}

/** LTTng casts a float to an integer here: what is between -1 and 1 is false. */
function truthOf(operand: Exclude<Typed, { kind: 'text' }>): Read<boolean> {
  return operand.kind === 'integer'
    ? lifted(operand.read, (value) => value !== 0)
    : lifted(operand.read, (value) => Math.trunc(value) !== 0);
}

function asFloat(operand: Exclude<Typed, { kind: 'text' }>): Read<number> {
  return operand.kind === 'integer' ? lifted(operand.read, Number) : operand.read;
}

function condition(read: Read<boolean>): Result<Typed, string> {
  return ok({ kind: 'integer', read: lifted(read, (isTrue) => (isTrue ? 1 : 0)) });
}

function lifted<A, B>(read: Read<A>, change: (value: A) => B | undefined): Read<B> {
  return (values) => {
    const value = read(values);
    return value === undefined ? undefined : change(value);
  };
}

function joined<A, B>(
  left: Read<A>,
  right: Read<A>,
  join: (left: A, right: A) => B | undefined,
): Read<B> {
  return (values) => {
    const one = left(values);
    if (one === undefined) return undefined;
    const other = right(values);
    return other === undefined ? undefined : join(one, other);
  };
}
