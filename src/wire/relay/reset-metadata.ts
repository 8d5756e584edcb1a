/** RESET_METADATA (since revision 2.8): the metadata is sent again from its beginning, with another version. */
import type { Layout } from '../lttng/bytes.ts';

export interface ResetMetadataRequest {
  readonly type: 'reset-metadata';
  readonly stream: bigint;
  readonly version: bigint;
}

export const resetMetadataRequest: Layout<ResetMetadataRequest> = {
  write: (into, { stream, version }) => into.u64(stream).u64(version),
  read: (from) => ({
    type: 'reset-metadata',
    stream: from.u64('stream'),
    version: from.u64('metadata version'),
  }),
};
