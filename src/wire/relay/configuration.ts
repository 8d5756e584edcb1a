/** GET_CONFIGURATION (since revision 2.12): what the relay allows, and which extensions it has. */
import type { Layout } from '../lttng/bytes.ts';
import { type Extension, extensionBits, extensionsIn } from './extensions.ts';

export interface ConfigurationRequest {
  readonly type: 'get-configuration';
}

export interface ConfigurationReply {
  readonly code: number;
  /** The relay deletes the files of a session when the session is cleared. */
  readonly isClearAllowed: boolean;
  readonly extensions: readonly Extension[];
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
  write: (into, { code, isClearAllowed, extensions }) =>
    into.u32(code).u64((isClearAllowed ? CLEAR_ALLOWED : 0n) | extensionBits(extensions)),
  read: (from) => {
    const code = from.u32('return code');
    const flags = from.u64('configuration flags');
    return {
      code,
      isClearAllowed: (flags & CLEAR_ALLOWED) !== 0n,
      extensions: extensionsIn(flags),
    };
  },
};
