/** Prints a filter so that it parses to the same expression, with as few parentheses as possible. */
import { isBuiltIn } from '../event/context.ts';
import { BINARY_LEVELS, type Expression, pathText } from './expression.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
  '*': '\\*',
};

/** How tightly an expression binds: `||` 0, `&&` 1, binary operators from 2, then unary ones, then values. */
const UNARY_LEVEL = 2 + BINARY_LEVELS.length;

export function printFilter(expression: Expression): string {
  return printed(expression, 0);
}

function printed(expression: Expression, level: number): string {
  const own = levelOf(expression);
  const text = textOf(expression, own);
  return own < level ? `(${text})` : text;
}

function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case 'logic':
      return expression.operator === '||' ? 0 : 1;
    case 'binary': {
      const { operator } = expression;
      return 2 + BINARY_LEVELS.findIndex((row) => row.some((other) => other === operator));
    }
    case 'unary':
      return UNARY_LEVEL;
    default:
      return UNARY_LEVEL + 1;
  }
}

function textOf(expression: Expression, level: number): string {
  switch (expression.kind) {
    case 'integer':
      return String(expression.value);
    case 'float': {
      const text = String(expression.value);
      return /^\d+$/.test(text) ? `${text}.0` : text;
    }
    case 'text':
      return `"${expression.parts.map(escaped).join('*')}"`;
    case 'field':
      return pathText(expression.path);
    case 'context':
      return isBuiltIn(expression.name) ? `$ctx.${expression.name}` : expression.name;
    case 'unary':
      return `${expression.operator}${printed(expression.operand, level)}`;
    case 'binary': {
      const { operator, left, right } = expression;
      return `${printed(left, level)} ${operator} ${printed(right, level + 1)}`;
    }
    case 'logic': {
      const { operator, operands } = expression;
      return operands.map((operand) => printed(operand, level + 1)).join(` ${operator} `);
    }
  }
}

function escaped(part: string): string {
  return Array.from(part, (character) => ESCAPES[character] ?? character).join('');
}
