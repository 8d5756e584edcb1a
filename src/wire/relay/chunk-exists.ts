/** TRACE_CHUNK_EXISTS (since revision 2.11): whether a chunk still has its files in use. Peers ask until it has not. */
import type { Layout } from '../lttng/bytes.ts';

export interface ChunkExistsRequest {
  readonly type: 'chunk-exists';
  readonly chunk: bigint;
}

export interface ChunkExistsReply {
  readonly code: number;
  readonly exists: boolean;
}

export const chunkExistsRequest: Layout<ChunkExistsRequest> = {
  write: (into, { chunk }) => into.u64(chunk),
  read: (from) => ({ type: 'chunk-exists', chunk: from.u64('trace chunk') }),
};

export const chunkExistsReply: Layout<ChunkExistsReply> = {
  write: (into, { code, exists }) => into.u32(code).u8(exists ? 1 : 0),
  read: (from) => ({ code: from.u32('return code'), exists: from.flag('exists') }),
};
