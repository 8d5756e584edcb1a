/** Tokens of filters. Positions count characters from 1, as people do. */
import { fail, ok, type Result } from '../base/result.ts';
import { APP_CONTEXT_PREFIX, isAppContext, isBuiltIn } from '../event/context.ts';

/** Why a text is no filter. */
export interface FilterFault {
  /** One sentence without its full stop. */
  readonly reason: string;
  readonly position: number;
}

export type Token = { readonly position: number } & (
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly parts: readonly string[] }
  | { readonly kind: 'name'; readonly name: string }
  /** As in `src/event/context.ts`. */
  | { readonly kind: 'context'; readonly name: string }
  | { readonly kind: 'mark'; readonly mark: string }
  | { readonly kind: 'end' }
);

const SPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const CONTEXT = /\$[A-Za-z0-9_.:]*/y;
const NUMBER = /(?:\d|\.\d)(?:[eE][+-]?\d|[A-Za-z0-9_.])*/y;
const MARK = /&&|\|\||==|!=|<=|>=|<<|>>|[<>!~&|^()[\].+-]/y;
const CONTEXT_PREFIX = '$ctx.';
const INTEGER = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU])$/;
const FLOAT = /^(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?$/;
const INTEGER_MAX = 2n ** 64n - 1n;
const NOT_IN_TEXT = /[\p{Cc}]/u;

/** Escapes of C that LTTng knows. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '?': '?',
  '*': '*',
};

/** All tokens, of which the last is the end. */
export function tokensOf(text: string): Result<readonly Token[], FilterFault> {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += lengthOf(SPACE, text, at);
    const position = at + 1;
    if (at === text.length) return ok([...tokens, { kind: 'end', position }]);
    const token = tokenAt(text, at);
    if (!token.ok) return token;
    const { length, ...found } = token.value;
    tokens.push({ ...found, position });
    at += length;
  }
}

type Found = (Token extends infer T ? (T extends Token ? Omit<T, 'position'> : never) : never) & {
  readonly length: number;
};

function tokenAt(text: string, at: number): Result<Found, FilterFault> {
  const character = text[at] ?? '';
  if (character === '"' || character === "'") return textAt(text, at);
  const ofNumber = lengthOf(NUMBER, text, at);
  if (ofNumber > 0) return numberAt(text.slice(at, at + ofNumber), at);
  const ofName = lengthOf(NAME, text, at);
  if (ofName > 0) {
    return ok({ kind: 'name', name: text.slice(at, at + ofName), length: ofName });
  }
  const ofMark = lengthOf(MARK, text, at);
  if (ofMark > 0) {
    return ok({ kind: 'mark', mark: text.slice(at, at + ofMark), length: ofMark });
  }
  if (character === '$') {
    return contextAt(text.slice(at, at + lengthOf(CONTEXT, text, at)), at);
  }
  if (character === '=') return faultAt(at, 'equality is ==');
  if ('*/%'.includes(character)) return faultAt(at, `there is no operator ${character}`);
  return faultAt(at, 'this character means nothing here');
}

/** `$ctx.vpid`, `$app.NAME`. */
function contextAt(text: string, at: number): Result<Found, FilterFault> {
  const { length } = text;
  if (isAppContext(text)) return ok({ kind: 'context', name: text, length });
  const name = text.slice(CONTEXT_PREFIX.length);
  const isKnown = text.startsWith(CONTEXT_PREFIX) && isBuiltIn(name);
  if (isKnown) return ok({ kind: 'context', name, length });
  if (text.startsWith(APP_CONTEXT_PREFIX)) {
    return faultAt(at, 'after $app. comes a C identifier of at most 64 characters');
  }
  return faultAt(at, `there is no context ${text}`);
}

function numberAt(text: string, at: number): Result<Found, FilterFault> {
  const { length } = text;
  const digits = INTEGER.exec(text)?.[1];
  if (digits !== undefined) {
    const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (value > INTEGER_MAX) return faultAt(at, 'the number has more than 64 bits');
    return ok({ kind: 'integer', value, length });
  }
  if (!FLOAT.test(text)) return faultAt(at, 'this is not a number');
  const value = Number(text);
  if (!Number.isFinite(value)) return faultAt(at, 'the number is too large');
  return ok({ kind: 'float', value, length });
}

function textAt(text: string, at: number): Result<Found, FilterFault> {
  const quote = text[at];
  const parts: string[] = [];
  let part = '';
  for (let index = at + 1; index < text.length; index++) {
    const character = text[index] ?? '';
    if (character === quote) {
      return ok({ kind: 'text', parts: [...parts, part], length: index + 1 - at });
    }
    if (character === '*') {
      parts.push(part);
      part = '';
    } else if (character === '\\') {
      const escaped = ESCAPES[text[index + 1] ?? ''];
      if (escaped === undefined) return faultAt(index, 'there is no such escape');
      part += escaped;
      index++;
    } else if (NOT_IN_TEXT.test(character)) {
      return faultAt(index, 'a control character needs an escape');
    } else part += character;
  }
  return faultAt(at, 'the text does not end');
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function faultAt(at: number, reason: string): Result<never, FilterFault> {
  return fail({ reason, position: at + 1 });
}
