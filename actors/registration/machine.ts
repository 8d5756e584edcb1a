/**
 * Registration of an application's library with one registry (R1.10 to R1.18): each application runs two of
 * these side by side, for the global and for its user's registry.
 *
 * ```
 *   probing ──socket of the right owner──▶ handshaking ──▶ registered
 *      ▲  └──none, or a stranger's──▶ waitingOnPipe ◀──refused, 10 s, lost──┘      │ closed
 *      └────────────── any signal on the common pipe ◀──────┘◀────────────────────┘
 * ```
 * The wait on the common pipe is armed before the probe looks, so a registry that starts in between is not missed.
 * An endpoint that another user owns is never talked to: the file is checked before connecting and the kernel's
 * word about the listener after it.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import { assert } from '../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../src/effects/types.ts';
import { APP_PROTOCOL_MAJOR, type StateMessage } from '../../src/wire/app/messages.ts';
import { COMMON_PIPE_MODE, type RegistryScope } from '../programs/places.ts';

export interface RegistrationInput {
  readonly scope: RegistryScope;
  /** The registry's application socket. */
  readonly socketPath: string;
  /** Only a registry of this user is talked to (R1.12). */
  readonly ownerUid: number;
  readonly pipePath: string;
  readonly processName: string;
  readonly tid: number;
  readonly sessionUuid?: string;
}

export interface RegistrationContext extends RegistrationInput {
  readonly signalled: boolean;
  readonly settled: boolean;
  readonly attempt: number;
}

export type RegistrationEvent =
  | EffectEvent
  /** The application defined tracepoints since the last announcement. */
  | { type: 'tracepoints.changed' };

/** R1.14: a registry that does not get through the handshake in this time is cut off. */
export const HANDSHAKE_MS_MAX = 10_000;

type Message = { type: string } & Record<string, unknown>;

function messageOf(event: RegistrationEvent): Message | undefined {
  return event.type === 'wire.message' ? (event.message as Message) : undefined;
}

function reasonOf(event: RegistrationEvent): string {
  const reason = messageOf(event)?.['reason'];
  return typeof reason === 'string' ? reason : '';
}

const main = (context: RegistrationContext): string => `${context.scope}-main-${context.attempt}`;
const own = (context: RegistrationContext): string => `${context.scope}-own-${context.attempt}`;

