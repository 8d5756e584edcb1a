/** CONNECT: the first message of a viewer. The major versions are equal, and the lower minor version counts. */
import type { Layout } from '../lttng/bytes.ts';

export interface ConnectRequest {
  readonly type: 'connect';
  /** Of the viewer, which a request leaves at 0. */
  readonly viewer: bigint;
  readonly major: number;
  readonly minor: number;
  /** What the connection is for: {@link VIEWER_COMMANDS}. */
  readonly purpose: number;
}

export type ConnectReply = Omit<ConnectRequest, 'type'>;

/** The connection carries commands; LTTng has no other kind in use. */
export const VIEWER_COMMANDS = 1;

export const connectReply: Layout<ConnectReply> = {
  write: (into, { viewer, major, minor, purpose }) =>
    into.u64(viewer).u32(major).u32(minor).u32(purpose),
  read: (from) => ({
    viewer: from.u64('viewer id'),
    major: from.u32('major version'),
    minor: from.u32('minor version'),
    purpose: from.u32('connection type'),
  }),
};

export const connectRequest: Layout<ConnectRequest> = {
  write: connectReply.write,
  read: (from, minor) => ({ type: 'connect', ...connectReply.read(from, minor) }),
};
