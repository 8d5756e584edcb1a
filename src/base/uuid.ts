/** UUIDs between their text (lower case, hyphens) and their 16 bytes. */
import { assert } from './assert.ts';

export const UUID_BYTES = 16;
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID_TEXT.test(text);
}

/** The 16 bytes of a UUID in text form; asserts that it is one ({@link isUuid}). */
export function uuidToBytes(text: string): Uint8Array {
  assert(isUuid(text), 'uuid:text:well-formed');
  const digits = text.replaceAll('-', '');
  return Uint8Array.from({ length: UUID_BYTES }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Text of the UUID in the first 16 of `bytes`, lower case with hyphens. */
export function uuidFromBytes(bytes: Uint8Array): string {
  assert(bytes.length >= UUID_BYTES, 'uuid:bytes:sixteen');
  const digits = Array.from(bytes.subarray(0, UUID_BYTES), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
