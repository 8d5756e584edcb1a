/**
 * SEND_INDEX: the entry of one packet in an index file. Sizes are in bits. Revision 2.8 adds the last two fields.
 */
import type { Layout } from '../lttng/bytes.ts';

export interface SendIndexRequest {
  readonly type: 'send-index';
  readonly stream: bigint;
  /** The number of the packet on the data connection. */
  readonly sequence: bigint;
  readonly packetBits: bigint;
  readonly contentBits: bigint;
  readonly timestampBegin: bigint;
  readonly timestampEnd: bigint;
  readonly eventsDiscarded: bigint;
  /** The stream's class in the metadata. */
  readonly streamClass: bigint;
  readonly streamInstance?: bigint;
  readonly packetNumber?: bigint;
}

export const sendIndexRequest: Layout<SendIndexRequest> = {
  write: (into, index, minor) => {
    into.u64(index.stream).u64(index.sequence).u64(index.packetBits).u64(index.contentBits);
    into.u64(index.timestampBegin).u64(index.timestampEnd).u64(index.eventsDiscarded);
    into.u64(index.streamClass);
    if (minor >= 8) into.u64(index.streamInstance ?? 0n).u64(index.packetNumber ?? 0n);
  },
  read: (from, minor) => ({
    type: 'send-index',
    stream: from.u64('stream'),
    sequence: from.u64('sequence number'),
    packetBits: from.u64('packet size'),
    contentBits: from.u64('content size'),
    timestampBegin: from.u64('begin timestamp'),
    timestampEnd: from.u64('end timestamp'),
    eventsDiscarded: from.u64('discarded events'),
    streamClass: from.u64('stream class'),
    ...(minor < 8
      ? {}
      : {
          streamInstance: from.u64('stream instance'),
          packetNumber: from.u64('packet number'),
        }),
  }),
};
