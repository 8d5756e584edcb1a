/** UTF-8 as pure functions: code that compiles without a host's types has no TextEncoder. */

const REPLACEMENT = 0xfffd;

/** How many bytes {@link encodeUtf8} gives for `text`; a lone surrogate counts as U+FFFD (3 bytes). */
export function utf8ByteLength(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isPairAt(text, index)) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}

/** The bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const into = new Uint8Array(utf8ByteLength(text));
  storeUtf8(into, text, 0);
  return into;
}

/** Stores the bytes of {@link encodeUtf8} at `offset`; returns how many they are. */
export function storeUtf8(into: Uint8Array, text: string, offset: number): number {
  let at = offset;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      into[at++] = unit;
    } else if (unit < 0x800) {
      into[at++] = 0xc0 | (unit >> 6);
      into[at++] = 0x80 | (unit & 0x3f);
    } else if (isPairAt(text, index)) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++index) & 0x3ff);
      into[at++] = 0xf0 | (point >> 18);
      into[at++] = 0x80 | ((point >> 12) & 0x3f);
      into[at++] = 0x80 | ((point >> 6) & 0x3f);
      into[at++] = 0x80 | (point & 0x3f);
    } else {
      const point = unit >= 0xd800 && unit <= 0xdfff ? REPLACEMENT : unit;
      into[at++] = 0xe0 | (point >> 12);
      into[at++] = 0x80 | ((point >> 6) & 0x3f);
      into[at++] = 0x80 | (point & 0x3f);
    }
  }
  return at - offset;
}

/**
 * The text of `bytes`. Each longest ill-formed start of a sequence becomes one U+FFFD, as in the WHATWG
 * encoding standard; nothing is skipped, a byte-order mark included.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const { length } = bytes;
  let text = '';
  let at = 0;
  while (at < length) {
    const eight = at + 8 <= length ? asciiAt(bytes, at) : undefined;
    const lead = bytes[at] as number;
    if (eight !== undefined) {
      text += eight;
      at += 8;
    } else if (lead < 0x80) {
      text += String.fromCharCode(lead);
      at++;
    } else {
      const { point, length: taken } = decodeSequence(bytes, at, lead);
      text += String.fromCodePoint(point);
      at += taken;
    }
  }
  return text;
}

/** The text of eight bytes, when all of them are ASCII. */
function asciiAt(bytes: Uint8Array, at: number): string | undefined {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  const c = bytes[at + 2] as number;
  const d = bytes[at + 3] as number;
  const e = bytes[at + 4] as number;
  const f = bytes[at + 5] as number;
  const g = bytes[at + 6] as number;
  const h = bytes[at + 7] as number;
  if ((a | b | c | d | e | f | g | h) >= 0x80) return undefined;
  return String.fromCharCode(a, b, c, d, e, f, g, h);
}

/** One sequence of two to four bytes starting with `lead`, or the replacement of its ill-formed start. */
function decodeSequence(
  bytes: Uint8Array,
  start: number,
  lead: number,
): { point: number; length: number } {
  if (lead < 0xc2 || lead > 0xf4) return { point: REPLACEMENT, length: 1 };
  const following = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  let lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  let highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  let point = lead & (0x3f >> following);
  for (let index = 1; index <= following; index++) {
    const byte = bytes[start + index];
    if (byte === undefined || byte < lowest || byte > highest) {
      return { point: REPLACEMENT, length: index };
    }
    point = (point << 6) | (byte & 0x3f);
    lowest = 0x80;
    highest = 0xbf;
  }
  return { point, length: following + 1 };
}

/** Whether a high surrogate and its low surrogate stand at `index`. */
function isPairAt(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdbff) return false;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}
