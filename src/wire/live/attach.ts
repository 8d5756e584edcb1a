/** ATTACH_SESSION: from now on the viewer reads the streams of the session, from their beginning or from now. */
import type { ByteReader, Layout } from '../lttng/bytes.ts';
import type { ListedSession } from './list-sessions.ts';
import { readStatus, statusNumber } from './status.ts';
import { type ListedStream, readStreams, writeStreams } from './streams.ts';

export type Seek = 'beginning' | 'last';

export interface AttachRequest {
  readonly type: 'attach';
  readonly session: bigint;
  /** LTTng has no use for it yet. */
  readonly offset: bigint;
  readonly seek: Seek;
}

const STATUSES = ['ok', 'already', 'unknown', 'not-live', 'seek-error', 'no-viewer'] as const;

export interface AttachReply {
  readonly status: (typeof STATUSES)[number];
  readonly streams: readonly ListedStream[];
}

/** A session that a viewer is attached to, with the streams that the relay told. */
export interface AttachedSession {
  readonly session: ListedSession;
  readonly streams: readonly ListedStream[];
}

const SEEKS: readonly Seek[] = ['beginning', 'last'];

function readSeek(from: ByteReader): Seek {
  const number = from.u32('seek');
  const seek = SEEKS[number - 1];
  if (seek === undefined) from.refuse('seek', `is ${number}, neither 1 nor 2`);
  return seek ?? 'beginning';
}

export const attachRequest: Layout<AttachRequest> = {
  write: (into, { session, offset, seek }) =>
    into
      .u64(session)
      .u64(offset)
      .u32(SEEKS.indexOf(seek) + 1),
  read: (from) => ({
    type: 'attach',
    session: from.u64('session id'),
    offset: from.u64('offset'),
    seek: readSeek(from),
  }),
};

export const attachReply: Layout<AttachReply> = {
  write: (into, { status, streams }) => {
    into.u32(statusNumber(STATUSES, status));
    writeStreams(into, streams);
  },
  read: (from) => ({ status: readStatus(from, STATUSES), streams: readStreams(from) }),
};
