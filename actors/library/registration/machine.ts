/**
 * Registration of an application's library with one registry (R1.10 to R1.18): each application runs two in parallel,
 * with the global and with its user's registry.
 *
 * ```
 *   probing ──socket of the right owner──▶ handshaking ──▶ registered.unidentified ▶ identified
 *      ▲  └──none, or another's─────▶ waitingOnPipe ◀──refused, 10 s, lost──┘      │ closed
 *      │                              .resting ▶ .listening ◀──────────────────────┘
 *      └── any signal on the common pipe, or PIPE_WAIT_MS_MAX ──┘
 * ```
 * The registration starts to wait on the common pipe before it probes, so it does not miss a registry that starts in
 * between. It never talks to an endpoint of another user: before it connects it checks who owns the socket file, and
 * that no other user can replace the file between the check and the connection. To ask the kernel for the listener's
 * credentials takes native code, and so does recording. A thread loads it when a session needs memory of this thread,
 * since it costs time and not every program may load it: then it checks the credentials first.
 *
 * Any user may signal the common pipe, and a registry may end each registration at once. So the registration rests
 * before the next probe, longer each time. Any user may also remove the pipe, or block its signals, so a wait ends
 * after PIPE_WAIT_MS_MAX; after TURNED_AWAY_MS if a registry did not take the registration. Meanwhile the next registry
 * may have removed the memory of a session: the registration checks for this every GONE_MS_MAX of a rest.
 */
import { and } from 'xstate';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import { assertInvariants, HANDSHAKE_MS_MAX, initialContext, STABLE_MS } from './context.ts';
import { registrationSetup } from './setup.ts';

export const registrationMachine = registrationSetup.createMachine({
  id: 'registration',
  initial: 'probing',
  context: ({ input }) => initialContext(input),
  on: {
    'pipe.signalled': { actions: 'noteSignal' },
    'pipe.failed': { actions: 'logNoPipe' },
    'tracepoints.changed': {},
    // The registration has the old credentials (R1.15): it ends, and starts again with the present ones.
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
    // Late events of connections of earlier attempts.
    'wire.identified': {},
    'wire.identifyFailed': {},
    'wire.closed': {},
    'wire.message': {},
    'wire.opened': { actions: 'closeOpened' },
    'wire.openFailed': {},
    'wire.socketPassed': {},
    'wire.passSocketFailed': {},
  },
  states: {
    probing: {
      entry: ['beginAttempt', 'awaitPipe'],
      initial: 'directory',
      states: {
        directory: {
          entry: 'inspectDirectory',
          on: {
            'file.inspected': [
              { guard: 'isTheirsAlone', target: 'socket' },
              { target: '#registration.waitingOnPipe', actions: 'logUnsafe' },
            ],
          },
        },
        socket: {
          entry: 'inspectSocket',
          on: {
            'file.inspected': [
              { guard: 'isOursToTrust', target: '#registration.handshaking' },
              { target: '#registration.waitingOnPipe' },
            ],
          },
        },
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
        'wire.passSocketFailed': [
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
              { guard: 'isMain', target: 'negotiatingVersion' },
              { actions: 'closeOpened' },
            ],
          },
        },
        negotiatingVersion: {
          entry: 'greet',
          on: {
            'wire.message': [
              { guard: 'isWelcome', target: 'passingSocket' },
              { target: '#registration.waitingOnPipe', actions: ['logRefusal', 'closeBoth'] },
            ],
          },
        },
        passingSocket: {
          entry: 'passSocket',
          on: {
            'wire.socketPassed': { target: 'registering', actions: 'register' },
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
      initial: 'unidentified',
      states: {
        unidentified: {
          on: {
            'wire.message': [
              {
                guard: and(['isComplete', 'wantsNothing']),
                actions: ['keepState', 'applyState'],
              },
              { guard: 'isComplete', target: 'identifying', actions: 'keepState' },
            ],
          },
        },
        identifying: {
          entry: 'identify',
          on: {
            'wire.message': { guard: 'isComplete', actions: 'keepState' },
            'wire.identified': [
              {
                guard: and(['isOwnChannel', 'isExpectedPeer']),
                target: 'identified',
                actions: 'applyState',
              },
              {
                guard: 'isOwnChannel',
                target: '#registration.waitingOnPipe',
                actions: ['logStranger', 'detach', 'closeBoth'],
              },
            ],
            'wire.identifyFailed': {
              guard: 'isOwnChannel',
              target: 'unable',
              actions: 'sayUnable',
            },
          },
        },
        identified: {
          on: {
            'wire.message': { guard: 'isComplete', actions: ['keepState', 'applyState'] },
          },
        },
        // The thread stays registered, so that the registry can say why it records nothing.
        unable: { entry: 'settle', on: { 'wire.message': { guard: 'isComplete' } } },
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
        // No registry serves the path. One may have started, removed memory and ended while this process was stopped.
        listening: {
          entry: 'detach',
          after: { wait: '#registration.probing' },
          on: { 'pipe.signalled': '#registration.probing' },
        },
      },
    },
    left: { type: 'final', entry: ['settle', 'unawaitPipe'] },
  },
});
checkSteps(registrationMachine, assertInvariants);
