/** Decoders of strings, and of arrays and sequences of characters. */
import { decodeUtf8 } from '../../base/utf8.ts';
import type { Cursor } from './cursor.ts';

/** A NUL-terminated string. */
export function decodeString(cursor: Cursor): string {
  cursor.align(8);
  return decodeUtf8(cursor.bytesToNul());
}

/** An array or sequence of characters; a NUL ends it early. */
export function textDecoder(length: (cursor: Cursor) => number): (cursor: Cursor) => string {
  return (cursor) => {
    cursor.align(8);
    const bytes = cursor.take(length(cursor));
    const nul = bytes.indexOf(0);
    return decodeUtf8(nul < 0 ? bytes : bytes.subarray(0, nul));
  };
}
