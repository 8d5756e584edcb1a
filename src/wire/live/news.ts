/** What a reply says about the rest of the session: flags that tell the viewer to ask for it. */
import type { ByteReader, ByteWriter } from '../lttng/bytes.ts';

export interface News {
  /** The trace of the stream has metadata that the viewer has not read. */
  readonly hasNewMetadata: boolean;
  /** The session has streams that the viewer does not know. */
  readonly hasNewStreams: boolean;
}

const NEW_METADATA = 1;
const NEW_STREAMS = 2;

export function writeNews(into: ByteWriter, { hasNewMetadata, hasNewStreams }: News): void {
  into.u32((hasNewMetadata ? NEW_METADATA : 0) + (hasNewStreams ? NEW_STREAMS : 0));
}

export function readNews(from: ByteReader): News {
  const flags = from.u32('flags');
  return {
    hasNewMetadata: (flags & NEW_METADATA) !== 0,
    hasNewStreams: (flags & NEW_STREAMS) !== 0,
  };
}
