/** CREATE_SESSION of a viewer: before it attaches to sessions, it asks for a place to note them. */
import type { Layout } from '../lttng/bytes.ts';
import { readStatus, statusNumber } from './status.ts';

export interface CreateViewerRequest {
  readonly type: 'create-viewer';
}

const STATUSES = ['ok', 'error'] as const;

export interface CreateViewerReply {
  readonly status: (typeof STATUSES)[number];
}

export const createViewerRequest: Layout<CreateViewerRequest> = {
  write: () => undefined,
  read: () => ({ type: 'create-viewer' }),
};

export const createViewerReply: Layout<CreateViewerReply> = {
  write: (into, { status }) => into.u32(statusNumber(STATUSES, status)),
  read: (from) => ({ status: readStatus(from, STATUSES) }),
};
