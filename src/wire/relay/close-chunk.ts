/** CLOSE_TRACE_CHUNK (since revision 2.11): no stream begins in the chunk any more; what becomes of its files. */
import type { Layout } from '../lttng/bytes.ts';
import { RELAY_PATH_BYTES_MAX } from './limits.ts';

/** In the order of their numbers on the wire. */
const CLOSE_COMMANDS = ['move-to-archives', 'keep', 'delete'] as const;

export type CloseCommand = (typeof CLOSE_COMMANDS)[number];

export interface CloseChunkRequest {
  readonly type: 'close-chunk';
  readonly chunk: bigint;
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly closedAtSeconds: bigint;
  readonly command?: CloseCommand;
}

export interface CloseChunkReply {
  readonly code: number;
  /** Where the files of the chunk are; empty: the relay does not say. */
  readonly path: string;
}

export const closeChunkRequest: Layout<CloseChunkRequest> = {
  write: (into, { chunk, closedAtSeconds, command }) => {
    into.u64(chunk).u64(closedAtSeconds);
    into.u8(command === undefined ? 0 : 1);
    into.u32(command === undefined ? 0 : CLOSE_COMMANDS.indexOf(command));
  },
  read: (from) => {
    const chunk = from.u64('trace chunk');
    const closedAtSeconds = from.u64('closing time');
    const hasCommand = from.flag('close command');
    const number = from.u32('number of the close command');
    const command = hasCommand ? CLOSE_COMMANDS[number] : undefined;
    if (hasCommand && command === undefined) {
      from.refuse('number of the close command', `is ${number}, which is none`);
    }
    return {
      type: 'close-chunk',
      chunk,
      closedAtSeconds,
      ...(command === undefined ? {} : { command }),
    };
  },
};

export const closeChunkReply: Layout<CloseChunkReply> = {
  write: (into, { code, path }) => {
    into.u32(code);
    if (path === '') into.u32(0);
    else into.textLength(path).text(path);
  },
  read: (from) => ({
    code: from.u32('return code'),
    path: from.text('path', from.textLength('path', RELAY_PATH_BYTES_MAX)),
  }),
};
