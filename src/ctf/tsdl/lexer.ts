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

/** Groups: what is no token; a text's content; a character and its content; a word; a number's digits; a mark. */
const TOKEN = new RegExp(
  [
    /(\s+|\/\*[^]*?\*\/|\/\/[^\n]*)/,
    /L?"((?:[^"\\]|\\[^])*)"/,
    /(L?'((?:[^'\\]|\\[^])+)')/,
    /([A-Za-z_][A-Za-z0-9_]*)/,
    /(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]*/,
    /(\.\.\.|:=|->|[{}[\]()<>;:,.=+\-*])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'y',
);
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
  while (offset < text.length) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    if (match === null) throw new TsdlError('a character that begins no word', offset);
    if (match[1] === undefined) tokens.push(tokenOf(match, offset));
    offset += match[0].length;
  }
  tokens.push({ kind: 'end', text: '', value: 0n, offset });
  return tokens;
}

function tokenOf(match: RegExpExecArray, offset: number): Token {
  const [whole, , literal, character, characters = '', word, digits, mark] = match;
  if (word !== undefined) return { kind: 'word', text: word, value: 0n, offset };
  if (mark !== undefined) return { kind: 'mark', text: mark, value: 0n, offset };
  if (digits !== undefined) {
    return { kind: 'number', text: whole, value: parseNumber(digits, offset), offset };
  }
  if (character !== undefined) {
    const value = BigInt(unescape(characters).codePointAt(0) ?? 0);
    return { kind: 'number', text: character, value, offset };
  }
  return { kind: 'text', text: unescape(literal ?? ''), value: 0n, offset };
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
