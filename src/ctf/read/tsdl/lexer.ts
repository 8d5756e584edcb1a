/**
 * Splits TSDL text into tokens. Lexer and parser report errors by throwing {@link TsdlError}, which never leaves
 * this folder: `declarations.ts` converts it to a `Result`.
 */
import { decodeUtf8, encodeUtf8 } from '../../../base/utf8.ts';

export type Token = {
  readonly kind: 'word' | 'text' | 'number' | 'mark' | 'end';
  /** Characters of a word or mark, the content of a text literal. */
  readonly text: string;
  /** Of a number. */
  readonly value: bigint;
  /** Offset of the token in the declaration, in characters. */
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

const [SLASH, QUOTE, APOSTROPHE, WIDE, ZERO, NINE] = [0x2f, 0x22, 0x27, 0x4c, 0x30, 0x39];
/** Spaces and comments between words. */
const BLANK = /(?:\s+|\/\*[^]*?\*\/|\/\/[^\n]*)+/y;
const TEXT = /L?"(?:[^"\\]|\\[^])*"/y;
const CHARACTER = /L?'(?:[^'\\]|\\[^])+'/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]*/y;
const NUMBER_SUFFIX = /[uUlL]+$/;
const MARK = /\.\.\.|:=|->|[{}[\]()<>;:,.=+\-*]/y;
/** 1 for the ASCII characters of words and numbers, 2 for white space. */
const KINDS = new Uint8Array(128);
for (const code of KINDS.keys()) {
  const character = String.fromCharCode(code);
  KINDS[code] = /\w/.test(character) ? 1 : /\s/.test(character) ? 2 : 0;
}
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
  let offset = endOfBlank(text, 0);
  while (offset < text.length) {
    const end = addToken(tokens, text, offset);
    if (end === offset) throw new TsdlError('a character that no token begins with', offset);
    offset = endOfBlank(text, end);
  }
  tokens.push({ kind: 'end', text: '', value: 0n, offset });
  return tokens;
}

/** End of the match of `pattern` at `offset`; `offset` itself if there is no match. */
function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}

/** Most text is spaces and words: a loop passes them in less time than the call of a regular expression takes. */
function endOfKind(kind: number, text: string, offset: number): number {
  let end = offset;
  while (end < text.length && KINDS[text.charCodeAt(end)] === kind) end++;
  return end;
}

function endOfBlank(text: string, offset: number): number {
  const end = endOfKind(2, text, offset);
  const code = text.charCodeAt(end);
  return code === SLASH || code >= KINDS.length ? endOf(BLANK, text, end) : end;
}

/** Adds the token that begins at `offset`; returns its end, or `offset` if no token begins there. */
function addToken(tokens: Token[], text: string, offset: number): number {
  const first = text.charCodeAt(offset);
  const content = first === WIDE ? offset + 2 : offset + 1;
  const quote = text.charCodeAt(content - 1);
  if (quote === QUOTE || quote === APOSTROPHE) {
    const end = endOf(quote === QUOTE ? TEXT : CHARACTER, text, offset);
    if (end > offset) {
      const literal = unescape(text.slice(content, end - 1));
      tokens.push(
        quote === QUOTE
          ? { kind: 'text', text: literal, value: 0n, offset }
          : numberOf(text.slice(offset, end), BigInt(literal.codePointAt(0) ?? 0), offset),
      );
      return end;
    }
  }
  if (first >= ZERO && first <= NINE) {
    const end = endOf(NUMBER, text, offset);
    const number = text.slice(offset, end);
    tokens.push(numberOf(number, parseNumber(number.replace(NUMBER_SUFFIX, ''), offset), offset));
    return end;
  }
  const isWord = KINDS[first] === 1;
  const end = isWord ? endOfKind(1, text, offset) : endOf(MARK, text, offset);
  if (end > offset) {
    const kind = isWord ? 'word' : 'mark';
    tokens.push({ kind, text: text.slice(offset, end), value: 0n, offset });
  }
  return end;
}

function numberOf(text: string, value: bigint, offset: number): Token {
  return { kind: 'number', text, value, offset };
}

/** Most digits of a number, more than any 64-bit number has: the lexer refuses longer ones before they cost time. */
const NUMBER_DIGITS_MAX = 80;

function parseNumber(digits: string, offset: number): bigint {
  if (digits.length > NUMBER_DIGITS_MAX)
    throw new TsdlError(`a number of more than ${NUMBER_DIGITS_MAX} digits`, offset);
  const isOctal = /^0[0-9]+$/.test(digits);
  if (isOctal && /[89]/.test(digits)) throw new TsdlError('an octal number with 8 or 9', offset);
  return BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
}

/** Numeric escapes stand for bytes, so text that contains one is unescaped as UTF-8 bytes. */
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
