/** A session as its clients see it. */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { contextsIn, type SessionContext } from './context.ts';
import { kernelInfoOf } from './kernel-part.ts';
import { destinationInfoOf, isOriginal } from './place.ts';
import { rotationInfo } from './rotation.ts';
import { trackersInfo } from './trackers.ts';
import { unbufferedInfo } from './unbuffered.ts';
import { writingInfo } from './writing.ts';

export function infoOf(context: SessionContext, state: SessionInfo['state']): SessionInfo {
  return {
    name: context.name,
    uuid: context.uuid,
    uid: context.owner.uid,
    state,
    ...(context.output === undefined ? {} : { output: context.output }),
    ...(isOriginal(context.place, context.output)
      ? {}
      : { destination: destinationInfoOf(context.place) }),
    ...(context.isFlightRecorder ? { flightRecorder: true } : {}),
    ...(context.snapshotOutput === undefined ? {} : { snapshotOutput: context.snapshotOutput }),
    ...(context.liveTimerUs === undefined ? {} : { liveTimerUs: context.liveTimerUs }),
    ...rotationInfo(context.rotation),
    ...(context.consumer === undefined ? {} : { consumerPid: context.consumer.pid }),
    channels: context.channels.map(({ rules, targets, contexts, ...channel }) => ({
      ...channel,
      rules: [...rules],
      ...contextsIn({ contexts }),
      ...(targets === undefined ? {} : { targets: [...targets] }),
    })),
    ...trackersInfo(context.trackers),
    streams: context.streams.length,
    streamsMade: context.nextStreamId,
    writers: context.streams.filter(({ ended }) => !ended).length,
    ...writingInfo(context.writing),
    ...unbufferedInfo(context.unbuffered),
    ...(context.abandoned === undefined ? {} : { abandoned: context.abandoned }),
    ...kernelInfoOf(context),
  };
}
