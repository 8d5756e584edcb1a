/**
 * Writes strings as NUL-terminated UTF-8 into a stream's memory. Short ASCII is written here, one character at
 * a time; for other text a host may provide a faster encoder. CTF ends a string at a NUL, so a NUL within a text is
 * stored as U+2400 (the symbol for NUL); a lone surrogate becomes U+FFFD.
 */

import { storeUtf8, utf8ByteLength } from '../base/utf8.ts';
import type { Utf8Write } from '../port/event-path.ts';

/** Up to this many characters a loop is faster than a call into the host. */
const SHORT_TEXT_LENGTH = 40;
const NUL_SYMBOL = '\u2400';

/**
 * Writes `text` and a NUL; returns the offset after it. Touches at most {@link textBytes} bytes or, with a host's
 * encoder, 3 bytes per character and 1.
 */
export type TextStore = (target: Uint8Array, offset: number, text: string) => number;

/** The function that stores text, with the host's encoder for long text if there is one. */
export function makeTextStore(utf8Write: Utf8Write = storeUtf8): TextStore {
  return (target, offset, text) => {
    const { length } = text;
    if (length <= SHORT_TEXT_LENGTH) {
      let index = 0;
      for (; index < length; index++) {
        const unit = text.charCodeAt(index);
        if ((unit - 1) >>> 0 >= 0x7f) break;
        target[offset + index] = unit;
      }
      if (index === length) {
        target[offset + length] = 0;
        return offset + length + 1;
      }
    }
    const at = offset + utf8Write(target, withoutNul(text), offset);
    target[at] = 0;
    return at + 1;
  };
}

/**
 * The source text of a {@link TextStore}, for a recorder that contains it inline: `offset` moves from the first byte to
 * the byte after the NUL, `text` is a variable that holds a string, `writer` and its `view` are the target. Each store
 * writes four characters of short ASCII; `storeText` writes all other text.
 */
export function textStoreSource(text: string): string {
  return `length = ${text}.length;
index = 0;
if (length <= ${SHORT_TEXT_LENGTH}) {
for (; index < length - 3; index += 4) {
const a = ${text}.charCodeAt(index);
const b = ${text}.charCodeAt(index + 1);
const c = ${text}.charCodeAt(index + 2);
const d = ${text}.charCodeAt(index + 3);
const word = a | b << 8 | c << 16 | d << 24;
// Subtracting 1 from each byte sets a high bit where there was 0, if all of them were below 0x80.
if (((a | b | c | d) & ~0x7f | word - 0x01010101 & ~0x7f7f7f7f) !== 0) break;
view.setInt32(offset + index, word, true);
}
for (; index < length; index++) {
const unit = ${text}.charCodeAt(index);
if (unit - 1 >>> 0 >= 0x7f) break;
view.setInt8(offset + index, unit);
}
}
if (index < length) offset = storeText(writer.bytes, offset, ${text});
else {
offset += length + 1;
view.setInt8(offset - 1, 0);
}`;
}

/** The number of bytes of stored `text`, with the NUL. */
export function textBytes(text: string): number {
  return utf8ByteLength(withoutNul(text)) + 1;
}

function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', NUL_SYMBOL) : text;
}
