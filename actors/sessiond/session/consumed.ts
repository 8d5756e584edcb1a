/** The streams of a session as its consumers and snapshots learn of them. */
import type { ConsumerStream, ToConsumer } from '../../../src/wire/control/messages.ts';
import { buffersOf } from './channels.ts';
import type { SessionContext, Stream } from './context.ts';
import { pageBytesOf, ringOf } from './kernel-part.ts';
import { isShared } from './shared.ts';

/** A stream as the session sends it to consumers, or undefined while it has no memory. */
export function consumerStreamOf(
  context: SessionContext,
  stream: Stream,
): ConsumerStream | undefined {
  const buffers = buffersOf(context.channels, stream);
  if (stream.memory === undefined || buffers === undefined) return undefined;
  const { shape, switchTimerUs, readTimerUs, tracefiles } = buffers;
  const { pid, tid, startedAt, processName, uid } = stream.app;
  return {
    streamId: stream.streamId,
    channel: stream.channel,
    ...stream.memory,
    shape: ringOf(context, shape),
    pid,
    tid,
    startedAt,
    processName,
    wakePath: stream.wakePath,
    switchTimerUs,
    readTimerUs,
    ...(tracefiles === undefined ? {} : { tracefiles }),
    ...(isShared(context, stream) ? { sharedBy: uid } : {}),
    ...(context.kernel === undefined
      ? {}
      : { kernel: { cpu: tid, pageBytes: pageBytesOf(context, buffers) } }),
  };
}

/** The first message to an attaching consumer or snapshot: the session, and the memory of all its streams. */
export function introductionOf(context: SessionContext): ToConsumer {
  const { name, uuid, output, place, streams, liveTimerUs, kernel } = context;
  const segments = streams.flatMap(({ memory }) => memory?.dataSegment.id ?? []);
  const isFiles = place.present === 'files' && output !== undefined;
  return {
    type: 'session',
    name,
    uuid,
    ...(isFiles ? { output } : {}),
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
    segments,
    ...(kernel === undefined
      ? {}
      : { kernel: { release: kernel.release, version: kernel.version } }),
  };
}
