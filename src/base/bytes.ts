/** Arrays of bytes, joined: messages and packets are made of parts, and some must be one array. */

/** The first `count` bytes of the parts, or all if there are fewer: views of them. */
export function firstBytes(parts: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const [first] = parts;
  if (first === undefined || (parts.length === 1 && first.length <= count)) return parts;
  const found: Uint8Array[] = [];
  let room = count;
  for (const part of parts) {
    if (room <= 0) break;
    found.push(part.length <= room ? part : part.subarray(0, room));
    room -= part.length;
  }
  return found;
}

/** One new array with the bytes of all parts, in order. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
