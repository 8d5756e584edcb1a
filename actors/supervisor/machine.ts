/**
 * `lttng consume --supervise`: keeps a session consumed without anybody typing a command. Root of its process.
 *
 * ```
 *   joining: connecting ▶ greeting ──▶ watching ──lost──▶ resting ▶ bringing ──▶ watching … ▶ ended
 *      ▲                                   │ registry lost                  session gone, too many, signal
 *      └──────────── RELOOK_MS ◀── away ◀──┘
 * ```
 * It asks the registry to say when the consumer is lost, and brings another one, with the user's credentials and
 * after a rest that doubles from time to time. A consumer that somebody stopped on purpose is not missed.
 */
import { setup } from 'xstate';
import type { Effect, EffectEvent } from '../../src/effects/contract/effects.ts';
import { act, assign, emit } from '../../src/runtime/act.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type Operation,
  type ToClient,
} from '../../src/wire/control/messages.ts';
import type { RegistryScope } from '../../src/wire/endpoints.ts';
import { CONSUMERD_EXIT } from '../../src/wire/exit-status.ts';
import { CONSUMER_PROGRAM } from '../../src/wire/launch.ts';
import type { ClientErrorCode } from '../client/plans/plan.ts';

export interface SupervisorInput {
  readonly scope: RegistryScope;
  readonly registryPath: string;
  /** Only a registry of this user is talked to. */
  readonly registryUid: number;
  readonly sessionUuid: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface SupervisorContext extends SupervisorInput {
  /** Connections made so far; the last one counts. */
  readonly attempts: number;
  readonly requestId: number;
  /** Looks for a registry since the last one was lost. */
  readonly looks: number;
  /** Rest before the next consumer, milliseconds. */
  readonly restMs: number;
  /** Consumers brought in the present window. */
  readonly brought: number;
  readonly outcome: SupervisorOutcome;
}

/** Why supervision ended. */
export type SupervisorOutcome =
  /** The session is gone, or somebody ended us. */
  | { readonly kind: 'over'; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: ClientErrorCode; readonly reason: string };

/** What the supervisor tells its program. */
export type SupervisorEffect = { type: 'supervisor.done'; outcome: SupervisorOutcome };

/** How long a registry may take to greet, and a consumer to write. */
const ANSWER_MS_MAX = 15_000;
/** How often a registry that is gone is looked for, and how many times. */
export const RELOOK_MS = 1000;
export const LOOKS_MAX = 600;
/** The rest before another consumer is brought: it doubles until one has lived for CALM_MS. */
export const REST_MS_MIN = 100;
export const REST_MS_MAX = 30_000;
export const CALM_MS = 60_000;
/** So many consumers within WINDOW_MS are enough: whatever kills them will not go away by itself. */
export const BROUGHT_MAX = 20;
export const WINDOW_MS = 600_000;

const connectionId = ({ attempts }: Pick<SupervisorContext, 'attempts'>): string =>
  `supervised-${attempts}`;

/** Names the consumer that a request awaits: the ends of earlier ones come at any time. */
const consumerKey = (requestId: number): string => `consumer-${requestId}`;

function messageOf(context: SupervisorContext, event: EffectEvent): ToClient | undefined {
  return event.type === 'wire.message' && event.connection === connectionId(context)
    ? (event.message as ToClient)
    : undefined;
}

/** The answer to the last request. */
function answerOf(
  context: SupervisorContext,
  event: EffectEvent,
): Extract<ToClient, { type: 'reply' | 'failure' }> | undefined {
  const message = messageOf(context, event);
  const isAnswer = message?.type === 'reply' || message?.type === 'failure';
  return isAnswer && message.id === context.requestId ? message : undefined;
}

function failure(code: ClientErrorCode, reason: string): SupervisorOutcome {
  return { kind: 'failed', code, reason };
}

export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    input: {} as SupervisorInput,
    events: {} as EffectEvent,
    emitted: {} as Effect | SupervisorEffect,
  },
  delays: { rest: ({ context }) => context.restMs },
  guards: {
    isPresent: ({ context, event }) =>
      'connection' in event && event.connection === connectionId(context),
    isOwnersRegistry: ({ context, event }) =>
      event.type === 'wire.opened' &&
      event.connection === connectionId(context) &&
      event.peer.uid === context.registryUid,
    isWelcome: ({ context, event }) => {
      const message = messageOf(context, event);
      return message?.type === 'welcome' && message.major === CONTROL_PROTOCOL_MAJOR;
    },
    isReply: ({ context, event }) => answerOf(context, event)?.type === 'reply',
    isFailure: ({ context, event }, params: { code?: string }) => {
      const answer = answerOf(context, event);
      return (
        answer?.type === 'failure' && (params.code === undefined || answer.code === params.code)
      );
    },
    /** Somebody else has brought one at the same time, which will do. */
    hasConsumerFailed: ({ context, event }) =>
      event.type === 'process.ended' &&
      event.key === consumerKey(context.requestId) &&
      event.exit.code !== CONSUMERD_EXIT.hasAnother,
    isPatient: ({ context }) => context.looks < LOOKS_MAX,
    isEnough: ({ context }) => context.brought >= BROUGHT_MAX,
  },
  actions: {
    connect: act(({ context, enqueue }) => {
      const attempts = context.attempts + 1;
      enqueue.assign({ attempts });
      const connection = connectionId({ attempts });
      enqueue.emit({
        type: 'wire.open',
        connection,
        path: context.registryPath,
        protocol: 'control.client',
      });
    }),
    disconnect: emit(({ context }) => ({
      type: 'wire.close' as const,
      connection: connectionId(context),
    })),
    /** A connection that comes when nobody waits for it any more. */
    closeOpened: emit(({ event }) => ({
      type: 'wire.close' as const,
      connection: 'connection' in event ? event.connection : '',
    })),
    greet: act(({ context, enqueue }) => {
      const connection = connectionId(context);
      enqueue.emit({ type: 'wire.adopt', connection });
      const message = { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 };
      enqueue.emit({ type: 'wire.send', connection, message });
    }),
    request: act(({ context, enqueue }, params: { op: 'consumer.watch' | 'consumer.await' }) => {
      const id = context.requestId + 1;
      enqueue.assign({ requestId: id });
      const operation: Operation = { op: params.op, session: context.sessionUuid };
      const message = { type: 'request', id, operation };
      enqueue.emit({ type: 'wire.send', connection: connectionId(context), message });
    }),
    bring: act(({ context, enqueue }) => {
      enqueue.assign({
        brought: context.brought + 1,
        restMs: Math.min(REST_MS_MAX, 2 * context.restMs),
      });
      enqueue.emit({
        type: 'process.spawn',
        key: consumerKey(context.requestId),
        program: CONSUMER_PROGRAM,
        args: [context.scope, context.sessionUuid, '--log-file'],
        environment: context.environment,
        style: 'daemon',
      });
    }),
    noteLook: assign(({ context }) => ({ looks: context.looks + 1 })),
    noteJoined: assign({ looks: 0 }),
    calmDown: assign({ restMs: REST_MS_MIN }),
    openWindow: assign({ brought: 0 }),
    conclude: assign((_, params: { outcome: SupervisorOutcome }) => params),
    concludeRefused: assign(({ context, event }) => {
      const answer = answerOf(context, event);
      return answer?.type === 'failure' ? { outcome: failure(answer.code, answer.reason) } : {};
    }),
    logBrought: emit(({ context }) => ({
      type: 'log.write' as const,
      level: 'info' as const,
      message: 'Brought another consumer',
      fields: { session: context.sessionUuid, brought: context.brought },
    })),
    logFailed: emit(({ context }) => ({
      type: 'log.write' as const,
      level: 'warn' as const,
      message: 'Could not bring a consumer: tries again',
      fields: { session: context.sessionUuid, brought: context.brought, 'rest-ms': context.restMs },
    })),
    report: emit(({ context }) => ({
      type: 'supervisor.done' as const,
      outcome: context.outcome,
    })),
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input }) => ({
    attempts: 0,
    requestId: 0,
    looks: 0,
    restMs: REST_MS_MIN,
    brought: 0,
    outcome: { kind: 'over', reason: 'interrupted' },
    ...input,
  }),
  type: 'parallel',
  // What comes late or is nobody's concern any more.
  on: {
    'wire.message': {},
    'wire.closed': {},
    'wire.openFailed': {},
    'wire.opened': { actions: 'closeOpened' },
    'process.spawned': {},
    'process.spawnFailed': {},
    'process.ended': {},
  },
  states: {
    window: {
      initial: 'open',
      states: {
        open: { after: { [WINDOW_MS]: { target: 'open', reenter: true, actions: 'openWindow' } } },
      },
    },
    supervising: {
      initial: 'joining',
      on: { 'process.signalled': '.ended' },
      states: {
        joining: {
          initial: 'connecting',
          after: { [ANSWER_MS_MAX]: 'away' },
          on: {
            'wire.closed': { guard: 'isPresent', target: 'away' },
            'wire.openFailed': { guard: 'isPresent', target: 'away' },
          },
          states: {
            connecting: {
              entry: 'connect',
              on: {
                'wire.opened': [
                  { guard: 'isOwnersRegistry', target: 'greeting' },
                  { guard: 'isPresent', target: '#supervisor.supervising.away' },
                ],
              },
            },
            greeting: {
              entry: 'greet',
              on: {
                'wire.message': [
                  {
                    guard: 'isWelcome',
                    target: '#supervisor.supervising.joined',
                    actions: 'noteJoined',
                  },
                  { guard: 'isPresent', target: '#supervisor.supervising.away' },
                ],
              },
            },
          },
        },
        away: {
          entry: ['disconnect', 'noteLook'],
          after: {
            [RELOOK_MS]: [
              { guard: 'isPatient', target: 'joining' },
              {
                target: 'ended',
                actions: {
                  type: 'conclude',
                  params: {
                    outcome: failure('REGISTRY_LOST', 'The registry went away and stays away'),
                  },
                },
              },
            ],
          },
        },
        joined: {
          initial: 'watching',
          on: { 'wire.closed': { guard: 'isPresent', target: 'away' } },
          states: {
            watching: {
              entry: { type: 'request', params: { op: 'consumer.watch' } },
              after: { [CALM_MS]: { actions: 'calmDown' } },
              on: {
                'wire.message': [
                  {
                    guard: { type: 'isFailure', params: { code: 'NO_CONSUMER' } },
                    target: 'resting',
                  },
                  {
                    guard: { type: 'isFailure', params: { code: 'NO_SESSION' } },
                    target: '#supervisor.supervising.ended',
                    actions: {
                      type: 'conclude',
                      params: { outcome: { kind: 'over', reason: 'the session is gone' } },
                    },
                  },
                  {
                    guard: { type: 'isFailure', params: {} },
                    target: '#supervisor.supervising.ended',
                    actions: 'concludeRefused',
                  },
                ],
              },
            },
            resting: {
              always: {
                guard: 'isEnough',
                target: '#supervisor.supervising.ended',
                actions: {
                  type: 'conclude',
                  params: {
                    outcome: failure(
                      'CONSUMER_FAILED',
                      `${BROUGHT_MAX} consumers were lost within ${WINDOW_MS / 60_000} minutes; their log says why`,
                    ),
                  },
                },
              },
              after: { rest: 'bringing' },
            },
            bringing: {
              entry: [{ type: 'request', params: { op: 'consumer.await' } }, 'bring'],
              after: { [ANSWER_MS_MAX]: { target: 'watching', actions: 'logFailed' } },
              on: {
                'wire.message': [
                  { guard: 'isReply', target: 'watching', actions: 'logBrought' },
                  // Whether the session is there at all is said to whoever watches it.
                  {
                    guard: { type: 'isFailure', params: {} },
                    target: 'watching',
                    actions: 'logFailed',
                  },
                ],
                'process.spawnFailed': { target: 'watching', actions: 'logFailed' },
                'process.ended': {
                  guard: 'hasConsumerFailed',
                  target: 'watching',
                  actions: 'logFailed',
                },
              },
            },
          },
        },
        ended: { entry: ['disconnect', 'report'], on: { 'process.signalled': {} } },
      },
    },
  },
});
