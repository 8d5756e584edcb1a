/** The guards of a client's chart (`machine.ts`). */
import { CONSUMERD_EXIT, SESSIOND_EXIT } from '../../src/wire/exit-status.ts';
import { connectionGuards } from '../shared/registry-connection.ts';
import { answerOf } from '../shared/registry-requests.ts';
import {
  CHILD,
  type ClientScene,
  CONSUMER,
  SNAPSHOT,
  sessiondKey,
  TIMES_ASKED_AGAIN_MAX,
} from './context.ts';

type Scene = Pick<ClientScene, 'context' | 'event'>;

export const guards = {
  isLastCandidate: ({ context }: Scene) => context.nextCandidates.length === 0,
  canSpawn: ({ context }: Scene) =>
    context.nextCandidates.length === 0 && context.sessiond !== undefined,
  isAnswer: ({ context, event }: Scene) => answerOf(context, event) !== undefined,
  isRefusal: ({ context, event }: Scene) => answerOf(context, event)?.type === 'failure',
  needsConsumer: ({ context, event }: Scene) => {
    const answer = answerOf(context, event);
    return (
      // If the consumer of this step has left already, another one would leave too.
      !context.hasSpawnedConsumer &&
      answer?.type === 'failure' &&
      answer.code === 'NO_CONSUMER' &&
      answer.session !== undefined
    );
  },
  isChild: ({ event }: Scene) => 'key' in event && event.key === CHILD,
  isConsumer: ({ event }: Scene) => 'key' in event && event.key === CONSUMER,
  /**
   * A consumer that ends with status 0 has finished its work, and the registry answers. If another client's consumer
   * attached first, the request can use it.
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
  /** A second signal that asks us to end at once. */
  isInsisted: ({ context, event }: Scene) =>
    context.isInterrupted && event.type === 'process.signalled' && event.signal !== 'SIGHUP',
  isAskedAgain: ({ context, event }: Scene) =>
    connectionGuards.isThisConnection({ context, event }) &&
    context.step?.kind === 'request' &&
    context.step.isAskedAgain === true &&
    context.timesAskedAgain < TIMES_ASKED_AGAIN_MAX,
  isLost: ({ context }: Scene) => !context.isConnected,
};
