/** GET_CONFIGURATION (since revision 2.12): what the relay allows. */
import type { Layout } from '../lttng/bytes.ts';

export interface ConfigurationRequest {
  readonly type: 'get-configuration';
}

export interface ConfigurationReply {
  readonly code: number;
  /** The relay deletes the files of a session when the session is cleared. */
  readonly isClearAllowed: boolean;
}

const CLEAR_ALLOWED = 1n;

export const configurationRequest: Layout<ConfigurationRequest> = {
  write: (into) => into.u64(0n),
  read: (from) => {
    const flags = from.u64('query flags');
    if (flags !== 0n) from.refuse('query flags', `are ${flags}, not 0`);
    return { type: 'get-configuration' };
  },
};

export const configurationReply: Layout<ConfigurationReply> = {
  write: (into, { code, isClearAllowed }) =>
    into.u32(code).u64(isClearAllowed ? CLEAR_ALLOWED : 0n),
  read: (from) => ({
    code: from.u32('return code'),
    isClearAllowed: (from.u64('configuration flags') & CLEAR_ALLOWED) !== 0n,
  }),
};
