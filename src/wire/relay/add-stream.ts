/**
 * ADD_STREAM: a stream of packets, or the metadata. Revisions before 2.11 have texts of fixed size and no trace chunks.
 */
import type { Layout } from '../lttng/bytes.ts';
import { RELAY_CHANNEL_NAME_BYTES_MAX, RELAY_PATH_BYTES_MAX } from './limits.ts';

export interface AddStreamRequest {
  readonly type: 'add-stream';
  /** Name of the channel and number of the stream in it (`channel0_1`), or `metadata`: the name of the file. */
  readonly channel: string;
  /** Directory of the file, in that of the session. */
  readonly path: string;
  /** Most bytes of one file and most files, 0: no limit. */
  readonly tracefileSize: bigint;
  readonly tracefileCount: bigint;
  /** The trace chunk in which the stream begins, since revision 2.11; absent: none. */
  readonly chunk?: bigint;
}

export interface AddStreamReply {
  /** Names the stream in later messages and in packets. */
  readonly stream: bigint;
  readonly code: number;
}

const OLD_CHANNEL_BYTES = RELAY_CHANNEL_NAME_BYTES_MAX + 1;
const OLD_PATH_BYTES = RELAY_PATH_BYTES_MAX + 1;
const NO_CHUNK = 0xffff_ffff_ffff_ffffn;

export const addStreamRequest: Layout<AddStreamRequest> = {
  write: (into, { channel, path, tracefileSize, tracefileCount, chunk }, minor) => {
    if (minor < 11) {
      into.fixedText(channel, OLD_CHANNEL_BYTES).fixedText(path, OLD_PATH_BYTES);
      into.u64(tracefileSize).u64(tracefileCount);
      return;
    }
    into.textLength(channel).textLength(path).u64(tracefileSize).u64(tracefileCount);
    into
      .u64(chunk ?? NO_CHUNK)
      .text(channel)
      .text(path);
  },
  read: (from, minor) => {
    if (minor < 11) {
      return {
        type: 'add-stream',
        channel: from.fixedText('channel name', OLD_CHANNEL_BYTES),
        path: from.fixedText('path', OLD_PATH_BYTES),
        tracefileSize: from.u64('trace file size'),
        tracefileCount: from.u64('trace file count'),
      };
    }
    const channelLength = from.textLength('channel name', RELAY_CHANNEL_NAME_BYTES_MAX);
    const pathLength = from.textLength('path', RELAY_PATH_BYTES_MAX);
    const tracefileSize = from.u64('trace file size');
    const tracefileCount = from.u64('trace file count');
    const chunk = from.u64('trace chunk');
    return {
      type: 'add-stream',
      channel: from.text('channel name', channelLength),
      path: from.text('path', pathLength),
      tracefileSize,
      tracefileCount,
      ...(chunk === NO_CHUNK ? {} : { chunk }),
    };
  },
};

export const addStreamReply: Layout<AddStreamReply> = {
  write: (into, { stream, code }) => into.u64(stream).u32(code),
  read: (from) => ({ stream: from.u64('stream handle'), code: from.u32('return code') }),
};
