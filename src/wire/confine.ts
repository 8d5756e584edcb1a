/**
 * Checks a MessagePack body before it is decoded.
 *
 * A general decoder lets the peer choose features: extension bytes become dates, expressions, sets and cyclic
 * objects, and a small body can become a large heap. Our messages need none of that. So this check walks the bytes
 * once without building a value. It allows no extension types, string keys only and never `__proto__`, `constructor`
 * or `prototype`, no key twice in a map, bounded nesting and number of values, no bytes after the end. Format:
 * the MessagePack specification, section "Formats".
 */
import { MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX } from './limits.ts';

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const KEY_BYTES_MAX = 64;

interface Walk {
  readonly view: DataView;
  offset: number;
  values: number;
}

class Refusal extends Error {}

/** The reason why `body` must not be decoded, or undefined if it may be decoded. */
export function refusalOf(body: Uint8Array): string | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const walk: Walk = { view, offset: 0, values: 0 };
  try {
    skipValue(walk, 0);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof RangeError) return 'message ends in the middle of a value';
    throw error;
  }
  return walk.offset === body.byteLength ? undefined : 'bytes after the end of the message';
}

function skipValue(walk: Walk, depth: number): void {
  if (depth > MESSAGE_DEPTH_MAX) throw new Refusal(`nesting deeper than ${MESSAGE_DEPTH_MAX}`);
  walk.values += 1;
  if (walk.values > MESSAGE_VALUES_MAX) throw new Refusal(`more than ${MESSAGE_VALUES_MAX} values`);
  const byte = walk.view.getUint8(walk.offset);
  walk.offset += 1;
  if (byte <= 0x7f || byte >= 0xe0) return;
  if (byte <= 0x8f) return skipMap(walk, byte & 0x0f, depth);
  if (byte <= 0x9f) return skipArray(walk, byte & 0x0f, depth);
  if (byte <= 0xbf) return advance(walk, byte & 0x1f);
  skipSized(walk, byte, depth);
}

function skipSized(walk: Walk, byte: number, depth: number): void {
  switch (byte) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return;
    case 0xcc: // uint8
    case 0xd0: // int8
      return advance(walk, 1);
    case 0xcd:
    case 0xd1:
      return advance(walk, 2);
    case 0xca:
    case 0xce:
    case 0xd2:
      return advance(walk, 4);
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return advance(walk, 8);
    case 0xc4: // bin8
    case 0xd9: // str8
      return advance(walk, readLength(walk, 1));
    case 0xc5:
    case 0xda:
      return advance(walk, readLength(walk, 2));
    case 0xc6:
    case 0xdb:
      return advance(walk, readLength(walk, 4));
    case 0xdc:
      return skipArray(walk, readLength(walk, 2), depth);
    case 0xdd:
      return skipArray(walk, readLength(walk, 4), depth);
    case 0xde:
      return skipMap(walk, readLength(walk, 2), depth);
    case 0xdf:
      return skipMap(walk, readLength(walk, 4), depth);
    default:
      throw new Refusal(`type byte 0x${byte.toString(16)} is not allowed`);
  }
}

function skipArray(walk: Walk, length: number, depth: number): void {
  for (let index = 0; index < length; index += 1) skipValue(walk, depth + 1);
}

function skipMap(walk: Walk, length: number, depth: number): void {
  const keys = new Set<string>();
  for (let index = 0; index < length; index += 1) {
    const key = readKey(walk);
    if (FORBIDDEN_KEYS.has(key)) throw new Refusal(`key "${key}" is not allowed`);
    if (keys.has(key)) throw new Refusal(`key "${key}" appears twice`);
    keys.add(key);
    skipValue(walk, depth + 1);
  }
}

/** Keys of our messages are short ASCII words. */
function readKey(walk: Walk): string {
  const byte = walk.view.getUint8(walk.offset);
  walk.offset += 1;
  const length =
    byte >= 0xa0 && byte <= 0xbf ? byte & 0x1f : byte === 0xd9 ? readLength(walk, 1) : undefined;
  if (length === undefined) throw new Refusal('a map key is not a short string');
  if (length > KEY_BYTES_MAX) throw new Refusal(`a map key is longer than ${KEY_BYTES_MAX} bytes`);
  let key = '';
  for (let index = 0; index < length; index += 1) {
    key += String.fromCharCode(walk.view.getUint8(walk.offset + index));
  }
  walk.offset += length;
  return key;
}

function readLength(walk: Walk, bytes: 1 | 2 | 4): number {
  const { view, offset } = walk;
  const length =
    bytes === 1
      ? view.getUint8(offset)
      : bytes === 2
        ? view.getUint16(offset)
        : view.getUint32(offset);
  walk.offset += bytes;
  return length;
}

function advance(walk: Walk, bytes: number): void {
  walk.offset += bytes;
  if (walk.offset > walk.view.byteLength) throw new RangeError('past the end');
}
