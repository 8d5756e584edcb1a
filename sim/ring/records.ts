/**
 * Records { u32 serial, u32 padding bytes, padding }: a writer writes them, and a small decoder of event headers reads
 * them, which is independent of the product's decoder.
 */
import type { Packet } from '../../src/ring/packet.ts';
import type { StreamWriter } from '../../src/ring/writer.ts';

export interface DecodedHeader {
  readonly classId: number;
  readonly timestamp: bigint;
  /** Offset after the header. */
  readonly end: number;
}

/** Reads the header at `offset`; `clock` is the timestamp of the previous event, or the packet's begin. */
export function decodeHeader(body: Uint8Array, offset: number, clock: bigint): DecodedHeader {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (((body[offset] as number) & 31) === 31) {
    return {
      classId: view.getUint32(offset + 1, true),
      timestamp: view.getBigUint64(offset + 5, true),
      end: offset + 13,
    };
  }
  const word = view.getUint32(offset, true);
  const low = BigInt(word >>> 5);
  let timestamp = (clock & ~0x7ff_ffffn) | low;
  if (timestamp < clock) timestamp += 0x800_0000n;
  return { classId: word & 31, timestamp, end: offset + 4 };
}

export interface SizedEvent {
  readonly classId: number;
  readonly serial: number;
  readonly timestamp: bigint;
}

/** Records { u32 serial, u32 padding bytes, padding }; false when the writer discarded the event. */
export function recordSized(
  writer: StreamWriter,
  classId: number,
  serial: number,
  padding: number,
  beforeCommit?: () => void,
): boolean {
  const offset = writer.reserve(8 + padding, classId);
  if (offset < 0) return false;
  writer.view.setUint32(offset, serial, true);
  writer.view.setUint32(offset + 4, padding, true);
  writer.bytes.fill(serial & 0xff, offset + 8, offset + 8 + padding);
  beforeCommit?.();
  writer.commit(offset + 8 + padding);
  return true;
}

/** Decodes the records of {@link recordSized} and checks the rules of the packet itself. */
export function decodeSized(packet: Packet): SizedEvent[] {
  const { body } = packet;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const events: SizedEvent[] = [];
  let clock = packet.beginTimestamp;
  let offset = 0;
  while (offset < body.length) {
    const header = decodeHeader(body, offset, clock);
    const serial = view.getUint32(header.end, true);
    const padding = view.getUint32(header.end + 4, true);
    const end = header.end + 8 + padding;
    const filled = isFilled(body.subarray(header.end + 8, end), serial & 0xff);
    if (end > body.length || !filled) throw new Error(`record ${serial} is damaged`);
    events.push({ classId: header.classId, serial, timestamp: header.timestamp });
    clock = header.timestamp;
    offset = end;
  }
  if (packet.endTimestamp < clock) throw new Error('a packet ends before its last event');
  return events;
}

function isFilled(bytes: Uint8Array, value: number): boolean {
  for (const byte of bytes) if (byte !== value) return false;
  return true;
}
