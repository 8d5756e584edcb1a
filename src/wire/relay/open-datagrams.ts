/**
 * OPEN_DATAGRAMS (ours, R3.10): the peer sends its packets as datagrams, each with the token of the reply. Asked only
 * of a relay that has announced it, see `configuration.ts`.
 */
import type { Layout } from '../lttng/bytes.ts';
import { TOKEN_BYTES } from './datagram.ts';

export interface OpenDatagramsRequest {
  readonly type: 'open-datagrams';
}

export interface OpenDatagramsReply {
  readonly code: number;
  /** Proves that a datagram belongs to the session. */
  readonly token: Uint8Array;
}

export const openDatagramsRequest: Layout<OpenDatagramsRequest> = {
  write: () => undefined,
  read: () => ({ type: 'open-datagrams' }),
};

export const openDatagramsReply: Layout<OpenDatagramsReply> = {
  write: (into, { code, token }) => into.u32(code).bytes(token),
  read: (from) => ({
    code: from.u32('return code'),
    token: Uint8Array.from(from.bytes('token', TOKEN_BYTES) ?? []),
  }),
};
