/**
 * Filters of events, in the language of the kernel (`Documentation/trace/events.rst` of Linux, section 5): comparisons
 * of fields with values, joined by `&&`, `||`, `!` and parentheses.
 */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { EventField, EventValues, KernelEvent } from './events.ts';

export type Filter = (values: EventValues) => boolean;

const TOKEN = /\s*(&&|\|\||[!<>=]=|[!<>&~()]|"[^"]*"|'[^']*'|[\w.*?-]+)/y;
const NUMBER = /^(?:-?\d+|0x[0-9a-fA-F]+)$/;
const COMPARE: Readonly<Record<string, (one: bigint, other: bigint) => boolean>> = {
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
  '&': (one, other) => (one & other) !== 0n,
};

/** The filter, or the kernel's reason why there is none. */
export function parseFilter(text: string, { fields }: KernelEvent): Result<Filter, string> {
  const tokens = tokensOf(text);
  if (tokens === undefined || tokens.length === 0) return fail('Invalid operator');
  const parser = new Parser(tokens, fields);
  const filter = parser.either();
  return filter.ok && !parser.isAtEnd ? fail('Unbalanced parenthesis') : filter;
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #fields: readonly EventField[];
  #next = 0;

  constructor(tokens: readonly string[], fields: readonly EventField[]) {
    this.#tokens = tokens;
    this.#fields = fields;
  }

  get isAtEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  either(): Result<Filter, string> {
    return this.#joined(
      '||',
      () => this.#both(),
      (one, other) => (values) => one(values) || other(values),
    );
  }

  #both(): Result<Filter, string> {
    return this.#joined(
      '&&',
      () => this.#single(),
      (one, other) => (values) => one(values) && other(values),
    );
  }

  #joined(
    operator: string,
    parse: () => Result<Filter, string>,
    join: (one: Filter, other: Filter) => Filter,
  ): Result<Filter, string> {
    let joined = parse();
    while (joined.ok && this.#tokens[this.#next] === operator) {
      this.#next++;
      const other = parse();
      joined = other.ok ? ok(join(joined.value, other.value)) : other;
    }
    return joined;
  }

  #single(): Result<Filter, string> {
    const token = this.#tokens[this.#next++];
    if (token === '!') {
      const inner = this.#single();
      return inner.ok ? ok((values) => !inner.value(values)) : inner;
    }
    if (token === '(') {
      const inner = this.either();
      if (!inner.ok) return inner;
      return this.#tokens[this.#next++] === ')' ? inner : fail('Unbalanced parenthesis');
    }
    const field = this.#fields.find(({ name }) => name === token);
    if (field === undefined) return fail('Field not found');
    return comparison(field, this.#tokens[this.#next++] ?? '', this.#tokens[this.#next++] ?? '');
  }
}

function comparison(field: EventField, operator: string, value: string): Result<Filter, string> {
  const { name, kind } = field;
  const unquoted = value.replace(/^(["'])(.*)\1$/, '$2');
  if (kind === 'integer') {
    const compare = COMPARE[operator];
    if (compare === undefined) return fail('Invalid operator');
    if (!NUMBER.test(value)) return fail('Invalid value (did you forget quotes)?');
    const wanted = value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
    return ok((values) => compare(BigInt(values[name] ?? 0), wanted));
  }
  if (unquoted === value) return fail('Missing closing quote');
  if (operator === '~') {
    const pattern = globOf(unquoted);
    return ok((values) => pattern.test(String(values[name])));
  }
  if (operator !== '==' && operator !== '!=') return fail('Illegal operation for field type');
  return ok((values) => (String(values[name]) === unquoted) === (operator === '=='));
}

function globOf(glob: string): RegExp {
  const pattern = glob.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
