/**
 * UTF-8 by the encoder and decoder of the JavaScript host (WHATWG Encoding Standard). They give the same bytes in Node
 * and under the simulator, and for longer text they are twenty times as fast as code of our own.
 */

interface Encoder {
  encode(text: string): Uint8Array;
  /** Writes as many whole characters as `into` has room for. */
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
}
interface Decoder {
  decode(bytes: Uint8Array): string;
}
/** Declared here, because this project compiles without the types of a host. */
declare const TextEncoder: new () => Encoder;
declare const TextDecoder: new (label: 'utf-8', options: { readonly ignoreBOM: true }) => Decoder;

const encoder = new TextEncoder();
/** Decodes a byte-order mark as text. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Most bytes that one UTF-16 unit becomes. */
const BYTES_PER_UNIT_MAX = 3;
/** Buffer for text whose length in bytes is not known yet; most encoded texts fit. */
const scratch = new Uint8Array(16_384);

/** The bytes of `text`, valid until the next text is encoded. */
function bytesOf(text: string): Uint8Array {
  if (BYTES_PER_UNIT_MAX * text.length > scratch.length) return encoder.encode(text);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

/** How many bytes {@link encodeUtf8} gives for `text`; a lone surrogate counts as U+FFFD (3 bytes). */
export function utf8ByteLength(text: string): number {
  return bytesOf(text).length;
}

/** The bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return bytesOf(text).slice();
}

/**
 * Stores the bytes of {@link encodeUtf8} at `offset`, where `into` has room for them; returns their number. It stores
 * with `set`, which a test can replace to observe stores: an encoder would bypass such a view.
 */
export function storeUtf8(into: Uint8Array, text: string, offset: number): number {
  const bytes = bytesOf(text);
  into.set(bytes, offset);
  return bytes.length;
}

/** The text of `bytes`. Each maximal ill-formed subsequence becomes one U+FFFD; no byte is skipped. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The longest beginning of `text` whose bytes are at most `bytesMax`; a character is whole or absent. */
export function clipUtf8(text: string, bytesMax: number): string {
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytesMax)).read);
}
