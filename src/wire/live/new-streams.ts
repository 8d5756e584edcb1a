/** GET_NEW_STREAMS: the streams of an attached session that the viewer does not know yet. */
import type { Layout } from '../lttng/bytes.ts';
import { readStatus, statusNumber } from './status.ts';
import { type ListedStream, readStreams, writeStreams } from './streams.ts';

export interface NewStreamsRequest {
  readonly type: 'get-new-streams';
  readonly session: bigint;
}

/** `hung-up`: the session has ended, and no stream will come. */
const STATUSES = ['ok', 'none', 'error', 'hung-up'] as const;

export interface NewStreamsReply {
  readonly status: (typeof STATUSES)[number];
  readonly streams: readonly ListedStream[];
}

export const newStreamsRequest: Layout<NewStreamsRequest> = {
  write: (into, { session }) => into.u64(session),
  read: (from) => ({ type: 'get-new-streams', session: from.u64('session id') }),
};

export const newStreamsReply: Layout<NewStreamsReply> = {
  write: (into, { status, streams }) => {
    into.u32(statusNumber(STATUSES, status));
    writeStreams(into, streams);
  },
  read: (from) => ({ status: readStatus(from, STATUSES), streams: readStreams(from) }),
};
