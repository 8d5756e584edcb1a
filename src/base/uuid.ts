/** Converts UUIDs between text (lower case, hyphens) and 16 bytes. */
import { assert } from './assert.ts';

export const UUID_BYTES = 16;
/** The two hexadecimal digits of each byte. */
const HEXADECIMAL = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID_TEXT.test(text);
}

/** The 16 bytes of a UUID in text form; asserts that it is one ({@link isUuid}). */
export function uuidToBytes(text: string): Uint8Array {
  assert(isUuid(text), 'uuid:text:well-formed');
  const digits = text.replaceAll('-', '');
  return new Uint8Array(UUID_BYTES).map((_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Text of the UUID in the first 16 of `bytes`, lower case with hyphens. */
export function uuidFromBytes(bytes: Uint8Array): string {
  assert(bytes.length >= UUID_BYTES, 'uuid:bytes:sixteen');
  let text = '';
  for (let index = 0; index < UUID_BYTES; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEXADECIMAL[bytes[index] as number];
  }
  return text;
}
