/** DATAGRAM_STATUS (ours, R3.10): which datagrams have arrived. The peer sends the others again. */
import type { Layout } from '../lttng/bytes.ts';
import { REPORTED_RANGES_MAX } from './limits.ts';

export interface DatagramStatusRequest {
  readonly type: 'datagram-status';
  /** The peer wants to know nothing of datagrams before this number. */
  readonly settledBelow: number;
}

/** Numbers of datagrams that have arrived, first and last included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

export interface DatagramStatusReply {
  readonly code: number;
  /** Ascending, with gaps between them. */
  readonly arrived: readonly NumberRange[];
}

export const datagramStatusRequest: Layout<DatagramStatusRequest> = {
  write: (into, { settledBelow }) => into.u64(BigInt(settledBelow)),
  read: (from) => {
    const settledBelow = Number(from.u64('first number'));
    if (!Number.isSafeInteger(settledBelow)) from.refuse('first number', 'is too large');
    return { type: 'datagram-status', settledBelow };
  },
};

export const datagramStatusReply: Layout<DatagramStatusReply> = {
  write: (into, { code, arrived }) => {
    into.u32(code).u32(arrived.length);
    for (const { first, last } of arrived) into.u64(BigInt(first)).u64(BigInt(last));
  },
  read: (from) => {
    const code = from.u32('return code');
    const count = from.u32('number of ranges');
    const arrived: NumberRange[] = [];
    if (count > REPORTED_RANGES_MAX)
      from.refuse('number of ranges', `is ${count}, more than ${REPORTED_RANGES_MAX}`);
    let next = 0;
    while (arrived.length < count && from.trouble === undefined) {
      const first = Number(from.u64('first number of a range'));
      const last = Number(from.u64('last number of a range'));
      const isAscending = first >= next && last >= first && Number.isSafeInteger(last);
      if (from.trouble === undefined && !isAscending)
        from.refuse('range', 'is not behind the last');
      arrived.push({ first, last });
      next = last + 1;
    }
    return { code, arrived };
  },
};
