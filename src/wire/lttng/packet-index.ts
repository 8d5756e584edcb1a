/** What LTTng says of a packet in its index files, to relays and to viewers. Sizes are in bits. */
import type { ByteReader, ByteWriter } from './bytes.ts';

export interface PacketIndex {
  readonly packetBits: bigint;
  readonly contentBits: bigint;
  readonly timestampBegin: bigint;
  readonly timestampEnd: bigint;
  readonly eventsDiscarded: bigint;
  /** The stream's class in the metadata. */
  readonly streamClass: bigint;
}

export function writePacketIndex(into: ByteWriter, index: PacketIndex): void {
  into.u64(index.packetBits).u64(index.contentBits);
  into.u64(index.timestampBegin).u64(index.timestampEnd);
  into.u64(index.eventsDiscarded).u64(index.streamClass);
}

export function readPacketIndex(from: ByteReader): PacketIndex {
  return {
    packetBits: from.u64('packet size'),
    contentBits: from.u64('content size'),
    timestampBegin: from.u64('begin timestamp'),
    timestampEnd: from.u64('end timestamp'),
    eventsDiscarded: from.u64('discarded events'),
    streamClass: from.u64('stream class'),
  };
}
