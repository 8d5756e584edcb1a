/** Decoders of strings, and of arrays and sequences of characters. */
import { decodeUtf8 } from '../base/utf8.ts';
import type { Cursor } from './cursor.ts';

/** A NUL-terminated string. */
export function decodeString(cursor: Cursor): string {
  cursor.align(8);
  return textFrom(cursor.bytesToNul());
}

/** An array or sequence of characters; a NUL ends it early. */
export function textDecoder(length: (cursor: Cursor) => number): (cursor: Cursor) => string {
  return (cursor) => {
    cursor.align(8);
    const bytes = cursor.take(length(cursor));
    const nul = bytes.indexOf(0);
    return textFrom(nul < 0 ? bytes : bytes.subarray(0, nul));
  };
}

/** Short ASCII, which most text is, needs no general decoder. */
const SHORT_TEXT_BYTES = 64;

function textFrom(bytes: Uint8Array): string {
  const { length } = bytes;
  if (length > SHORT_TEXT_BYTES) return decodeUtf8(bytes);
  for (let index = 0; index < length; index++) {
    if ((bytes[index] as number) >= 0x80) return decodeUtf8(bytes);
  }
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
