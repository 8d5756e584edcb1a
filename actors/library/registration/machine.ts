/**
 * Registration of an application's library with one registry (R1.10 to R1.18): each application runs two of
 * these side by side, for the global and for its user's registry.
 *
 * ```
 *   probing ──socket of the right owner──▶ handshaking ──▶ registered
 *      ▲  └──none, or a stranger's──▶ waitingOnPipe ◀──refused, 10 s, lost──┘      │ closed
 *      │                              .resting ▶ .listening ◀──────────────────────┘
 *      └── any signal on the common pipe, or PIPE_WAIT_MS_MAX ──┘
 * ```
 * The wait on the common pipe is armed before the probe looks, so a registry that starts in between is not missed.
 * An endpoint that another user owns is never talked to: the file is checked before connecting and the kernel's
 * word about the listener after it, for the connection and for the gift alike.
 *
 * Anybody may signal the common pipe, and a registry may end each registration at once. So there is a rest before
 * the next probe, which grows while that goes on. And anybody may take the pipe away, or keep it from being
 * signalled, so a wait ends by itself after PIPE_WAIT_MS_MAX. Meanwhile the next registry may have ended a session: its
 * memory is gone then, which is looked for each GONE_MS_MAX of a rest.
 */
import { and } from 'xstate';
import { PIPE_WAIT_MS_MAX } from '../../../src/wire/endpoints.ts';
import { HANDSHAKE_MS_MAX, initialContext, STABLE_MS } from './context.ts';
import { registrationSetup } from './setup.ts';

export const registrationMachine = registrationSetup.createMachine({
  id: 'registration',
  initial: 'probing',
  context: ({ input }) => initialContext(input),
  on: {
    'pipe.signalled': { actions: 'noteSignal' },
    'pipe.failed': { actions: 'logNoPipe' },
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
          'changeUser',
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
      entry: ['beginAttempt', 'awaitPipe', 'inspectSocket'],
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
          entry: 'connect',
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
          entry: 'greet',
          on: {
            'wire.message': [
              { guard: 'isWelcome', target: 'givingChannel' },
              { target: '#registration.waitingOnPipe', actions: ['logRefusal', 'closeBoth'] },
            ],
          },
        },
        givingChannel: {
          entry: 'giveChannel',
          on: {
            'wire.given': { target: 'registering', actions: 'register' },
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
      entry: ['closeMain', 'unawaitPipe', 'adoptOwn', 'describe'],
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
        'tracer.applied': { actions: ['sayApplied', 'settle'] },
        'tracepoints.changed': { actions: 'describe' },
        'tracer.described': { actions: 'announce' },
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
          after: { [PIPE_WAIT_MS_MAX]: '#registration.probing' },
          on: { 'pipe.signalled': '#registration.probing' },
        },
      },
    },
    left: { type: 'final', entry: ['settle', 'unawaitPipe'] },
  },
});
