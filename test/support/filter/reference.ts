/**
 * A slow evaluation of filters, independent of the product's: on the decoded fields of a recorded event, with bigints,
 * and from the root for each event. `undefined`: the filter cannot be computed.
 */

import { encodeUtf8 } from '../../../src/base/utf8.ts';
import type { Field, FieldType } from '../../../src/event/model.ts';
import type { Expression } from '../../../src/filter/expression.ts';
import type { Decoded } from '../trace/fields.ts';

type Kind = 'integer' | 'float' | 'text';
type Value = bigint | { readonly float: number } | string;
type Event = { readonly [name: string]: Decoded };

/** Whether the filter selects the event. */
export function referenceSelects(
  expression: Expression,
  fields: readonly Field[],
  event: Event,
): boolean {
  if (kindOf(expression, fields) !== 'integer') return false;
  const value = valueOf(expression, fields, event);
  return value !== undefined && value !== 0n;
}

/** The type; undefined: the expression is wrong for events with these fields. */
function kindOf(expression: Expression, fields: readonly Field[]): Kind | undefined {
  const kinds = (parts: readonly Expression[]): (Kind | undefined)[] =>
    parts.map((part) => kindOf(part, fields));
  switch (expression.kind) {
    case 'integer':
    case 'float':
    case 'text':
      return expression.kind;
    case 'field':
      return kindOfType(typeAt(expression.path, fields));
    // Drawn filters name none.
    case 'context':
      return undefined;
    case 'unary': {
      const kind = kindOf(expression.operand, fields);
      if (kind === undefined || kind === 'text') return undefined;
      if (expression.operator === '~') return kind === 'integer' ? kind : undefined;
      return expression.operator === '!' ? 'integer' : kind;
    }
    case 'logic':
      return kinds(expression.operands).every((kind) => kind === 'integer' || kind === 'float')
        ? 'integer'
        : undefined;
    case 'binary': {
      const [left, right] = kinds([expression.left, expression.right]);
      if (left === undefined || right === undefined) return undefined;
      if ('&|^<<>>'.includes(expression.operator)) {
        const isBits = !['<', '>'].includes(expression.operator);
        if (isBits) return left === 'integer' && right === 'integer' ? 'integer' : undefined;
      }
      return (left === 'text') === (right === 'text') ? 'integer' : undefined;
    }
  }
}

function typeAt(
  path: readonly (string | number)[],
  fields: readonly Field[],
): FieldType | undefined {
  let type: FieldType | undefined = { kind: 'struct', fields };
  for (const step of path) {
    if (typeof step === 'string') {
      type =
        type?.kind === 'struct' ? type.fields.find(({ name }) => name === step)?.type : undefined;
    } else if (type?.kind === 'array') type = step < type.length ? type.element : undefined;
    else type = type?.kind === 'sequence' ? type.element : undefined;
  }
  return type;
}

function kindOfType(type: FieldType | undefined): Kind | undefined {
  switch (type?.kind) {
    case 'integer':
    case 'enum':
    case 'boolean':
      return 'integer';
    case 'float':
      return 'float';
    case 'string':
      return 'text';
    default:
      return undefined;
  }
}

function valueOf(
  expression: Expression,
  fields: readonly Field[],
  event: Event,
): Value | undefined {
  const of = (part: Expression): Value | undefined => valueOf(part, fields, event);
  switch (expression.kind) {
    case 'integer':
      return BigInt.asIntN(64, expression.value);
    case 'float':
      return { float: expression.value };
    case 'text':
      return expression.parts.join('*');
    case 'field':
      return fieldValue(expression.path, fields, event);
    case 'context':
      return undefined;
    case 'unary':
      return unaryValue(expression.operator, of(expression.operand));
    case 'logic': {
      const decides = expression.operator === '||';
      for (const operand of expression.operands) {
        const value = of(operand);
        if (value === undefined) return undefined;
        if (isTrue(value) === decides) return decides ? 1n : 0n;
      }
      return decides ? 0n : 1n;
    }
    case 'binary': {
      const [left, right] = [of(expression.left), of(expression.right)];
      if (left === undefined || right === undefined) return undefined;
      const pattern = [expression.left, expression.right].find(
        (part) => part.kind === 'text' && part.parts.length > 1,
      );
      if (pattern?.kind === 'text') {
        const text = pattern === expression.left ? right : left;
        const quoted = pattern.parts.map((part) => part.replace(/[^A-Za-z0-9]/gu, '\\u{$&}'));
        const source = quoted.map((part) =>
          part.replace(
            /\\u\{(.)\}/gsu,
            (_, one: string) => `\\u{${one.codePointAt(0)?.toString(16)}}`,
          ),
        );
        const isMatch = new RegExp(`^${source.join('.*')}$`, 'su').test(
          typeof text === 'string' ? text : '',
        );
        return isMatch === (expression.operator === '==') ? 1n : 0n;
      }
      return binaryValue(expression.operator, left, right);
    }
  }
}

function fieldValue(
  path: readonly (string | number)[],
  fields: readonly Field[],
  event: Event,
): Value | undefined {
  let value: Decoded | undefined = event;
  for (const step of path) value = (value as Record<string | number, Decoded> | undefined)?.[step];
  const type = typeAt(path, fields);
  if (value === undefined || type === undefined) return undefined;
  if (type.kind === 'string') return typeof value === 'string' ? value : undefined;
  if (type.kind === 'float') return { float: Number(value) };
  return BigInt.asIntN(64, BigInt(value as number | bigint | boolean));
}

function unaryValue(operator: string, value: Value | undefined): Value | undefined {
  if (value === undefined || typeof value === 'string') return undefined;
  if (operator === '!')
    return (typeof value === 'bigint' ? value === 0n : value.float === 0) ? 1n : 0n;
  if (typeof value !== 'bigint') return operator === '-' ? { float: -value.float } : value;
  return BigInt.asIntN(64, operator === '-' ? -value : operator === '~' ? ~value : value);
}

function binaryValue(operator: string, left: Value, right: Value): Value | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    switch (operator) {
      case '&':
        return left & right;
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      case '<<':
        return right < 0n || right > 63n ? undefined : BigInt.asIntN(64, left << right);
      case '>>':
        return right < 0n || right > 63n
          ? undefined
          : BigInt.asIntN(64, BigInt.asUintN(64, left) >> right);
      default:
        return holds(operator, left < right, left === right, left > right);
    }
  }
  if (typeof left === 'string' && typeof right === 'string') {
    const order = Buffer.compare(encodeUtf8(left), encodeUtf8(right));
    return holds(operator, order < 0, order === 0, order > 0);
  }
  const [one, other] = [left, right].map((value) =>
    typeof value === 'object' ? value.float : Number(value),
  ) as [number, number];
  return holds(operator, one < other, one === other, one > other);
}

function holds(operator: string, isLess: boolean, isEqual: boolean, isMore: boolean): bigint {
  const outcomes: Readonly<Record<string, boolean>> = {
    '==': isEqual,
    '!=': !isEqual,
    '<': isLess,
    '<=': isLess || isEqual,
    '>': isMore,
    '>=': isMore || isEqual,
  };
  return outcomes[operator] ? 1n : 0n;
}

function isTrue(value: Value): boolean {
  if (typeof value === 'bigint') return value !== 0n;
  return typeof value === 'string' ? false : Math.trunc(value.float) !== 0;
}
