/**
 * Streams that the threads of a user write one after another (R1.27). When a stream's writer has ended, the registry
 * checks the stream's memory, and gives the stream to the next thread that needs one. The registry writes that thread
 * into the session's record before it tells the thread. So a stream has one writer at a time, over kills of the
 * registry, too.
 */
import type { AppIdentity } from '../messages.ts';
import { channelNamed } from './channels.ts';
import type { SessionContext, Stream } from './context.ts';

/** Whether threads of one user write the stream one after another (R1.27). */
export function isShared({ channels }: Pick<SessionContext, 'channels'>, stream: Stream): boolean {
  return channelNamed(channels, stream.channel)?.settings.bufferScheme === 'uid';
}

/** Whether no thread writes the stream any more: the consumer reads it to its end and releases it. */
export function isOver(context: SessionContext, stream: Stream): boolean {
  return stream.ended && (!isShared(context, stream) || stream.isRetired === true);
}

/**
 * A stream in which this thread can go on: its last writer had the same user and group, as its memory has. No other
 * user is ever given the memory.
 */
export function freeStreamFor(
  streams: readonly Stream[],
  channel: string,
  { uid, gid }: AppIdentity,
): Stream | undefined {
  return streams.find(
    (stream) =>
      stream.isFree === true &&
      stream.isReleased === undefined &&
      stream.channel === channel &&
      stream.app.uid === uid &&
      stream.app.gid === gid,
  );
}
