/** Guards of the session machine (`machine.ts`). */

import { AWAITING_MAX, SNAPSHOTS_MAX } from '../limits.ts';
import type { SessionCommand } from '../messages.ts';
import type { RecordedState } from '../record.ts';
import {
  holdsData,
  isAbsent,
  isPassing,
  isPinned,
  owesWriting,
  type SessionContext,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { kernelRefusal } from './kernel-part.ts';
import { isOriginal } from './place.ts';
import { isWaiting } from './unbuffered.ts';

export interface Scene {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

export type CommandOp = SessionCommand['op'];

/** Commands that change channels, rules, trackers and the snapshot output. */
const CHANGES = [
  'channel.add',
  'channel.disable',
  'event.enable',
  'event.disable',
  'context.add',
  'tracker.add',
  'tracker.remove',
  'snapshot.add',
  'snapshot.remove',
] as const;

export function isOp(event: SessionEvent, op: CommandOp): boolean {
  return event.type === 'session.command' && event.operation.op === op;
}

/** The command destroys the session even if no consumer writes the contents of its buffers. */
export function isAbandon(event: SessionEvent): boolean {
  return (
    event.type === 'session.command' &&
    event.operation.op === 'session.destroy' &&
    event.operation.abandon === true
  );
}

/** The client waits for no more than the beginning of what the command does. */
export function isUnawaited(event: SessionEvent): boolean {
  return (
    event.type === 'session.command' &&
    'noWait' in event.operation &&
    event.operation.noWait === true
  );
}

export const guards = {
  isStart: ({ event }: Scene) => isOp(event, 'session.start'),
  isStartAlone: ({ context, event }: Scene) =>
    isOp(event, 'session.start') && context.consumer === undefined && !context.isFlightRecorder,
  isStartTooEarly: ({ context, event }: Scene) =>
    isOp(event, 'session.start') && context.consumer?.isOpen === false,
  /** It would record for a relay to which the consumer has no connection. */
  isStartUnlinked: ({ context, event }: Scene) =>
    isOp(event, 'session.start') &&
    context.place.present === 'relay' &&
    context.place.link !== 'connected',
  isStop: ({ event }: Scene) => isOp(event, 'session.stop'),
  isPause: ({ event }: Scene) => isOp(event, 'session.pause'),
  /** The buffers may still hold data from before the last stop. */
  isStopAgain: ({ context, event }: Scene) => isOp(event, 'session.stop') && context.owesFlush,
  isDestroy: ({ event }: Scene) => isOp(event, 'session.destroy'),
  isDestroyTooMuch: ({ context, event }: Scene) =>
    isOp(event, 'session.destroy') && context.answering.length >= AWAITING_MAX,
  /** A command that the session refuses while its buffers may hold data and it has no consumer. */
  isEndAlone: ({ context, event }: Scene) =>
    context.consumer === undefined &&
    ((holdsData(context) &&
      isOp(event, 'session.stop') &&
      (context.state === 'active' || context.owesFlush)) ||
      (owesWriting(context) && isOp(event, 'session.destroy') && !isAbandon(event))),
  isMeasure: ({ event }: Scene) => isOp(event, 'session.measure'),
  isAwait: ({ event }: Scene) => isOp(event, 'consumer.await'),
  isContinueOfNone: ({ context, event }: Scene) =>
    (isOp(event, 'consumer.continue') || isOp(event, 'consumer.watch')) && context.isFlightRecorder,
  isContinueAlone: ({ context, event }: Scene) =>
    isOp(event, 'consumer.continue') && context.consumer === undefined,
  isContinue: ({ event }: Scene) => isOp(event, 'consumer.continue'),
  isWatchAlone: ({ context, event }: Scene) =>
    isOp(event, 'consumer.watch') && context.consumer === undefined && !context.isDismissed,
  isWatch: ({ event }: Scene) => isOp(event, 'consumer.watch'),
  isDismissal: ({ context, event }: Scene) =>
    isOp(event, 'consumer.stop') && !isPassing(context.state),
  /** A command that the `recording` region answers in a transitional state. */
  isOfRecording: ({ event }: Scene) =>
    !isOp(event, 'session.measure') &&
    !isOp(event, 'consumer.await') &&
    !isOp(event, 'consumer.continue') &&
    !isOp(event, 'consumer.watch') &&
    !isOp(event, 'rotation.enable') &&
    !isOp(event, 'rotation.disable'),
  isChange: ({ event }: Scene) => CHANGES.some((op) => isOp(event, op)),
  /** A rule that the kernel has to be asked about, unless the session refuses it itself. */
  isKernelRule: ({ context, event }: Scene) =>
    context.kernel !== undefined &&
    event.type === 'session.command' &&
    event.operation.op === 'event.enable' &&
    kernelRefusal(context, event.operation) === undefined,
  isFaulty: ({ event }: Scene) => event.type === 'kernel.checked' && event.fault !== undefined,
  isKernelPart: ({ context }: Scene) => context.kernel !== undefined,
  /** The registry's other part of the session stays for the next registry, or its own data does. */
  mustKeep: ({ context, event }: Scene) =>
    (event.type === 'registry.ending' && event.isKept === true) ||
    (context.consumer === undefined && owesWriting(context)),
  wasRecorded: ({ context }: Scene, params: { state: RecordedState }) =>
    context.restoredState === params.state,
  /** A thread has no buffers, and should record now. */
  lacksBuffers: ({ context }: Scene) =>
    context.state === 'active' && context.unbuffered.threads.some(isWaiting),
  /** The CPUs of the kernel are no threads that could be looked for. */
  hasAbsent: ({ context }: Scene) => context.kernel === undefined && context.streams.some(isAbsent),
  takesNoConsumer: ({ context }: Scene) =>
    context.isFlightRecorder || context.consumer !== undefined,
  takesNoSnapshot: ({ context }: Scene) =>
    context.state === 'destroying' || context.snapshots.length >= SNAPSHOTS_MAX,
  isPinned: ({ context }: Scene) => isPinned(context),
  /** Memory is still being made, also for threads that have left meanwhile. */
  hasPending: ({ context }: Scene) => context.streams.some(({ memory }) => memory === undefined),
  hasNoConsumer: ({ context }: Scene) => context.consumer === undefined,
  /** The session has no consumer and needs none: it has no data to write, or the user abandons the data. */
  needsNoConsumer: ({ context }: Scene) =>
    context.consumer === undefined && (context.isAbandoned || !owesWriting(context)),
  /** It has an output by now, and was not told to finish yet. */
  owesFinish: ({ context: { place, output, consumer } }: Scene) =>
    !isOriginal(place, output) && consumer?.isOpen === true && consumer.isFinishing !== true,
  /** The clients that wait must start another consumer, or the users of the next registry must. */
  isGivenBack: ({ context }: Scene) =>
    context.consumer === undefined && (context.answering.length > 0 || context.isEnding),
  isUnwritten: ({ context }: Scene) => context.writing.unwritten !== undefined,
  /** What the consumer cannot write is kept. */
  keepsUnwritten: ({ context }: Scene) =>
    context.writing.unwritten !== undefined && !context.isAbandoned,
  isAbandoned: ({ context }: Scene) => context.isAbandoned,
  /** The user abandons what the buffers may hold. */
  givesUp: ({ context }: Scene) => context.isAbandoned && holdsData(context),
  isEveryoneDone: ({ context }: Scene) =>
    (context.kernel !== undefined || !context.streams.some(isAbsent)) &&
    context.apps.every(({ sent, applied, isLagging }) => isLagging || applied >= sent),
  isThisFlush: ({ context, event }: Scene) =>
    event.type === 'consumer.flushed' && event.token === context.flushToken,
};
