/**
 * Filters of event rules as expressions: LTTng's filter language, as `lttng-enable-event(1)` describes it. A filter
 * selects events by the values of their fields, and of contexts, which the events need not carry.
 */

/** The more tightly a binary operator binds, the later is its row. */
export const BINARY_LEVELS = [
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
] as const;
export type BinaryOperator = (typeof BINARY_LEVELS)[number][number];
export const UNARY_OPERATORS = ['!', '~', '-', '+'] as const;
export type UnaryOperator = (typeof UNARY_OPERATORS)[number];

export type Expression =
  /** 0 to 2^64-1. */
  | { readonly kind: 'integer'; readonly value: bigint }
  /** Finite, not negative. */
  | { readonly kind: 'float'; readonly value: number }
  /** The texts between wildcards: one part more than wildcards. */
  | { readonly kind: 'text'; readonly parts: readonly string[] }
  /** Names of fields within fields, and indexes of elements; the first is a name. */
  | { readonly kind: 'field'; readonly path: readonly (string | number)[] }
  /** `src/event/context.ts` has the names. */
  | { readonly kind: 'context'; readonly name: string }
  | {
      readonly kind: 'unary';
      readonly operator: UnaryOperator;
      readonly operand: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** At least two operands, none of which is a logic expression of the same operator. */
  | {
      readonly kind: 'logic';
      readonly operator: '&&' | '||';
      readonly operands: readonly Expression[];
    };

/** The names of the contexts in a filter, each as often as it is there. */
export function contextsIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'context':
      return [expression.name];
    case 'unary':
      return contextsIn(expression.operand);
    case 'binary':
      return [...contextsIn(expression.left), ...contextsIn(expression.right)];
    case 'logic':
      return expression.operands.flatMap(contextsIn);
    default:
      return [];
  }
}

/** `a.b[3]` */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`))
    .join('');
}
