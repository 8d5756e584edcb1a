/** DETACH_SESSION: the viewer reads the session no longer. */
import type { Layout } from '../lttng/bytes.ts';
import { readStatus, statusNumber } from './status.ts';

export interface DetachRequest {
  readonly type: 'detach';
  readonly session: bigint;
}

const STATUSES = ['ok', 'unknown', 'error'] as const;

export interface DetachReply {
  readonly status: (typeof STATUSES)[number];
}

export const detachRequest: Layout<DetachRequest> = {
  write: (into, { session }) => into.u64(session),
  read: (from) => ({ type: 'detach', session: from.u64('session id') }),
};

export const detachReply: Layout<DetachReply> = {
  write: (into, { status }) => into.u32(statusNumber(STATUSES, status)),
  read: (from) => ({ status: readStatus(from, STATUSES) }),
};
