/** The reply of most commands: a code alone. */
import type { Layout } from '../lttng/bytes.ts';

/** Codes of LTTng's relay protocol (`enum lttng_error_code`); a peer takes every other number for an error. */
export const RELAY_OK = 10;
export const RELAY_UNKNOWN_ERROR = 11;

/** DATA_PENDING and END_DATA_PENDING answer with one of these instead. */
export const NO_DATA_PENDING = 0;
export const DATA_PENDING = 1;

export interface OutcomeReply {
  readonly code: number;
}

export const outcomeReply: Layout<OutcomeReply> = {
  write: (into, { code }) => into.u32(code),
  read: (from) => ({ code: from.u32('return code') }),
};
