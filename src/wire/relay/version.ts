/**
 * VERSION: the first message of a control connection. The major versions are equal, and the lower minor version counts.
 */
import type { Layout } from '../lttng/bytes.ts';

export interface VersionRequest {
  readonly type: 'version';
  readonly major: number;
  readonly minor: number;
}

export type VersionReply = Omit<VersionRequest, 'type'>;

export const versionReply: Layout<VersionReply> = {
  write: (into, { major, minor }) => into.u32(major).u32(minor),
  read: (from) => ({ major: from.u32('major version'), minor: from.u32('minor version') }),
};

export const versionRequest: Layout<VersionRequest> = {
  write: versionReply.write,
  read: (from, minor) => ({ type: 'version', ...versionReply.read(from, minor) }),
};
