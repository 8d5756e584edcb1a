/**
 * Splits growing metadata text into top-level declarations: each ends at the `;` outside all braces. It works on
 * bytes, because TSDL's structure is ASCII and a growing file may end inside a character.
 */

export interface Declaration {
  readonly bytes: Uint8Array;
  /** Offset in the text, in bytes. */
  readonly offset: number;
}

type Mode = 'code' | 'string' | 'character' | 'lineComment' | 'blockComment';

const NEWLINE = 0x0a;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const STAR = 0x2a;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Keeps an incomplete declaration between calls. */
export class DeclarationSplitter {
  #pending: Uint8Array = new Uint8Array(0);
  /** Offset of `pending` in the whole text. */
  #pendingOffset = 0;
  #scanned = 0;
  #mode: Mode = 'code';
  #depth = 0;

  /** Bytes of the incomplete declaration. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** The declarations that are complete with `bytes`, in order. */
  push(bytes: Uint8Array): Declaration[] {
    const text = concatenate(this.#pending, bytes);
    const complete: Declaration[] = [];
    let start = 0;
    let at = this.#scanned;
    while (at < text.length) {
      const length = this.#step(text, at);
      if (length === 0) break;
      const ends = this.#mode === 'code' && this.#depth <= 0 && text[at] === SEMICOLON;
      at += length;
      if (!ends) continue;
      complete.push({ bytes: text.subarray(start, at), offset: this.#pendingOffset + start });
      start = at;
      this.#depth = 0;
    }
    this.#pending = text.slice(start);
    this.#pendingOffset += start;
    this.#scanned = at - start;
    return complete;
  }

  /** Reads one byte or a pair; returns the number of bytes, or 0 if the second byte of a pair is missing yet. */
  #step(text: Uint8Array, at: number): number {
    const byte = text[at];
    const next = text[at + 1];
    switch (this.#mode) {
      case 'code':
        return this.#stepCode(byte, next);
      case 'string':
      case 'character':
        if (byte === BACKSLASH) return next === undefined ? 0 : 2;
        if (byte === (this.#mode === 'string' ? DOUBLE_QUOTE : SINGLE_QUOTE)) this.#mode = 'code';
        return 1;
      case 'lineComment':
        if (byte === NEWLINE) this.#mode = 'code';
        return 1;
      case 'blockComment':
        if (byte !== STAR) return 1;
        if (next === undefined) return 0;
        if (next !== SLASH) return 1;
        this.#mode = 'code';
        return 2;
    }
  }

  #stepCode(byte: number | undefined, next: number | undefined): number {
    if (byte === SLASH) {
      if (next === undefined) return 0;
      if (next !== SLASH && next !== STAR) return 1;
      this.#mode = next === STAR ? 'blockComment' : 'lineComment';
      return 2;
    }
    if (byte === DOUBLE_QUOTE) this.#mode = 'string';
    else if (byte === SINGLE_QUOTE) this.#mode = 'character';
    else if (byte === OPEN_BRACE) this.#depth++;
    else if (byte === CLOSE_BRACE) this.#depth--;
    return 1;
  }
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
