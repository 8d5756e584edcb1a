/**
 * Parses the text of a filter. Bitwise operators bind more tightly than comparisons, as in LTTng. For any text the
 * parser ends within its bounds, and never throws.
 */
import { fail, ok, type Result } from '../base/result.ts';
import {
  BINARY_LEVELS,
  type BinaryOperator,
  type Expression,
  UNARY_OPERATORS,
} from './expression.ts';
import { type FilterFault, type Token, tokensOf } from './lexer.ts';
import { FILTER_CHARACTERS_MAX, FILTER_DEPTH_MAX, FILTER_NODES_MAX } from './limits.ts';

/** The longest index that a sequence can have. */
const INDEX_MAX = 2n ** 32n - 1n;

export function parseFilter(text: string): Result<Expression, FilterFault> {
  if (text.length > FILTER_CHARACTERS_MAX) {
    const reason = `a filter has at most ${FILTER_CHARACTERS_MAX} characters`;
    return fail({ reason, position: FILTER_CHARACTERS_MAX + 1 });
  }
  const tokens = tokensOf(text);
  if (!tokens.ok) return tokens;
  const parser = new Parser(tokens.value);
  const parsed = parser.logic('||', 0);
  if (!parsed.ok) return parsed;
  return parser.isAtEnd ? ok(parsed.value.expression) : parser.fault('an operator is missing');
}

/** An expression, and the depth of its operators. */
interface Parsed {
  readonly expression: Expression;
  readonly depth: number;
}

type Part = Result<Parsed, FilterFault>;

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#token?.kind === 'end';
  }

  fault(reason: string, token = this.#token): Result<never, FilterFault> {
    return fail({ reason, position: token?.position ?? 1 });
  }

  /** `nested`: the parentheses and unary operators around. */
  logic(operator: '&&' | '||', nested: number): Part {
    const operands: Expression[] = [];
    let depth = 0;
    const begin = this.#token;
    do {
      const operand = operator === '||' ? this.logic('&&', nested) : this.#binary(0, nested);
      if (!operand.ok) return operand;
      const { expression } = operand.value;
      const isSame = expression.kind === 'logic' && expression.operator === operator;
      operands.push(...(isSame ? expression.operands : [expression]));
      depth = Math.max(depth, operand.value.depth - (isSame ? 1 : 0));
    } while (this.#takeMark([operator]) !== undefined);
    const [only] = operands;
    if (only !== undefined && operands.length === 1) return ok({ expression: only, depth });
    return this.#node({ kind: 'logic', operator, operands }, depth + 1, begin);
  }

  #binary(level: number, nested: number): Part {
    const operators = BINARY_LEVELS[level];
    if (operators === undefined) return this.#unary(nested);
    let left = this.#binary(level + 1, nested);
    while (left.ok) {
      const token = this.#token;
      const operator = this.#takeMark<BinaryOperator>(operators);
      if (operator === undefined) return left;
      const right = this.#binary(level + 1, nested);
      if (!right.ok) return right;
      const operands = [left.value.expression, right.value.expression] as const;
      const refusal = patternRefusal(operator, operands);
      if (refusal !== undefined) return this.fault(refusal, token);
      const depth = 1 + Math.max(left.value.depth, right.value.depth);
      left = this.#node(
        { kind: 'binary', operator, left: operands[0], right: operands[1] },
        depth,
        token,
      );
    }
    return left;
  }

  #unary(nested: number): Part {
    const token = this.#token;
    const operator = this.#takeMark(UNARY_OPERATORS);
    if (operator === undefined) return this.#primary(nested);
    if (nested === FILTER_DEPTH_MAX) return this.#tooDeep(token);
    const operand = this.#unary(nested + 1);
    if (!operand.ok) return operand;
    const { expression, depth } = operand.value;
    return this.#node({ kind: 'unary', operator, operand: expression }, depth + 1, token);
  }

  #primary(nested: number): Part {
    const token = this.#token;
    this.#at++;
    switch (token?.kind) {
      case 'integer':
        return this.#node({ kind: 'integer', value: token.value }, 1, token);
      case 'float':
        return this.#node({ kind: 'float', value: token.value }, 1, token);
      case 'text':
        return this.#node({ kind: 'text', parts: token.parts }, 1, token);
      case 'name':
        return this.#field(token.name, token);
      case 'context':
        return this.#node({ kind: 'context', name: token.name }, 1, token);
      default:
        this.#at--;
        if (this.#takeMark(['(']) === undefined) return this.fault('a value is missing');
        if (nested === FILTER_DEPTH_MAX) return this.#tooDeep(token);
        return this.#parenthesized(nested + 1, token);
    }
  }

  #parenthesized(nested: number, opening: Token | undefined): Part {
    const inner = this.logic('||', nested);
    if (!inner.ok || this.#takeMark([')']) !== undefined) return inner;
    return this.isAtEnd
      ? this.fault('this parenthesis is not closed', opening)
      : this.fault('an operator is missing');
  }

  #field(name: string, token: Token): Part {
    const path: (string | number)[] = [name];
    for (;;) {
      const mark = this.#takeMark(['.', '[']);
      if (mark === undefined) return this.#node({ kind: 'field', path }, 1, token);
      const step = this.#token;
      this.#at++;
      if (mark === '.' && step?.kind === 'name') path.push(step.name);
      else if (mark === '.') return this.fault('the name of a field is missing', step);
      else if (step?.kind !== 'integer' || step.value > INDEX_MAX) {
        return this.fault('an index is an integer', step);
      } else if (this.#takeMark([']']) === undefined) return this.fault('a ] is missing');
      else path.push(Number(step.value));
    }
  }

  /** Counts a node of the expression. A step of a path counts as one, too. */
  #node(expression: Expression, depth: number, token: Token | undefined): Part {
    this.#nodes += expression.kind === 'field' ? expression.path.length : 1;
    if (this.#nodes > FILTER_NODES_MAX) {
      return this.fault(`a filter has at most ${FILTER_NODES_MAX} values and operators`, token);
    }
    return depth > FILTER_DEPTH_MAX ? this.#tooDeep(token) : ok({ expression, depth });
  }

  #tooDeep(token: Token | undefined): Result<never, FilterFault> {
    return this.fault(`a filter nests at most ${FILTER_DEPTH_MAX} deep`, token);
  }

  get #token(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The next token, if it is one of these. */
  #takeMark<M extends string>(marks: readonly M[]): M | undefined {
    const token = this.#token;
    const found = token?.kind === 'mark' ? marks.find((mark) => mark === token.mark) : undefined;
    if (found !== undefined) this.#at++;
    return found;
  }
}

/** Why these operands, one of which has a wildcard, cannot have this operator. */
function patternRefusal(
  operator: BinaryOperator,
  operands: readonly Expression[],
): string | undefined {
  const patterns = operands.filter((each) => each.kind === 'text' && each.parts.length > 1);
  if (patterns.length === 0) return undefined;
  if (operator !== '==' && operator !== '!=') {
    return 'a text with a wildcard can only be compared by == and !=; \\* is the character itself';
  }
  return patterns.length > 1 ? 'only one of two texts can have wildcards' : undefined;
}
