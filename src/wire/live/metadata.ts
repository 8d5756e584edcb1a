/** GET_METADATA: the next bytes of a metadata stream. A viewer asks until there is nothing new. */
import type { ByteReader, Layout } from '../lttng/bytes.ts';
import { READ_METADATA_BYTES_MAX } from './limits.ts';
import { readStatus, statusNumber } from './status.ts';

export interface MetadataRequest {
  readonly type: 'get-metadata';
  readonly stream: bigint;
}

const STATUSES = ['ok', 'nothing-new', 'error'] as const;

export interface MetadataReply {
  readonly status: (typeof STATUSES)[number];
  readonly content: Uint8Array;
}

export const metadataRequest: Layout<MetadataRequest> = {
  write: (into, { stream }) => into.u64(stream),
  read: (from) => ({ type: 'get-metadata', stream: from.u64('stream id') }),
};

export const metadataReply: Layout<MetadataReply> = {
  write: (into, { status, content }) =>
    into.u64(BigInt(content.byteLength)).u32(statusNumber(STATUSES, status)).bytes(content),
  read: (from) => {
    const length = from.u64('length');
    const status = readStatus(from, STATUSES);
    return { status, content: readContent(from, length, READ_METADATA_BYTES_MAX) };
  },
};

/** A copy of the bytes, whose count is checked first. */
export function readContent(from: ByteReader, length: bigint, bytesMax: number): Uint8Array {
  if (length > bytesMax) {
    from.refuse('length', `is ${length}, more than ${bytesMax}`);
    return new Uint8Array(0);
  }
  return new Uint8Array(from.bytes('content', Number(length)) ?? []);
}