export const registrationMachine = setup({
  types: {
    context: {} as RegistrationContext,
    input: {} as RegistrationInput,
    events: {} as RegistrationEvent,
    emitted: {} as Effect,
  },
  guards: {
    isOursToTrust: ({ context, event }) =>
      event.type === 'file.inspected' &&
      event.info?.kind === 'socket' &&
      event.info.uid === context.ownerUid,
    isExpectedPeer: ({ context, event }) =>
      event.type === 'wire.opened' && event.peer.uid === context.ownerUid,
    isMessage: ({ event }, params: { type: string }) => messageOf(event)?.type === params.type,
    isOwnChannel: ({ context, event }) =>
      'connection' in event && event.connection === own(context),
    /** Not a late word about a connection of an attempt that is over. */
    isOfThisAttempt: ({ context, event }) =>
      'connection' in event && [main(context), own(context)].includes(event.connection),
    wasSignalled: ({ context }) => context.signalled,
  },
  actions: {
    noteSignal: assign({ signalled: true }),
    awaitPipe: emit(({ context }) => ({
      type: 'pipe.await' as const,
      path: context.pipePath,
      mode: COMMON_PIPE_MODE,
    })),
    inspectSocket: emit(({ context }) => ({
      type: 'file.inspect' as const,
      path: context.socketPath,
    })),
    settle: enqueueActions(({ context, enqueue }) => {
      if (context.settled) return;
      enqueue.assign({ settled: true });
      enqueue.sendParent({ type: 'registration.settled', scope: context.scope });
    }),
    logRefusal: emit(({ context, event }) => ({
      type: 'log.write' as const,
      level: 'warn' as const,
      message: 'Registry refused this application',
      fields: { scope: context.scope, reason: reasonOf(event) },
    })),
    applyState: emit(({ context, event }) => {
      const message = messageOf(event);
      assert(message?.type === 'state', 'pre:registration.applyState:is-state');
      return {
        type: 'tracer.apply' as const,
        scope: context.scope,
        state: message as unknown as StateMessage,
      };
    }),
    describe: emit(({ context }) => ({ type: 'tracer.describe' as const, scope: context.scope })),
    closeBoth: enqueueActions(({ context, enqueue }) => {
      enqueue.emit({ type: 'wire.close', connection: main(context) });
      enqueue.emit({ type: 'wire.close', connection: own(context) });
    }),
  },
}).createMachine({
  id: 'registration',
  initial: 'probing',
  context: ({ input }) => ({ ...input, signalled: false, settled: false, attempt: 0 }),
  on: {
    'pipe.signalled': { actions: 'noteSignal' },
    'pipe.failed': {
      actions: emit(({ event }) => ({
        type: 'log.write' as const,
        level: 'warn' as const,
        message: 'Cannot wait for a registry on the common pipe',
        fields: { path: event.path, code: event.error.code },
      })),
    },
    'tracepoints.changed': {},
    // What arrives for a connection of an attempt that is over.
    'wire.closed': {},
    'wire.message': {},
    'wire.opened': {
      actions: emit(({ event }) => ({ type: 'wire.close' as const, connection: event.connection })),
    },
    'wire.openFailed': {},
    'wire.given': {},
    'wire.giveFailed': {},
  },
  states: {
    probing: {
      entry: [
        assign({ signalled: false, attempt: ({ context }) => context.attempt + 1 }),
        'awaitPipe',
        'inspectSocket',
      ],
      on: {
        'file.inspected': [
          { guard: 'isOursToTrust', target: 'handshaking' },
          { target: 'waitingOnPipe' },
        ],
      },
    },
    handshaking: {
      initial: 'connecting',
      after: { [HANDSHAKE_MS_MAX]: { target: 'waitingOnPipe', actions: 'closeBoth' } },
      on: {
        'wire.closed': { guard: 'isOfThisAttempt', target: 'waitingOnPipe', actions: 'closeBoth' },
        'wire.openFailed': { guard: 'isOfThisAttempt', target: 'waitingOnPipe' },
        'wire.giveFailed': {
          guard: 'isOfThisAttempt',
          target: 'waitingOnPipe',
          actions: 'closeBoth',
        },
      },
      states: {
        connecting: {
          entry: emit(({ context }) => ({
            type: 'wire.open' as const,
            connection: main(context),
            path: context.socketPath,
          })),
          on: {
            'wire.opened': [
              { guard: 'isExpectedPeer', target: 'negotiatingVersion' },
              { target: '#registration.waitingOnPipe', actions: 'closeBoth' },
            ],
          },
        },
        negotiatingVersion: {
          entry: [
            emit(({ context }) => ({
              type: 'wire.adopt' as const,
              connection: main(context),
              protocol: 'app.library' as const,
            })),
            emit(({ context }) => ({
              type: 'wire.send' as const,
              connection: main(context),
              message: { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 },
            })),
          ],
          on: {
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'welcome' } },
                target: 'givingChannel',
              },
              { target: '#registration.waitingOnPipe', actions: ['logRefusal', 'closeBoth'] },
            ],
          },
        },
        givingChannel: {
          entry: emit(({ context }) => ({
            type: 'wire.pair' as const,
            connection: own(context),
            path: context.socketPath,
          })),
          on: {
            'wire.given': {
              target: 'registering',
              actions: emit(({ context, event }) => ({
                type: 'wire.send' as const,
                connection: main(context),
                message: {
                  type: 'register',
                  token: event.token,
                  processName: context.processName,
                  tid: context.tid,
                  ...(context.sessionUuid === undefined
                    ? {}
                    : { sessionUuid: context.sessionUuid }),
                },
              })),
            },
          },
        },
        registering: {
          on: {
            'wire.message': [
              {
                guard: { type: 'isMessage', params: { type: 'registered' } },
                target: '#registration.registered',
              },
              { target: '#registration.waitingOnPipe', actions: ['logRefusal', 'closeBoth'] },
            ],
          },
        },
      },
    },
    registered: {
      entry: [
        emit(({ context }) => ({ type: 'wire.close' as const, connection: main(context) })),
        emit(({ context }) => ({ type: 'pipe.unawait' as const, path: context.pipePath })),
        emit(({ context }) => ({
          type: 'wire.adopt' as const,
          connection: own(context),
          protocol: 'channel.library' as const,
        })),
        'describe',
      ],
      on: {
        'wire.message': { guard: 'isOwnChannel', actions: 'applyState' },
        'tracer.applied': {
          actions: [
            emit(({ context, event }) => ({
              type: 'wire.send' as const,
              connection: own(context),
              message: { type: 'applied', revision: event.revision },
            })),
            'settle',
          ],
        },
        'tracepoints.changed': { actions: 'describe' },
        'tracer.described': {
          actions: emit(({ context, event }) => ({
            type: 'wire.send' as const,
            connection: own(context),
            message: { type: 'tracepoints', defined: event.defined },
          })),
        },
        'wire.closed': {
          guard: 'isOwnChannel',
          target: 'probing',
          actions: emit(({ context }) => ({
            type: 'tracer.detach' as const,
            scope: context.scope,
          })),
        },
      },
    },
    waitingOnPipe: {
      entry: 'settle',
      always: { guard: 'wasSignalled', target: 'probing' },
      on: { 'pipe.signalled': 'probing' },
    },
  },
});
