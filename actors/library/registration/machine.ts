/**
 * Registration of an application's library with one registry (R1.10 to R1.18): each application runs two of
 * these side by side, for the global and for its user's registry.
 *
 * ```
 *   probing ──socket of the right owner──▶ handshaking ──▶ registered
 *      ▲  └──none, or a stranger's──▶ waitingOnPipe ◀──refused, 10 s, lost──┘      │ closed
 *      │                              .resting ▶ .listening ◀──────────────────────┘
 *      └── any signal on the common pipe, or RELOOK_MS ──┘
 * ```
 * The wait on the common pipe is armed before the probe looks, so a registry that starts in between is not missed.
 * An endpoint that another user owns is never talked to: the file is checked before connecting and the kernel's
 * word about the listener after it, for the connection and for the gift alike.
 *
 * Anybody may signal the common pipe, and a registry may end each registration at once. So there is a rest before
 * the next probe, which grows while that goes on. And anybody may take the pipe away, or keep it from being
 * signalled, so a wait ends by itself after RELOOK_MS. Meanwhile the next registry may have ended a session: its
 * memory is gone then, which is looked for each GONE_MS_MAX of a rest.
 */
import { and, setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, assign, emit } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { COMMON_PIPE_MODE, RELOOK_MS } from '../../../src/wire/endpoints.ts';
import { LIST_ENTRIES_MAX } from '../../../src/wire/limits.ts';
import type { ApplicationEvent, RegistrationEvent, RegistrationInput } from '../messages.ts';
import {
  GONE_MS_MAX,
  HANDSHAKE_MS_MAX,
  initialContext,
  main,
  messageOf,
  own,
  REST_MS_MAX,
  REST_MS_MIN,
  type RegistrationContext,
  reasonOf,
  STABLE_MS,
  stateOf,
} from './context.ts';

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
      event.type === 'wire.opened' &&
      event.connection === main(context) &&
      event.peer.uid === context.ownerUid,
    isWelcome: ({ event }) => {
      const message = messageOf(event);
      return message?.type === 'welcome' && message['major'] === APP_PROTOCOL_MAJOR;
    },
    isRegistered: ({ event }) => messageOf(event)?.type === 'registered',
    /** So many connect at this moment that it takes no more: nobody was talked to. */
    isCrowded: ({ event }) => 'error' in event && event.error?.code === 'EAGAIN',
    isOwnChannel: ({ context, event }) =>
      'connection' in event && event.connection === own(context),
    /** Not a late word about a connection of an attempt that is over. */
    isOfThisAttempt: ({ context, event }) =>
      'connection' in event && [main(context), own(context)].includes(event.connection),
    isEndless: ({ context, event }) =>
      context.portions.length + (stateOf(event)?.sessions.length ?? 0) > LIST_ENTRIES_MAX,
    goesOn: ({ event }) => stateOf(event)?.more === true,
    wasSignalled: ({ context }) => context.signalled,
    restsOn: ({ context }) => context.restLeftMs > GONE_MS_MAX,
  },
  actions: {
    noteSignal: assign({ signalled: true }),
    rest: assign(({ context }) => ({ restLeftMs: context.restMs })),
    restOn: assign(({ context }) => ({ restLeftMs: context.restLeftMs - GONE_MS_MAX })),
    restLonger: assign(({ context: { restMs } }) => ({
      restMs: Math.min(2 * restMs, REST_MS_MAX),
    })),
    restShortest: assign({ restMs: REST_MS_MIN }),
    // Afresh, since the file at the path may be another one by now.
    awaitPipe: act(({ context: { pipePath }, enqueue }) => {
      enqueue.emit({ type: 'pipe.unawait', path: pipePath });
      enqueue.emit({ type: 'pipe.await', path: pipePath, mode: COMMON_PIPE_MODE });
    }),
    inspectSocket: emit(({ context }) => ({
      type: 'file.inspect' as const,
      path: context.socketPath,
    })),
    settle: act(({ context, enqueue }) => {
      if (context.settled) return;
      enqueue.assign({ settled: true });
      const { application, scope } = context;
      tell<ApplicationEvent>(enqueue, application, { type: 'registration.settled', scope });
    }),
    logRefusal: emit(({ context, event }) => ({
      type: 'log.write' as const,
      level: 'warn' as const,
      message: 'Not registered: versions or manners differ',
      fields: { scope: context.scope, reason: reasonOf(event) },
    })),
    keepPortion: assign(({ context, event }) => ({
      portions: [...context.portions, ...(stateOf(event)?.sessions ?? [])],
    })),
    applyState: act(({ context, event, enqueue }) => {
      const message = stateOf(event);
      assert(message !== undefined, 'pre:registration.applyState:is-state');
      const sessions = [...context.portions, ...message.sessions];
      enqueue.assign({ portions: [] });
      enqueue.emit({ type: 'tracer.apply', scope: context.scope, state: { ...message, sessions } });
    }),
    // Before the registry hears of the end: its last look at the buffers must find everything.
    releaseStreams: emit(({ context }) => ({
      type: 'tracer.apply' as const,
      scope: context.scope,
      state: { type: 'state' as const, revision: 0, sessions: [] },
    })),
    unawaitPipe: emit(({ context }) => ({ type: 'pipe.unawait' as const, path: context.pipePath })),
    detach: emit(({ context }) => ({ type: 'tracer.detach' as const, scope: context.scope })),
    logEndless: emit(({ context }) => ({
      type: 'log.write' as const,
      level: 'warn' as const,
      message: 'Registration ended: the registry wants more sessions than there can be',
      fields: { scope: context.scope, 'sessions-max': LIST_ENTRIES_MAX },
    })),
    closeOpened: emit(({ event }) => {
      assert(event.type === 'wire.opened', 'pre:registration.closeOpened:is-opened');
      return { type: 'wire.close' as const, connection: event.connection };
    }),
    describe: emit(({ context }) => ({ type: 'tracer.describe' as const, scope: context.scope })),
    logStranger: emit(({ context, event }) => ({
      type: 'log.write' as const,
      level: 'warn' as const,
      message: 'Not registered: the socket is not of the right owner',
      fields: {
        scope: context.scope,
        path: context.socketPath,
        'owner-uid': context.ownerUid,
        'found-uid': event.type === 'wire.opened' ? event.peer.uid : undefined,
      },
    })),
    sayLeaving: emit(({ context }) => ({
      type: 'wire.send' as const,
      connection: own(context),
      message: { type: 'leaving' },
    })),
    closeBoth: act(({ context, enqueue }) => {
      enqueue.emit({ type: 'wire.close', connection: main(context) });
      enqueue.emit({ type: 'wire.close', connection: own(context) });
    }),
  },
  delays: { rest: ({ context }) => Math.min(context.restLeftMs, GONE_MS_MAX) },
}).createMachine({
  id: 'registration',
  initial: 'probing',
  context: ({ input }) => initialContext(input),
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
    // Registered is who we were (R1.15): that ends, and begins anew with the credentials of now.
    'user.changed': [
      {
        guard: ({ event }) => event.registration === undefined,
        target: '.left',
        actions: ['releaseStreams', 'detach', 'sayLeaving', 'closeBoth'],
      },
      {
        target: '.waitingOnPipe',
        actions: [
          'releaseStreams',
          'detach',
          'sayLeaving',
          'closeBoth',
          assign(({ event }) => ({ ...event.registration })),
          'noteSignal',
        ],
      },
    ],
    'tracer.applied': {},
    'tracer.described': {},
    // What arrives for a connection of an attempt that is over.
    'wire.closed': {},
    'wire.message': {},
    'wire.opened': { actions: 'closeOpened' },
    'wire.openFailed': {},
    'wire.given': {},
    'wire.giveFailed': {},
  },
  states: {
    probing: {
      entry: [
        assign(({ context }) => ({
          signalled: false,
          portions: [],
          attempt: context.attempt + 1,
        })),
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
        'wire.openFailed': [
          {
            guard: and(['isOfThisAttempt', 'isCrowded']),
            target: 'waitingOnPipe',
            actions: 'noteSignal',
          },
          { guard: 'isOfThisAttempt', target: 'waitingOnPipe' },
        ],
        'wire.giveFailed': [
          {
            guard: and(['isOfThisAttempt', 'isCrowded']),
            target: 'waitingOnPipe',
            actions: ['noteSignal', 'closeBoth'],
          },
          { guard: 'isOfThisAttempt', target: 'waitingOnPipe', actions: 'closeBoth' },
        ],
      },
      states: {
        connecting: {
          entry: emit(({ context }) => ({
            type: 'wire.open' as const,
            connection: main(context),
            path: context.socketPath,
            protocol: 'app.library' as const,
          })),
          on: {
            'wire.opened': [
              { guard: 'isExpectedPeer', target: 'negotiatingVersion' },
              {
                guard: 'isOfThisAttempt',
                target: '#registration.waitingOnPipe',
                actions: ['logStranger', 'closeBoth'],
              },
              { actions: 'closeOpened' },
            ],
          },
        },
        negotiatingVersion: {
          entry: [
            emit(({ context }) => ({
              type: 'wire.adopt' as const,
              connection: main(context),
            })),
            emit(({ context }) => ({
              type: 'wire.send' as const,
              connection: main(context),
              message: {
                type: 'hello',
                major: APP_PROTOCOL_MAJOR,
                minor: 0,
              },
            })),
          ],
          on: {
            'wire.message': [
              { guard: 'isWelcome', target: 'givingChannel' },
              { target: '#registration.waitingOnPipe', actions: ['logRefusal', 'closeBoth'] },
            ],
          },
        },
        givingChannel: {
          entry: emit(({ context }) => ({
            type: 'wire.give' as const,
            connection: own(context),
            path: context.socketPath,
            toUid: context.ownerUid,
            protocol: 'channel.library' as const,
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
                  incarnation: context.incarnation,
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
              { guard: 'isRegistered', target: '#registration.registered' },
              { target: '#registration.waitingOnPipe', actions: ['logRefusal', 'closeBoth'] },
            ],
          },
        },
      },
    },
    registered: {
      entry: [
        emit(({ context }) => ({ type: 'wire.close' as const, connection: main(context) })),
        'unawaitPipe',
        emit(({ context }) => ({
          type: 'wire.adopt' as const,
          connection: own(context),
        })),
        'describe',
      ],
      after: { [STABLE_MS]: { actions: 'restShortest' } },
      on: {
        'wire.message': [
          {
            guard: and(['isOwnChannel', 'isEndless']),
            target: 'waitingOnPipe',
            actions: ['logEndless', 'detach', 'closeBoth'],
          },
          { guard: and(['isOwnChannel', 'goesOn']), actions: 'keepPortion' },
          { guard: 'isOwnChannel', actions: 'applyState' },
        ],
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
          target: 'waitingOnPipe',
          actions: ['detach', 'noteSignal'],
        },
      },
    },
    waitingOnPipe: {
      entry: ['settle', 'rest'],
      initial: 'resting',
      states: {
        resting: {
          after: {
            rest: [
              {
                guard: 'restsOn',
                target: 'resting',
                reenter: true,
                actions: ['restOn', 'detach'],
              },
              { guard: 'wasSignalled', target: '#registration.probing', actions: 'restLonger' },
              { target: 'listening', actions: 'restShortest' },
            ],
          },
        },
        // Nobody is there. A registry may have come and gone while we hung, and taken memory along.
        listening: {
          entry: 'detach',
          after: { [RELOOK_MS]: '#registration.probing' },
          on: { 'pipe.signalled': '#registration.probing' },
        },
      },
    },
    left: { type: 'final', entry: ['settle', 'unawaitPipe'] },
  },
});
