/** GET_NEXT_INDEX: where the next packet of a stream is, or what the viewer can do until there is one. */
import type { Layout } from '../lttng/bytes.ts';
import { type PacketIndex, readPacketIndex, writePacketIndex } from '../lttng/packet-index.ts';
import { type News, readNews, writeNews } from './news.ts';
import { readStatus, statusNumber } from './status.ts';

export interface NextIndexRequest {
  readonly type: 'get-next-index';
  readonly stream: bigint;
}

/**
 * `retry`: nothing new yet. `hung-up`: the stream has ended, and the viewer has all its packets. `inactive`: the stream
 * has no event until `timestampEnd`, so that the viewer need not wait for it.
 */
const STATUSES = ['ok', 'retry', 'hung-up', 'error', 'inactive', 'end-of-file'] as const;

export interface NextIndexReply extends News, PacketIndex {
  readonly status: (typeof STATUSES)[number];
  /** Of the packet, in bytes: the viewer asks for the packet by it. */
  readonly offset: bigint;
}

export const nextIndexRequest: Layout<NextIndexRequest> = {
  write: (into, { stream }) => into.u64(stream),
  read: (from) => ({ type: 'get-next-index', stream: from.u64('stream id') }),
};

export const nextIndexReply: Layout<NextIndexReply> = {
  write: (into, reply) => {
    into.u64(reply.offset);
    writePacketIndex(into, reply);
    into.u32(statusNumber(STATUSES, reply.status));
    writeNews(into, reply);
  },
  read: (from) => ({
    offset: from.u64('offset'),
    ...readPacketIndex(from),
    status: readStatus(from, STATUSES),
    ...readNews(from),
  }),
};
