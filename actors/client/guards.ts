/** Questions on which the ways of a client part (`machine.ts`). */
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT, SESSIOND_EXIT } from '../../src/wire/exit-status.ts';
import {
  CHILD,
  type ClientContext,
  CONSUMER,
  candidateOf,
  connectionId,
  messageOf,
  SNAPSHOT,
  sessiondKey,
  TIMES_ASKED_AGAIN_MAX,
} from './context.ts';

interface Scene {
  readonly context: ClientContext;
  readonly event: EffectEvent;
}

export const guards = {
  isOwnersRegistry: ({ context, event }: Scene) =>
    event.type === 'wire.opened' &&
    event.connection === connectionId(context) &&
    event.peer.uid === candidateOf(context).ownerUid,
  isWelcome: ({ event }: Scene) => {
    const message = messageOf(event);
    return message?.type === 'welcome' && message.major === CONTROL_PROTOCOL_MAJOR;
  },
  isThisConnection: ({ context, event }: Scene) =>
    'connection' in event && event.connection === connectionId(context),
  isLastCandidate: ({ context }: Scene) => context.candidate + 1 >= context.candidates.length,
  canSpawn: ({ context }: Scene) =>
    context.candidate + 1 >= context.candidates.length && context.sessiond !== undefined,
  isAnswer: ({ context, event }: Scene) => {
    const message = messageOf(event);
    const isReply = message?.type === 'reply' || message?.type === 'failure';
    return isReply && message.id === context.requestId;
  },
  needsConsumer: ({ context, event }: Scene) => {
    const message = messageOf(event);
    return (
      // One that was brought and left again would leave the next time, too.
      !context.hasBrought &&
      message?.type === 'failure' &&
      message.id === context.requestId &&
      message.code === 'NO_CONSUMER' &&
      message.session !== undefined
    );
  },
  isChild: ({ event }: Scene) => 'key' in event && event.key === CHILD,
  isConsumer: ({ event }: Scene) => 'key' in event && event.key === CONSUMER,
  /**
   * One that ends well has done what there was to do, and the registry answers; somebody else's, brought at the same
   * time, will do as well.
   */
  hasConsumerFailed: ({ event }: Scene) =>
    event.type === 'process.ended' &&
    event.key === CONSUMER &&
    event.exit.code !== 0 &&
    event.exit.code !== CONSUMERD_EXIT.hasAnother,
  hasFailedToStart: ({ context, event }: Scene) =>
    event.type === 'process.ended' &&
    event.key === sessiondKey(context) &&
    event.exit.code !== SESSIOND_EXIT.alreadyRunning,
  isRequest: ({ context }: Scene) => context.step?.kind === 'request',
  isRest: ({ context }: Scene) => context.step?.kind === 'rest',
  isRun: ({ context }: Scene) => context.step?.kind === 'run',
  isSnapshot: ({ context }: Scene) => context.step?.kind === 'snapshot',
  isSnapshotEnd: ({ event }: Scene) => 'key' in event && event.key === SNAPSHOT,
  hasStep: ({ context }: Scene) => context.step !== undefined,
  isOver: ({ context }: Scene) => context.step === undefined,
  isInterrupted: ({ context }: Scene) => context.isInterrupted,
  isAskedAgain: ({ context, event }: Scene) =>
    'connection' in event &&
    event.connection === connectionId(context) &&
    context.step?.kind === 'request' &&
    context.step.isAskedAgain === true &&
    context.timesAskedAgain < TIMES_ASKED_AGAIN_MAX,
  isLost: ({ context }: Scene) => !context.isConnected,
};
