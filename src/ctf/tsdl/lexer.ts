/**
 * Words of TSDL text. Lexer and parser report what is wrong by throwing {@link TsdlError}; it never leaves
 * this folder: `declarations.ts` turns it into a `Result`.
 */
import { decodeUtf8, encodeUtf8 } from '../../base/utf8.ts';

export type Token = {
  readonly kind: 'word' | 'text' | 'number' | 'mark' | 'end';
  /** Characters of a word or mark, the content of a text literal. */
  readonly text: string;
  /** Of a number. */
  readonly value: bigint;
  /** Characters of the declaration before it. */
  readonly offset: number;
};

/** Why a declaration cannot be read, and where. */
export class TsdlError extends Error {
  override readonly name = 'TsdlError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /\s+|\/\*[^]*?\*\/|\/\/[^\n]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]*/y;
const MARK = /\.\.\.|:=|->|[{}[\]()<>;:,.=+\-*]/y;
const TEXT = /L?"((?:[^"\\]|\\[^])*)"/y;
const CHARACTER = /L?'((?:[^'\\]|\\[^])+)'/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([^]))/g;
const NAMED_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  e: 27,
};

/** The tokens of `text`, closed by one of kind `end`. Throws {@link TsdlError}. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = offset;
    return pattern.exec(text);
  };
  for (;;) {
    const space = match(SPACE);
    if (space) {
      offset += space[0].length;
      continue;
    }
    if (offset >= text.length) break;
    const token = readToken(match, offset);
    tokens.push(token.token);
    offset += token.length;
  }
  tokens.push({ kind: 'end', text: '', value: 0n, offset });
  return tokens;
}

function readToken(
  match: (pattern: RegExp) => RegExpExecArray | null,
  offset: number,
): { token: Token; length: number } {
  const literal = match(TEXT);
  if (literal) {
    const text = unescape(literal[1] ?? '');
    return { token: { kind: 'text', text, value: 0n, offset }, length: literal[0].length };
  }
  const character = match(CHARACTER);
  if (character) {
    const value = BigInt(unescape(character[1] ?? '').codePointAt(0) ?? 0);
    const text = character[0];
    return { token: { kind: 'number', text, value, offset }, length: text.length };
  }
  const word = match(WORD);
  if (word) {
    const text = word[0];
    return { token: { kind: 'word', text, value: 0n, offset }, length: text.length };
  }
  const number = match(NUMBER);
  if (number) {
    const value = parseNumber(number[1] ?? '0', offset);
    return { token: { kind: 'number', text: number[0], value, offset }, length: number[0].length };
  }
  const mark = match(MARK);
  if (mark) {
    const text = mark[0];
    return { token: { kind: 'mark', text, value: 0n, offset }, length: text.length };
  }
  throw new TsdlError('a character that begins no word', offset);
}

/** Digits of a number; more than any 64-bit number has are refused before they cost time. */
const NUMBER_DIGITS_MAX = 80;

function parseNumber(digits: string, offset: number): bigint {
  if (digits.length > NUMBER_DIGITS_MAX)
    throw new TsdlError('a number too long to mean one', offset);
  const isOctal = /^0[0-9]+$/.test(digits);
  if (isOctal && /[89]/.test(digits)) throw new TsdlError('an octal number with 8 or 9', offset);
  return BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
}

/** Numeric escapes name bytes, so text with any is taken through its UTF-8 bytes. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  let done = 0;
  for (const match of text.matchAll(ESCAPE)) {
    appendBytes(bytes, text.slice(done, match.index));
    done = match.index + match[0].length;
    const [, hexadecimal, octal, character = ''] = match;
    if (hexadecimal !== undefined) bytes.push(Number.parseInt(hexadecimal, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (NAMED_ESCAPES[character] !== undefined) bytes.push(NAMED_ESCAPES[character]);
    else appendBytes(bytes, character);
  }
  appendBytes(bytes, text.slice(done));
  return decodeUtf8(Uint8Array.from(bytes));
}

function appendBytes(into: number[], text: string): void {
  for (const byte of encodeUtf8(text)) into.push(byte);
}
