/** REPLACE_PACKET (ours, R3.10): a packet in the place of one that was given up; it has counters and no events. */
import type { Layout } from '../lttng/bytes.ts';
import { REPLACEMENT_BYTES_MAX } from './limits.ts';

export interface ReplacePacketRequest {
  readonly type: 'replace-packet';
  readonly stream: bigint;
  readonly sequence: bigint;
  readonly content: Uint8Array;
}

export const replacePacketRequest: Layout<ReplacePacketRequest> = {
  write: (into, { stream, sequence, content }) => {
    into.u64(stream).u64(sequence).u32(content.byteLength).bytes(content);
  },
  read: (from) => {
    const stream = from.u64('stream');
    const sequence = from.u64('sequence number');
    const length = from.u32('packet size');
    if (length > REPLACEMENT_BYTES_MAX)
      from.refuse('packet size', `is ${length}, more than ${REPLACEMENT_BYTES_MAX}`);
    const content = from.bytes('packet', length) ?? new Uint8Array(0);
    return { type: 'replace-packet', stream, sequence, content };
  },
};
