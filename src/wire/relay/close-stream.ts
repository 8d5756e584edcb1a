/** CLOSE_STREAM: the last packet of a stream. The relay may still wait for its bytes on the data connection. */
import type { Layout } from '../lttng/bytes.ts';

export interface CloseStreamRequest {
  readonly type: 'close-stream';
  readonly stream: bigint;
  /** The number of the last packet that was sent; all ones: none was, or the stream is metadata. */
  readonly lastSequence: bigint;
}

export const closeStreamRequest: Layout<CloseStreamRequest> = {
  write: (into, { stream, lastSequence }) => into.u64(stream).u64(lastSequence),
  read: (from) => ({
    type: 'close-stream',
    stream: from.u64('stream'),
    lastSequence: from.u64('last sequence number'),
  }),
};
