/** A hash of texts for names that must be short and the same in every process: FNV-1a of 32 bits. */
import { encodeUtf8 } from './utf8.ts';

const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** The hash of the text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  return encodeUtf8(text).reduce((sum, byte) => Math.imul(sum ^ byte, PRIME) >>> 0, BASIS);
}
