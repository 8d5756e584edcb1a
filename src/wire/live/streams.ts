/** The streams of a session, as replies list them. */
import { clipUtf8 } from '../../base/utf8.ts';
import type { ByteReader, ByteWriter } from '../lttng/bytes.ts';
import { LIVE_CHANNEL_NAME_BYTES_MAX, LIVE_PATH_BYTES_MAX, READ_STREAMS_MAX } from './limits.ts';

export interface ListedStream {
  /** Names the stream in later requests of this viewer. */
  readonly stream: bigint;
  /** Streams of one trace share it: they have one metadata stream. */
  readonly trace: bigint;
  readonly isMetadata: boolean;
  readonly path: string;
  readonly channel: string;
}

const PATH_BYTES = LIVE_PATH_BYTES_MAX + 1;
const CHANNEL_BYTES = LIVE_CHANNEL_NAME_BYTES_MAX + 1;

export function writeStreams(into: ByteWriter, streams: readonly ListedStream[]): void {
  into.u32(streams.length);
  for (const { stream, trace, isMetadata, path, channel } of streams) {
    into
      .u64(stream)
      .u64(trace)
      .u32(isMetadata ? 1 : 0);
    into.fixedText(clipUtf8(path, LIVE_PATH_BYTES_MAX), PATH_BYTES);
    into.fixedText(clipUtf8(channel, LIVE_CHANNEL_NAME_BYTES_MAX), CHANNEL_BYTES);
  }
}

export function readStreams(from: ByteReader): readonly ListedStream[] {
  const count = from.u32('number of streams');
  if (count > READ_STREAMS_MAX) {
    from.refuse('number of streams', `is ${count}, more than ${READ_STREAMS_MAX}`);
  }
  const streams: ListedStream[] = [];
  while (streams.length < count && from.trouble === undefined) {
    streams.push({
      stream: from.u64('stream id'),
      trace: from.u64('trace id'),
      isMetadata: from.u32('metadata flag') !== 0,
      path: from.fixedText('path', PATH_BYTES),
      channel: from.fixedText('channel name', CHANNEL_BYTES),
    });
  }
  return streams;
}
