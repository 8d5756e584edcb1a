/**
 * BEGIN_DATA_PENDING, DATA_PENDING, QUIESCENT_CONTROL and END_DATA_PENDING: whether the relay has stored everything.
 * A peer begins, names each of its streams (metadata by QUIESCENT_CONTROL), and ends: a stream that it did not name
 * counts as pending.
 */
import type { Layout } from '../lttng/bytes.ts';

export interface BeginDataPendingRequest {
  readonly type: 'begin-data-pending';
  readonly session: bigint;
}

export interface DataPendingRequest {
  readonly type: 'data-pending';
  readonly stream: bigint;
  /** The number of the last packet that was sent; all ones: none was. */
  readonly lastSequence: bigint;
}

export interface QuiescentControlRequest {
  readonly type: 'quiescent-control';
  readonly stream: bigint;
}

export interface EndDataPendingRequest {
  readonly type: 'end-data-pending';
  readonly session: bigint;
}

export const beginDataPendingRequest: Layout<BeginDataPendingRequest> = {
  write: (into, { session }) => into.u64(session),
  read: (from) => ({ type: 'begin-data-pending', session: from.u64('session') }),
};

export const dataPendingRequest: Layout<DataPendingRequest> = {
  write: (into, { stream, lastSequence }) => into.u64(stream).u64(lastSequence),
  read: (from) => ({
    type: 'data-pending',
    stream: from.u64('stream'),
    lastSequence: from.u64('last sequence number'),
  }),
};

export const quiescentControlRequest: Layout<QuiescentControlRequest> = {
  write: (into, { stream }) => into.u64(stream),
  read: (from) => ({ type: 'quiescent-control', stream: from.u64('stream') }),
};

export const endDataPendingRequest: Layout<EndDataPendingRequest> = {
  write: (into, { session }) => into.u64(session),
  read: (from) => ({ type: 'end-data-pending', session: from.u64('session') }),
};
