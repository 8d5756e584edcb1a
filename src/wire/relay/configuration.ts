/**
 * GET_CONFIGURATION (since revision 2.12): what the relay allows. The highest flag is ours: LTTng's consumers look at
 * the flags that they know, and LTTng's relay never sets this one.
 */
import type { Layout } from '../lttng/bytes.ts';

export interface ConfigurationRequest {
  readonly type: 'get-configuration';
}

export interface ConfigurationReply {
  readonly code: number;
  /** The relay deletes the files of a session when the session is cleared. */
  readonly isClearAllowed: boolean;
  /** The relay takes packets as datagrams, and has the commands for them (R3.10). */
  readonly takesDatagrams: boolean;
}

const CLEAR_ALLOWED = 1n;
const TAKES_DATAGRAMS = 1n << 63n;

export const configurationRequest: Layout<ConfigurationRequest> = {
  write: (into) => into.u64(0n),
  read: (from) => {
    const flags = from.u64('query flags');
    if (flags !== 0n) from.refuse('query flags', `are ${flags}, not 0`);
    return { type: 'get-configuration' };
  },
};

export const configurationReply: Layout<ConfigurationReply> = {
  write: (into, { code, isClearAllowed, takesDatagrams }) => {
    const flags = (isClearAllowed ? CLEAR_ALLOWED : 0n) | (takesDatagrams ? TAKES_DATAGRAMS : 0n);
    into.u32(code).u64(flags);
  },
  read: (from) => {
    const code = from.u32('return code');
    const flags = from.u64('configuration flags');
    return {
      code,
      isClearAllowed: (flags & CLEAR_ALLOWED) !== 0n,
      takesDatagrams: (flags & TAKES_DATAGRAMS) !== 0n,
    };
  },
};
