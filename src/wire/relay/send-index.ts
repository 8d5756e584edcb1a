/**
 * SEND_INDEX: the entry of one packet in an index file. Revision 2.8 adds the last two fields.
 */
import type { Layout } from '../lttng/bytes.ts';
import { type PacketIndex, readPacketIndex, writePacketIndex } from '../lttng/packet-index.ts';

export interface SendIndexRequest extends PacketIndex {
  readonly type: 'send-index';
  readonly stream: bigint;
  /** The number of the packet on the data connection. */
  readonly sequence: bigint;
  readonly streamInstance?: bigint;
  readonly packetNumber?: bigint;
}

export const sendIndexRequest: Layout<SendIndexRequest> = {
  write: (into, index, minor) => {
    into.u64(index.stream).u64(index.sequence);
    writePacketIndex(into, index);
    if (minor >= 8) into.u64(index.streamInstance ?? 0n).u64(index.packetNumber ?? 0n);
  },
  read: (from, minor) => {
    const stream = from.u64('stream');
    const sequence = from.u64('sequence number');
    const index = readPacketIndex(from);
    if (minor < 8) return { type: 'send-index', stream, sequence, ...index };
    // Field by field, since there is one for each packet: a spread takes several times as long.
    return {
      type: 'send-index',
      stream,
      sequence,
      packetBits: index.packetBits,
      contentBits: index.contentBits,
      timestampBegin: index.timestampBegin,
      timestampEnd: index.timestampEnd,
      eventsDiscarded: index.eventsDiscarded,
      streamClass: index.streamClass,
      streamInstance: from.u64('stream instance'),
      packetNumber: from.u64('packet number'),
    };
  },
};
