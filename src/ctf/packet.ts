/**
 * The header of a packet in a stream file, written by the consumer before the event records it copies
 * (`../ring/layout.ts`). `metadata.ts` declares the same layout to readers. Little endian, 84 bytes:
 *
 * ```
 * packet.header   0  u32     magic 0xC1FC1FC1
 *                 4  u8[16]  uuid of the trace
 *                20  u32     stream_id: the stream class
 *                24  u64     stream_instance_id
 * packet.context 32  u64     timestamp_begin, CLOCK_MONOTONIC ns
 *                40  u64     timestamp_end
 *                48  u64     content_size, bits, this header included
 *                56  u64     packet_size, bits: equal, packets are not padded
 *                64  u64     packet_seq_num
 *                72  u64     events_discarded, since the beginning of the stream
 *                80  u32     vtid: id of the stream's thread, in the thread's own namespace; absent in a stream that
 *                             threads of a user share; cpu_id, in a stream of the kernel
 * ```
 *
 * There is no `cpu_id` beside `vtid`: a stream belongs to a thread, which may run on any CPU. LTTng names the thread in
 * every event (`vtid`, a context); here one member per packet names it for all events, and readers show it with each.
 *
 * How babeltrace2 2.0.4 counts losses, tested in `test/real/trace`:
 * - Discarded events: it prints the difference of two neighbouring packets' `events_discarded`, so losses
 *   before a stream's first packet are never shown. A stream therefore begins with an empty packet whose counter
 *   is 0; losses after the last packet are shown only if a closing (possibly empty) packet follows.
 * - Lost packets: a step of `packet_seq_num` by n > 1 is n - 1 lost packets. The first packet's number may be
 *   anything.
 * - `timestamp_end` must not be before the last event nor `timestamp_begin` before the previous
 *   `timestamp_end`, or it stops with an error.
 */
import { assert } from '../base/assert.ts';
import { UUID_BYTES } from '../base/uuid.ts';

export const PACKET_MAGIC = 0xc1fc1fc1;
export const PACKET_HEADER_BYTES = 84;
const THREAD_ID_BYTES = 4;

/** Members of a packet context that describe the packet, not its events (LTTng's names too). */
export const PACKET_COUNTERS: ReadonlySet<string> = new Set([
  'timestamp_begin',
  'timestamp_end',
  'content_size',
  'packet_size',
  'packet_seq_num',
  'events_discarded',
]);

export interface PacketHeader {
  /** The 16 bytes of the trace's UUID. */
  readonly uuid: Uint8Array;
  /** The `id` of the stream's class in the metadata. */
  readonly streamClassId: number;
  readonly streamInstanceId: number;
  /**
   * Kernel id of the stream's thread in its own namespace, u32, or the number of its CPU; absent: threads of a user
   * share the stream.
   */
  readonly threadId?: number;
  /** CLOCK_MONOTONIC nanoseconds: not after the first event. */
  readonly timestampBegin: bigint;
  /** Not before the last event. */
  readonly timestampEnd: bigint;
  /** Length of the event records that follow. */
  readonly bodyBytes: number;
  /** Ascends by one per packet of the stream; a gap is a lost packet. */
  readonly sequenceNumber: number;
  /** Events of the stream discarded from its beginning to this packet's end. */
  readonly eventsDiscarded: number;
}

/** {@link PACKET_HEADER_BYTES} bytes in the layout above; without a thread the last four are left out. */
export function encodePacketHeader(header: PacketHeader): Uint8Array {
  assert(header.uuid.length === UUID_BYTES, 'packet:uuid:sixteen-bytes');
  assert(header.timestampBegin <= header.timestampEnd, 'packet:timestamps:ordered');
  assert(Number.isSafeInteger(header.bodyBytes) && header.bodyBytes >= 0, 'packet:body:length');
  const { threadId } = header;
  const bytes = new Uint8Array(
    PACKET_HEADER_BYTES - (threadId === undefined ? THREAD_ID_BYTES : 0),
  );
  const view = new DataView(bytes.buffer);
  const sizeBits = BigInt(bytes.length + header.bodyBytes) * 8n;
  view.setUint32(0, PACKET_MAGIC, true);
  bytes.set(header.uuid, 4);
  view.setUint32(20, header.streamClassId, true);
  view.setBigUint64(24, BigInt(header.streamInstanceId), true);
  view.setBigUint64(32, header.timestampBegin, true);
  view.setBigUint64(40, header.timestampEnd, true);
  view.setBigUint64(48, sizeBits, true);
  view.setBigUint64(56, sizeBits, true);
  view.setBigUint64(64, BigInt(header.sequenceNumber), true);
  view.setBigUint64(72, BigInt(header.eventsDiscarded), true);
  if (threadId !== undefined) view.setUint32(80, threadId, true);
  return bytes;
}
