/** SEND_METADATA: bytes for the end of a metadata file. It has no reply. */
import type { Layout } from '../lttng/bytes.ts';
import { PACKET_PADDING_BYTES_MAX } from './limits.ts';

export interface SendMetadataRequest {
  readonly type: 'send-metadata';
  readonly stream: bigint;
  /** Zeros that follow the content in the file. */
  readonly padding: number;
  readonly content: Uint8Array;
}

export const sendMetadataRequest: Layout<SendMetadataRequest> = {
  write: (into, { stream, padding, content }) => into.u64(stream).u32(padding).bytes(content),
  read: (from) => {
    const stream = from.u64('stream');
    const padding = from.u32('padding');
    if (padding > PACKET_PADDING_BYTES_MAX) {
      from.refuse('padding', `is ${padding}, more than ${PACKET_PADDING_BYTES_MAX}`);
    }
    const content = from.bytes('metadata', from.remaining) ?? new Uint8Array(0);
    return { type: 'send-metadata', stream, padding, content };
  },
};
