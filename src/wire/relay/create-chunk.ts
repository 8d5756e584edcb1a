/** CREATE_TRACE_CHUNK (since revision 2.11): a part of a session's trace that is kept apart from the next one. */
import type { Layout } from '../lttng/bytes.ts';
import { RELAY_PATH_BYTES_MAX } from './limits.ts';

export interface CreateChunkRequest {
  readonly type: 'create-chunk';
  readonly chunk: bigint;
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly createdAtSeconds: bigint;
  /** The directory's name instead of one made of times; absent: there is none. */
  readonly overrideName?: string;
}

export const createChunkRequest: Layout<CreateChunkRequest> = {
  write: (into, { chunk, createdAtSeconds, overrideName }) => {
    into.u64(chunk).u64(createdAtSeconds);
    if (overrideName === undefined) into.u32(0);
    else into.textLength(overrideName).text(overrideName);
  },
  read: (from) => {
    const chunk = from.u64('trace chunk');
    const createdAtSeconds = from.u64('creation time');
    const length = from.textLength('override name', RELAY_PATH_BYTES_MAX);
    const overrideName = from.text('override name', length);
    return {
      type: 'create-chunk',
      chunk,
      createdAtSeconds,
      ...(length === 0 ? {} : { overrideName }),
    };
  },
};
