/** STREAMS_SENT: all streams that exist so far were added. */
import type { Layout } from '../lttng/bytes.ts';

export interface StreamsSentRequest {
  readonly type: 'streams-sent';
}

export const streamsSentRequest: Layout<StreamsSentRequest> = {
  write: () => undefined,
  read: () => ({ type: 'streams-sent' }),
};
