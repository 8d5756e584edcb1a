/**
 * ABANDON_PACKETS (ours, R3.10): the peer gives up packets of a stream whose datagrams do not arrive. From now on the
 * relay takes those from the first missing one to `last` by REPLACE_PACKET alone.
 */
import type { Layout } from '../lttng/bytes.ts';

export interface AbandonPacketsRequest {
  readonly type: 'abandon-packets';
  readonly stream: bigint;
  /** The number of the last packet that was begun. */
  readonly last: bigint;
}

export interface AbandonPacketsReply {
  readonly code: number;
  /** The number of the first packet that the relay has not stored. */
  readonly next: bigint;
}

export const abandonPacketsRequest: Layout<AbandonPacketsRequest> = {
  write: (into, { stream, last }) => into.u64(stream).u64(last),
  read: (from) => ({
    type: 'abandon-packets',
    stream: from.u64('stream'),
    last: from.u64('last sequence number'),
  }),
};

export const abandonPacketsReply: Layout<AbandonPacketsReply> = {
  write: (into, { code, next }) => into.u32(code).u64(next),
  read: (from) => ({ code: from.u32('return code'), next: from.u64('next sequence number') }),
};
