/** The parts that a supervisor's chart is made of: types, guards, actions, delays. */
import { setup } from 'xstate';
import { act, assign, emit, on } from '../../src/runtime/act.ts';
import { CONSUMERD_EXIT } from '../../src/wire/exit-status.ts';
import { consumerProgramOf } from '../../src/wire/launch.ts';
import type { ClientErrorCode } from '../client/plans/plan.ts';
import {
  closeOpened,
  connectAs,
  connectionGuards,
  disconnect,
  greet,
} from '../shared/registry-connection.ts';
import { answerOf, sendRequest } from '../shared/registry-requests.ts';
import {
  CONSUMER_REST_MS_MAX,
  CONSUMER_REST_MS_MIN,
  CONSUMERS_STARTED_MAX,
  type Emitted,
  SUPERVISOR_REJOINS_MAX,
  type SupervisorContext,
  type SupervisorInput,
  type SupervisorOutcome,
  supervisorActions,
} from './context.ts';
import type { SupervisorEvent } from './events.ts';

/** The key of the consumer that a request awaits: earlier consumers may end at any time. */
const consumerKey = (requestId: number): string => `consumer-${requestId}`;

export function failure(code: ClientErrorCode, reason: string): SupervisorOutcome {
  return { kind: 'failed', code, reason };
}

const registryActions = supervisorActions({
  connect: act((scene) => connectAs(scene, 'control.client')),
  greet: act((scene) => greet(scene)),
  disconnect: act((scene) => disconnect(scene)),
  closeOpened: on('wire.opened', (scene) => closeOpened(scene)),
  noteLook: assign(({ context }) => ({ looks: context.looks + 1 })),
  noteJoined: assign({ looks: 0 }),
  request: act(({ context, enqueue }, { op }: { op: 'consumer.watch' | 'consumer.await' }) =>
    sendRequest({ context, enqueue }, { op, session: context.sessionUuid }),
  ),
});

const consumerActions = supervisorActions({
  /** The registry says with the loss of which domain the session is. */
  noteDomain: assign(({ context, event }) => {
    const answer = answerOf(context, event);
    return answer?.type === 'failure' ? { domain: answer.domain } : {};
  }),
  spawnConsumer: act(({ context, enqueue }) => {
    enqueue.assign({
      consumersStarted: context.consumersStarted + 1,
      restMs: Math.min(CONSUMER_REST_MS_MAX, 2 * context.restMs),
    });
    enqueue.emit({
      type: 'process.spawn',
      key: consumerKey(context.requestId),
      program: consumerProgramOf(context.domain),
      args: [context.registry.scope, context.sessionUuid, '--log-file'],
      environment: context.environment,
      style: 'daemon',
    });
  }),
  calmDown: assign({ restMs: CONSUMER_REST_MS_MIN }),
  openWindow: assign({ consumersStarted: 0 }),
  logSpawned: emit(({ context }) => ({
    type: 'log.write',
    event: 'supervisor.consumerStarted',
    fields: { session: context.sessionUuid, 'consumers-started': context.consumersStarted },
  })),
  logFailed: emit(({ context }) => ({
    type: 'log.write',
    event: 'supervisor.consumerFailed',
    fields: {
      session: context.sessionUuid,
      'consumers-started': context.consumersStarted,
      'rest-ms': context.restMs,
    },
  })),
});

const endingActions = supervisorActions({
  conclude: assign((_, params: { outcome: SupervisorOutcome }) => params),
  concludeRefused: assign(({ context, event }) => {
    const answer = answerOf(context, event);
    return answer?.type === 'failure' ? { outcome: failure(answer.code, answer.reason) } : {};
  }),
  report: emit(({ context }) => ({ type: 'supervisor.done', outcome: context.outcome })),
});

export const supervisorSetup = setup({
  types: {
    context: {} as SupervisorContext,
    input: {} as SupervisorInput,
    events: {} as SupervisorEvent,
    emitted: {} as Emitted,
  },
  delays: { rest: ({ context }) => context.restMs },
  guards: {
    ...connectionGuards,
    isReply: ({ context, event }) => answerOf(context, event)?.type === 'reply',
    isFailure: ({ context, event }, params: { code?: string }) => {
      const answer = answerOf(context, event);
      return (
        answer?.type === 'failure' && (params.code === undefined || answer.code === params.code)
      );
    },
    /** Not when another consumer attached first, which the request can use. */
    hasConsumerFailed: ({ context, event }) =>
      event.type === 'process.ended' &&
      event.key === consumerKey(context.requestId) &&
      event.exit.code !== CONSUMERD_EXIT.hasAnother,
    isPatient: ({ context }) => context.looks < SUPERVISOR_REJOINS_MAX,
    isEnough: ({ context }) => context.consumersStarted >= CONSUMERS_STARTED_MAX,
  },
  actions: { ...registryActions, ...consumerActions, ...endingActions },
});
