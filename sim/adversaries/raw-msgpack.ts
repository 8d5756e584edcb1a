/**
 * MessagePack as a hostile peer writes it: maps with repeated or non-string keys, extensions, integers wider than
 * necessary. Format: the MessagePack specification.
 */

import { joined } from '../../src/base/bytes.ts';
import { encodeUtf8 } from '../../src/base/utf8.ts';

/** A value of a message as it is encoded on the wire. */
export type RawValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly RawValue[]
  | { readonly entries: readonly (readonly [RawValue, RawValue])[] }
  /** Bytes inserted unchanged. */
  | { readonly raw: Uint8Array };

export function isMap(
  node: RawValue,
): node is { entries: readonly (readonly [RawValue, RawValue])[] } {
  return typeof node === 'object' && node !== null && 'entries' in node && !Array.isArray(node);
}

export function isList(node: RawValue): node is readonly RawValue[] {
  return Array.isArray(node);
}

/** A plain value as a tree. Omits undefined members. */
export function rawValueOf(value: unknown): RawValue {
  if (Array.isArray(value)) return value.map(rawValueOf);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return { entries: entries.map(([key, member]) => [key, rawValueOf(member)] as const) };
  }
  return value as RawValue;
}

export function encodeRaw(node: RawValue): Uint8Array {
  if (node === null) return Uint8Array.of(0xc0);
  switch (typeof node) {
    case 'boolean':
      return Uint8Array.of(node ? 0xc3 : 0xc2);
    case 'number':
      return packNumber(node);
    case 'bigint':
      return packWide(node);
    case 'string':
      return packString(node);
    default:
  }
  if ('raw' in node) return node.raw.slice();
  if (isList(node)) return joined([head(0xdd, node.length), ...node.map(encodeRaw)]);
  if (!isMap(node)) throw new Error('not a node');
  const { entries } = node;
  return joined([
    head(0xdf, entries.length),
    ...entries.flatMap(([key, value]) => [encodeRaw(key), encodeRaw(value)]),
  ]);
}

/** A frame with this body, and a header with this length, which may be wrong. */
export function frame(body: Uint8Array, headerBytes: number = body.length): Uint8Array {
  const framed = new Uint8Array(4 + body.length);
  viewOf(framed).setUint32(0, headerBytes >>> 0, true);
  framed.set(body, 4);
  return framed;
}

function packNumber(value: number): Uint8Array {
  if (Number.isInteger(value) && value >= 0 && value <= 0x7f && !Object.is(value, -0)) {
    return Uint8Array.of(value);
  }
  if (Number.isInteger(value) && value > 0 && value <= 0xffff_ffff) return head(0xce, value);
  const f64 = Uint8Array.of(0xcb, 0, 0, 0, 0, 0, 0, 0, 0);
  viewOf(f64).setFloat64(1, value);
  return f64;
}

function packWide(value: bigint): Uint8Array {
  const bytes = Uint8Array.of(value < 0n ? 0xd3 : 0xcf, 0, 0, 0, 0, 0, 0, 0, 0);
  viewOf(bytes).setBigUint64(1, BigInt.asUintN(64, value));
  return bytes;
}

function packString(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  // Keys of messages must be short strings in the shortest form; longer strings get the widest header.
  if (bytes.length <= 31) return joined([Uint8Array.of(0xa0 | bytes.length), bytes]);
  return joined([head(0xdb, bytes.length), bytes]);
}

function head(type: number, length: number): Uint8Array {
  const bytes = Uint8Array.of(type, 0, 0, 0, 0);
  viewOf(bytes).setUint32(1, length);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
