/**
 * A packet of metadata, as LTTng's consumers write them: a file of metadata is plain text, or packets of text.
 *
 * In the byte order in which its magic is 0x75D11D57:
 *
 * ```
 *  0  u32     magic             24  u32  content size, bits    33  u8  encryption scheme, 0
 *  4  u8[16]  uuid              28  u32  packet size, bits     34  u8  checksum scheme
 * 20  u32     checksum          32  u8   compression scheme, 0 35  u8  major, u8 minor
 * ```
 */
export const METADATA_MAGIC = 0x75d11d57;
export const METADATA_HEADER_BYTES = 37;

/** `uuid`: the 16 bytes of the trace's. */
export function metadataPacket(uuid: Uint8Array, text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(METADATA_HEADER_BYTES + text.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, METADATA_MAGIC, true);
  bytes.set(uuid, 4);
  view.setUint32(24, 8 * bytes.byteLength, true);
  view.setUint32(28, 8 * bytes.byteLength, true);
  bytes[35] = 1;
  bytes[36] = 8;
  bytes.set(text, METADATA_HEADER_BYTES);
  return bytes;
}
