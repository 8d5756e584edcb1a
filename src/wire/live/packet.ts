/** GET_PACKET: bytes of the packet whose index the viewer has got, whole or in parts. */
import type { Layout } from '../lttng/bytes.ts';
import { LIVE_DATA_BYTES_MAX } from './limits.ts';
import { readContent } from './metadata.ts';
import { type News, readNews, writeNews } from './news.ts';
import { readStatus, statusNumber } from './status.ts';

export interface PacketRequest {
  readonly type: 'get-packet';
  readonly stream: bigint;
  readonly offset: bigint;
  readonly byteLength: number;
}

const STATUSES = ['ok', 'retry', 'error', 'end-of-file'] as const;

export interface PacketReply extends News {
  readonly status: (typeof STATUSES)[number];
  readonly content: Uint8Array;
}

export const packetRequest: Layout<PacketRequest> = {
  write: (into, { stream, offset, byteLength }) => into.u64(stream).u64(offset).u32(byteLength),
  read: (from) => ({
    type: 'get-packet',
    stream: from.u64('stream id'),
    offset: from.u64('offset'),
    byteLength: from.u32('length'),
  }),
};

export const packetReply: Layout<PacketReply> = {
  write: (into, reply) => {
    into.u32(statusNumber(STATUSES, reply.status)).u32(reply.content.byteLength);
    writeNews(into, reply);
    into.bytes(reply.content);
  },
  read: (from) => {
    const status = readStatus(from, STATUSES);
    const length = from.u32('length');
    const news = readNews(from);
    return { status, ...news, content: readContent(from, BigInt(length), LIVE_DATA_BYTES_MAX) };
  },
};
