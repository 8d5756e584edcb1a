/**
 * MessagePack as somebody hostile writes it: maps whose keys repeat or are no strings, extensions, integers wider
 * than they need be. Format: the MessagePack specification.
 */

/** A value of a message as it will lie on the wire. */
export type Node =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Node[]
  | { readonly entries: readonly (readonly [Node, Node])[] }
  /** Bytes put in as they are. */
  | { readonly raw: Uint8Array };

export function isMap(node: Node): node is { entries: readonly (readonly [Node, Node])[] } {
  return typeof node === 'object' && node !== null && 'entries' in node && !Array.isArray(node);
}

export function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}

/** A plain value as a tree. Members that are undefined are left out. */
export function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return value.map(nodeOf);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return { entries: entries.map(([key, member]) => [key, nodeOf(member)] as const) };
  }
  return value as Node;
}

export function pack(node: Node): Buffer {
  if (node === null) return Buffer.of(0xc0);
  switch (typeof node) {
    case 'boolean':
      return Buffer.of(node ? 0xc3 : 0xc2);
    case 'number':
      return packNumber(node);
    case 'bigint':
      return packWide(node);
    case 'string':
      return packString(node);
    default:
  }
  if ('raw' in node) return Buffer.from(node.raw);
  if (isList(node)) return Buffer.concat([head(0xdd, node.length), ...node.map(pack)]);
  if (!isMap(node)) throw new Error('not a node');
  const { entries } = node;
  return Buffer.concat([
    head(0xdf, entries.length),
    ...entries.flatMap(([key, value]) => [pack(key), pack(value)]),
  ]);
}

/** A frame with this body, or with a header that says another length. */
export function frame(body: Uint8Array, saidBytes: number = body.length): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(saidBytes >>> 0);
  return Buffer.concat([header, body]);
}

function packNumber(value: number): Buffer {
  if (Number.isInteger(value) && value >= 0 && value <= 0x7f && !Object.is(value, -0)) {
    return Buffer.of(value);
  }
  const u32 = Buffer.alloc(5, 0xce);
  if (Number.isInteger(value) && value > 0 && value <= 0xffff_ffff) {
    u32.writeUInt32BE(value, 1);
    return u32;
  }
  const f64 = Buffer.alloc(9, 0xcb);
  f64.writeDoubleBE(value, 1);
  return f64;
}

function packWide(value: bigint): Buffer {
  const bytes = Buffer.alloc(9, value < 0n ? 0xd3 : 0xcf);
  if (value < 0n) bytes.writeBigInt64BE(BigInt.asIntN(64, value), 1);
  else bytes.writeBigUInt64BE(BigInt.asUintN(64, value), 1);
  return bytes;
}

function packString(text: string): Buffer {
  const bytes = Buffer.from(text);
  // Keys of messages must be short strings in the shortest form; long ones tell themselves.
  if (bytes.length <= 31) return Buffer.concat([Buffer.of(0xa0 | bytes.length), bytes]);
  return Buffer.concat([head(0xdb, bytes.length), bytes]);
}

function head(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(5, type);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
