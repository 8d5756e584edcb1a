/**
 * The bytes of an index file (`index/STREAM.idx`, version 1.1 of LTTng's format): readers find packets by time without
 * reading the stream file. Integers are big-endian; sizes of packets are in bits, offsets in bytes.
 */
import { ByteReader, ByteWriter } from '../wire/lttng/bytes.ts';
import { type PacketIndex, readPacketIndex } from '../wire/lttng/packet-index.ts';
import type { SendIndexRequest } from '../wire/relay/send-index.ts';

export const INDEX_HEADER_BYTES = 16;
export const INDEX_ENTRY_BYTES = 72;
const MAGIC = 0xc1f1_dcc1;
/** What a field holds that revisions before 2.8 do not send. */
const UNKNOWN = 0xffff_ffff_ffff_ffffn;

export function indexHeader(): Uint8Array {
  return new ByteWriter().u32(MAGIC).u32(1).u32(1).u32(INDEX_ENTRY_BYTES).finish();
}

const entry = new Uint8Array(INDEX_ENTRY_BYTES);
const fields = new DataView(entry.buffer);

/** `offset`: of the packet in its stream file. The array is valid until the next call: there is an entry per packet. */
export function indexEntry(offset: number, index: SendIndexRequest): Uint8Array {
  fields.setBigUint64(0, BigInt(offset));
  fields.setBigUint64(8, index.packetBits);
  fields.setBigUint64(16, index.contentBits);
  fields.setBigUint64(24, index.timestampBegin);
  fields.setBigUint64(32, index.timestampEnd);
  fields.setBigUint64(40, index.eventsDiscarded);
  fields.setBigUint64(48, index.streamClass);
  fields.setBigUint64(56, index.streamInstance ?? UNKNOWN);
  fields.setBigUint64(64, index.packetNumber ?? UNKNOWN);
  return entry;
}

/** What viewers need of an entry; the offset is in the stream file. */
export interface IndexEntry extends PacketIndex {
  readonly offset: bigint;
}

/** `bytes`: INDEX_ENTRY_BYTES. */
export function readIndexEntry(bytes: Uint8Array): IndexEntry {
  const from = new ByteReader(bytes);
  return { offset: from.u64('offset'), ...readPacketIndex(from) };
}
