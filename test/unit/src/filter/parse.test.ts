/** Texts of filters: what they mean, where they are wrong, and that no text exceeds the bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expression } from '../../../../src/filter/expression.ts';
import {
  FILTER_CHARACTERS_MAX,
  FILTER_DEPTH_MAX,
  FILTER_NODES_MAX,
} from '../../../../src/filter/limits.ts';
import { parseFilter } from '../../../../src/filter/parse.ts';
import { printFilter } from '../../../../src/filter/print.ts';
import { expressions } from '../../../support/filter/expressions.ts';
import { must } from '../../../support/ring/memory.ts';

const faultOf = (text: string): string => {
  const parsed = parseFilter(text);
  return parsed.ok ? 'none' : `${parsed.error.position}: ${parsed.error.reason}`;
};

describe('a filter', () => {
  it.each([
    // Bitwise operators bind more tightly than comparisons, other than in C.
    ['a & 4 == 4', '(a & 4) == 4'],
    ['a | b ^ c & d << 1', 'a | (b ^ (c & (d << 1)))'],
    ['a < b == c > d', '(a < b) == (c > d)'],
    ['a < b < c', '(a < b) < c'],
    ['a == 1 && b == 2 || c', '((a == 1) && (b == 2)) || c'],
    ['a || b && c', 'a || (b && c)'],
    ['(a || b) && c', '(a || b) && c'],
    ['a && (b && c)', 'a && b && c'],
    ['!a == 1', '(!a) == 1'],
    ['!!a', '!(!a)'],
    ['~-+a', '~(-(+a))'],
    ['- 1 << 2', '(-1) << 2'],
    ['a.b[3].c', 'a.b[3].c'],
    [' a\t==\n1 ', 'a == 1'],
    ['a==0x1F', 'a == 31'],
    ['a==017', 'a == 15'],
    ['a==0', 'a == 0'],
    ['a==7u || a==7UL || a==7ll', 'a == 7 || a == 7 || a == 7'],
    ['a==.5', 'a == 0.5'],
    ['a==5.', 'a == 5.0'],
    ['a==5e-1', 'a == 0.5'],
    ['a=="x"', "a == 'x'"],
    ['a=="it\'s"', "a == 'it\\'s'"],
    ['a=="*x*"', 'a == "*x*"'],
    ['a=="\\*\\"\\\\\\n"', 'a == "\\*\\"\\\\\\n"'],
  ])('%s is %s', (text, meaning) => {
    expect(must(parseFilter(text))).toEqual(must(parseFilter(meaning)));
  });

  it('distinguishes a wildcard from a star', () => {
    expect(must(parseFilter('a == "x*\\*y"'))).toMatchObject({
      right: { kind: 'text', parts: ['x', '*y'] },
    });
  });

  it.each([
    ['', '1: a value is missing'],
    ['a ==', '5: a value is missing'],
    ['== 5', '1: a value is missing'],
    ['a = 5', '3: equality is =='],
    ['a b', '3: an operator is missing'],
    ['(a == 5', '1: this parenthesis is not closed'],
    ['(a b)', '4: an operator is missing'],
    ['a == 5)', '7: an operator is missing'],
    ['()', '2: a value is missing'],
    ['a * 2', '3: there is no operator *'],
    ['a % 2', '3: there is no operator %'],
    ['a + 2', '3: an operator is missing'],
    ['a == 08', '6: this is not a number'],
    ['a == 0x', '6: this is not a number'],
    ['a == 5x', '6: this is not a number'],
    ['a == 1.2.3', '6: this is not a number'],
    ['a == 18446744073709551616', '6: the number has more than 64 bits'],
    ['a == 1e999', '6: the number is too large'],
    ['a == "x', '6: the text does not end'],
    ['a == "x\\', '8: there is no such escape'],
    ['a == "\\x63"', '7: there is no such escape'],
    ['a == "x\ny"', '8: a control character needs an escape'],
    [
      'a > "x*"',
      '3: a text with a wildcard can only be compared by == and !=; \\* is the character itself',
    ],
    ['"x*" == "*y"', '6: only one of two texts can have wildcards'],
    ['$ctx.pid > 1', '1: there is no context $ctx.pid'],
    ['$vpid > 1', '1: there is no context $vpid'],
    ['a && $app.p:t == 1', '6: after $app. comes a C identifier of at most 64 characters'],
    ['a.', '3: the name of a field is missing'],
    ['a[b]', '3: an index is an integer'],
    ['a[-1]', '3: an index is an integer'],
    ['a[4294967296]', '3: an index is an integer'],
    ['a[1', '4: a ] is missing'],
    ['a ? b', '3: this character means nothing here'],
    ['é', '1: this character means nothing here'],
  ])('%j is wrong at character %s', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it('parses to the same expression after it was printed', () => {
    fc.assert(
      fc.property(expressions(10), (expression) => {
        const parsed = parseFilter(printFilter(expression));
        const read = parsed.ok ? parsed.value : undefined;
        expect(read).toEqual(isWithinBounds(expression) ? expression : undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('ends within its bounds for any text', () => {
    const token = fc.constantFrom(
      ...'( ) ! ~ - + & | ^ << >> < <= > >= == != && || . [ ] a b 1 0x 1.5 "x*" "y" $ctx.a \\ * = % é "'.split(
        ' ',
      ),
    );
    const texts = fc.oneof(
      fc.array(token, { maxLength: 60 }).map((all) => all.join(' ')),
      fc.array(token, { maxLength: 60 }).map((all) => all.join('')),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.tuple(token, fc.integer({ min: 1, max: 5000 })).map(([one, times]) => one.repeat(times)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseFilter(text);
        const isBounded = parsed.ok
          ? isWithinBounds(parsed.value)
          : parsed.error.position <= FILTER_CHARACTERS_MAX + 1;
        expect(isBounded).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('bounds', () => {
  it(`a text has at most ${FILTER_CHARACTERS_MAX} characters`, () => {
    const longest = `a == "${'x'.repeat(FILTER_CHARACTERS_MAX - 7)}"`;
    expect(faultOf(longest)).toBe('none');
    expect(faultOf(`${longest} `)).toBe(
      `${FILTER_CHARACTERS_MAX + 1}: a filter has at most ${FILTER_CHARACTERS_MAX} characters`,
    );
  });

  it(`a filter has at most ${FILTER_NODES_MAX} values and operators`, () => {
    const chain = (length: number): string => Array.from({ length }, () => 'a').join('||');
    expect(faultOf(chain(FILTER_NODES_MAX - 1))).toBe('none');
    expect(faultOf(chain(FILTER_NODES_MAX))).toBe(
      `1: a filter has at most ${FILTER_NODES_MAX} values and operators`,
    );
    const path = (steps: number): string => Array.from({ length: steps }, () => 'a').join('.');
    expect(faultOf(path(FILTER_NODES_MAX))).toBe('none');
    expect(faultOf(path(FILTER_NODES_MAX + 1))).toContain('values and operators');
  });

  it(`a filter nests at most ${FILTER_DEPTH_MAX} deep`, () => {
    const deep = `a filter nests at most ${FILTER_DEPTH_MAX} deep`;
    const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
    expect(faultOf(nested(FILTER_DEPTH_MAX))).toBe('none');
    expect(faultOf(nested(FILTER_DEPTH_MAX + 1))).toBe(`${FILTER_DEPTH_MAX + 1}: ${deep}`);
    expect(faultOf(`${'!'.repeat(FILTER_DEPTH_MAX - 1)}a`)).toBe('none');
    expect(faultOf(`${'!'.repeat(FILTER_DEPTH_MAX)}a`)).toBe(`1: ${deep}`);
    const bits = (count: number): string => Array.from({ length: count }, () => 'a').join('|');
    expect(faultOf(bits(FILTER_DEPTH_MAX))).toBe('none');
    expect(faultOf(bits(FILTER_DEPTH_MAX + 1))).toContain(deep);
  });
});

function isWithinBounds(expression: Expression): boolean {
  return nodesIn(expression) <= FILTER_NODES_MAX && depthOf(expression) <= FILTER_DEPTH_MAX;
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'logic':
      return expression.operands;
    default:
      return [];
  }
}

function nodesIn(expression: Expression): number {
  const own = expression.kind === 'field' ? expression.path.length : 1;
  return partsOf(expression).reduce((sum, part) => sum + nodesIn(part), own);
}

function depthOf(expression: Expression): number {
  return 1 + Math.max(0, ...partsOf(expression).map(depthOf));
}
