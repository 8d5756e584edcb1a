/**
 * A datagram with a part of a packet (R3.10). Ours: LTTng's peers know nothing of it. Big-endian, 52 bytes before the
 * content:
 *
 * ```
 *  0  u32     magic 0x4c545550
 *  4  u8[16]  token of the session, from OPEN_DATAGRAMS
 * 20  u64     number of the datagram in the session: each one has another, also when it repeats a part
 * 28  u64     stream
 * 36  u64     sequence number of the packet in the stream
 * 44  u32     bytes of the whole packet
 * 48  u32     where the content begins in the packet
 * ```
 * All parts of a packet but the last have {@link DATAGRAM_CONTENT_BYTES} bytes. A datagram of a packet without bytes
 * is a probe: it says only that datagrams arrive.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { ByteReader, ByteWriter } from '../lttng/bytes.ts';
import { DATAGRAM_PACKET_BYTES_MAX } from './limits.ts';

/** With the headers of UDP and IPv6 less than the 1280 bytes that every path of IPv6 carries (RFC 8200, section 5). */
export const DATAGRAM_BYTES_MAX = 1200;
const HEADER_BYTES = 52;
export const DATAGRAM_CONTENT_BYTES = DATAGRAM_BYTES_MAX - HEADER_BYTES;
export const TOKEN_BYTES = 16;
const MAGIC = 0x4c545550;

/** A part of a packet. */
export interface PacketPart {
  readonly stream: bigint;
  readonly sequence: bigint;
  readonly packetBytes: number;
  readonly offset: number;
  readonly content: Uint8Array;
}

export interface Datagram extends PacketPart {
  readonly token: Uint8Array;
  readonly number: number;
}

export function partCount(packetBytes: number): number {
  return Math.ceil(packetBytes / DATAGRAM_CONTENT_BYTES);
}

export function encodeDatagram(datagram: Datagram): Uint8Array {
  const { token, number, stream, sequence, packetBytes, offset, content } = datagram;
  const into = new ByteWriter().u32(MAGIC).bytes(token).u64(BigInt(number));
  return into.u64(stream).u64(sequence).u32(packetBytes).u32(offset).bytes(content).finish();
}

/** One sentence when the bytes are no datagram. Token and content are views of `bytes`. */
export function decodeDatagram(bytes: Uint8Array): Result<Datagram, string> {
  const from = new ByteReader(bytes);
  if (from.u32('magic') !== MAGIC) return fail('is no datagram of a packet');
  const token = from.bytes('token', TOKEN_BYTES) ?? new Uint8Array(0);
  const number = Number(from.u64('number'));
  const stream = from.u64('stream');
  const sequence = from.u64('sequence number');
  const packetBytes = from.u32('packet size');
  const offset = from.u32('offset');
  if (from.trouble !== undefined) return fail(from.trouble);
  if (!Number.isSafeInteger(number)) return fail('number: is too large');
  if (packetBytes > DATAGRAM_PACKET_BYTES_MAX)
    return fail(`packet size: is ${packetBytes}, more than ${DATAGRAM_PACKET_BYTES_MAX}`);
  const isAligned = offset % DATAGRAM_CONTENT_BYTES === 0 && offset < Math.max(1, packetBytes);
  if (!isAligned) return fail(`offset: no part of the packet begins at ${offset}`);
  const expected = Math.min(DATAGRAM_CONTENT_BYTES, packetBytes - offset);
  if (from.remaining !== expected)
    return fail(`content: is ${from.remaining} bytes, not ${expected}`);
  const content = from.bytes('content', expected) ?? new Uint8Array(0);
  return ok({ token, number, stream, sequence, packetBytes, offset, content });
}
