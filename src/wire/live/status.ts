/** The status of a reply: on the wire the position in the command's list of statuses, from 1. */
import type { ByteReader } from '../lttng/bytes.ts';

export function statusNumber<Status extends string>(
  statuses: readonly [Status, ...Status[]],
  status: Status,
): number {
  return statuses.indexOf(status) + 1;
}

export function readStatus<Status extends string>(
  from: ByteReader,
  statuses: readonly [Status, ...Status[]],
): Status {
  const number = from.u32('status');
  const status = statuses[number - 1];
  if (status === undefined) from.refuse('status', `is ${number}, which is unknown`);
  return status ?? statuses[0];
}
