/**
 * The bytes of an index file (`index/STREAM.idx`, version 1.1 of LTTng's format): readers find packets by time without
 * reading the stream file. Integers are big-endian; sizes of packets are in bits, offsets in bytes.
 */
import { ByteReader, ByteWriter } from '../wire/lttng/bytes.ts';
import type { SendIndexRequest } from '../wire/relay/send-index.ts';

export const INDEX_HEADER_BYTES = 16;
export const INDEX_ENTRY_BYTES = 72;
const MAGIC = 0xc1f1_dcc1;
/** What a field holds that revisions before 2.8 do not send. */
const UNKNOWN = 0xffff_ffff_ffff_ffffn;

export function indexHeader(): Uint8Array {
  return new ByteWriter().u32(MAGIC).u32(1).u32(1).u32(INDEX_ENTRY_BYTES).finish();
}

/** `offset`: of the packet in its stream file. */
export function indexEntry(offset: number, index: SendIndexRequest): Uint8Array {
  const into = new ByteWriter().u64(BigInt(offset));
  into.u64(index.packetBits).u64(index.contentBits);
  into.u64(index.timestampBegin).u64(index.timestampEnd);
  into.u64(index.eventsDiscarded).u64(index.streamClass);
  into.u64(index.streamInstance ?? UNKNOWN).u64(index.packetNumber ?? UNKNOWN);
  return into.finish();
}

/** What viewers need of an entry; the offset is in the stream file. */
export interface IndexEntry
  extends Pick<
    SendIndexRequest,
    | 'packetBits'
    | 'contentBits'
    | 'timestampBegin'
    | 'timestampEnd'
    | 'eventsDiscarded'
    | 'streamClass'
  > {
  readonly offset: bigint;
}

/** `bytes`: INDEX_ENTRY_BYTES. */
export function readIndexEntry(bytes: Uint8Array): IndexEntry {
  const from = new ByteReader(bytes);
  return {
    offset: from.u64('offset'),
    packetBits: from.u64('packet size'),
    contentBits: from.u64('content size'),
    timestampBegin: from.u64('begin timestamp'),
    timestampEnd: from.u64('end timestamp'),
    eventsDiscarded: from.u64('events discarded'),
    streamClass: from.u64('stream class'),
  };
}
