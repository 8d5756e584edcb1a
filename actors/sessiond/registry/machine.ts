/**
 * A registry (`lttng-sessiond`): the root actor of one daemon, global or per-user (R1.1 to R1.11).
 *
 * ```
 *   starting: directory ▶ lock ▶ records ▶ sockets ──▶ serving ──SIGTERM, SIGINT──▶ draining ──▶ ended
 *        └──── another registry has the lock, no rights ────────────────────────────────▲
 * ```
 * The holder of the lock is the registry of a directory (R1.11). The kernel releases the lock when its holder dies, so
 * the new holder knows that existing sockets are stale. Starting ends with a signal on the application common pipe
 * (R1.16). Draining destroys the sessions, which flushes them, and leaves only the lock file. The registry must never
 * remove that file: a process that waits for the lock would lock a removed file. Sessions with data and no consumer
 * stay unchanged for the next registry.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import type { ServiceState } from '../../../src/port/processes.ts';
import { emit } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import { isOwnDirectory } from '../../../src/wire/endpoints.ts';
import { SESSIOND_EXIT } from '../../../src/wire/exit-status.ts';
import { DRAINING_MS_MAX } from '../limits.ts';
import { initialContext, type RegistryContext, type RegistryInput } from './context.ts';
import type { RegistryEvent } from './events.ts';
import { checkRegistry } from './invariants.ts';
import { kernelActions } from './kernel.ts';
import { linkActions } from './links.ts';
import { CLIENT_LISTENER, openingActions } from './opening.ts';
import { requestActions } from './requests.ts';
import type { RegistryStart } from './scene.ts';
import { sessionActions } from './sessions.ts';

const registrySetup = setup({
  types: {
    context: {} as RegistryContext,
    input: {} as RegistryInput,
    events: {} as RegistryEvent,
    emitted: {} as Effect | RegistryStart,
  },
  guards: {
    isDirectoryOurs: ({ context, event }) =>
      event.type === 'file.inspected' &&
      event.info !== undefined &&
      isOwnDirectory(event.info, context.location.uid),
    isHeld: ({ event }) => event.type === 'file.lockFailed' && event.error.code === 'EAGAIN',
    isClientListener: ({ event }) => 'listener' in event && event.listener === CLIENT_LISTENER,
    isFromClient: ({ event }) =>
      event.type === 'wire.accepted' && event.listener === CLIENT_LISTENER,
    hasNoSession: ({ context }) =>
      context.sessions.length === 0 && context.kernelLinks.length === 0,
  },
  actions: {
    ...kernelActions,
    ...linkActions,
    ...openingActions,
    ...requestActions,
    ...sessionActions,
    notify: emit((_, { state }: { state: ServiceState }) => ({
      type: 'process.notify' as const,
      state,
    })),
    exit: emit(({ context }) => ({ type: 'process.exit' as const, code: context.exitCode })),
  },
});

const chart = {
  id: 'registry',
  initial: 'starting',
  on: {
    'link.closed': { actions: 'forgetLink' },
    'file.removed': {},
    'random.uuidMade': {},
    'kernel.described': {},
    'kernel.listed': {},
    'kernel.formatsRead': {},
    'kernel.failed': {},
    'kernel.linkEnded': { actions: 'forgetKernelLink' },
    'consumer.attaching': { actions: 'passConsumer' },
    'app.announced': { actions: 'noteTracepoints' },
    'app.unable': { actions: 'noteUnable' },
    'app.lost': { actions: 'dismissApp' },
    'configuration.read': { actions: 'reload' },
  },
  states: {
    starting: {
      initial: 'preparing',
      on: {
        'process.signalled': 'ended',
        'session.changed': { actions: 'noteSession' },
        'session.ended': { actions: 'forgetSession' },
      },
      states: {
        preparing: {
          entry: 'makeDirectory',
          on: {
            'file.directoryMade': { actions: 'inspectDirectory' },
            'file.inspected': [
              { guard: 'isDirectoryOurs', target: 'locking' },
              {
                target: '#registry.ended',
                actions: {
                  type: 'giveUp',
                  params: ({ event }) => ({
                    code: SESSIOND_EXIT.cannotStart,
                    reason: `${event.path} is not a directory that only this user can write`,
                  }),
                },
              },
            ],
            'file.directoryFailed': {
              target: '#registry.ended',
              actions: {
                type: 'giveUp',
                params: ({ event }) => ({
                  code: SESSIOND_EXIT.cannotStart,
                  reason: `Cannot create ${event.path} (${event.error.code})`,
                }),
              },
            },
          },
        },
        locking: {
          entry: 'takeLock',
          on: {
            'file.locked': { target: 'restoring', actions: 'readCreators' },
            'file.lockFailed': [
              {
                guard: 'isHeld',
                target: '#registry.ended',
                actions: {
                  type: 'giveUp',
                  params: ({ context }) => ({
                    code: SESSIOND_EXIT.alreadyRunning,
                    reason: `Another registry serves ${context.location.directory}`,
                  }),
                },
              },
              {
                target: '#registry.ended',
                actions: {
                  type: 'giveUp',
                  params: ({ event }) => ({
                    code: SESSIOND_EXIT.cannotStart,
                    reason: `Cannot lock ${event.path} (${event.error.code})`,
                  }),
                },
              },
            ],
          },
        },
        restoring: {
          entry: 'loadRecords',
          on: {
            'journal.loaded': { actions: 'restore' },
            'memory.swept': { target: 'listening', actions: 'noteCreators' },
          },
        },
        // The client socket comes last: when it exists, the registry is ready.
        listening: {
          entry: 'listen',
          on: {
            'wire.listening': { guard: 'isClientListener', target: '#registry.serving' },
            'wire.listenFailed': {
              target: '#registry.ended',
              actions: {
                type: 'giveUp',
                params: ({ event }) => ({
                  code: SESSIOND_EXIT.cannotStart,
                  reason: `Cannot listen at ${event.error.subject} (${event.error.code})`,
                }),
              },
            },
          },
        },
      },
    },
    serving: {
      entry: ['announce', { type: 'notify', params: { state: 'ready' } }],
      on: {
        'wire.accepted': [
          { guard: 'isFromClient', actions: 'greetClient' },
          { actions: 'greetApp' },
        ],
        'app.registered': { actions: 'introduceApp' },
        'request.received': { actions: 'answerRequest' },
        'random.uuidMade': { actions: 'createSession' },
        'kernel.described': { actions: 'useDescription' },
        'kernel.listed': { actions: 'answerEvents' },
        'kernel.formatsRead': { actions: 'answerFormats' },
        'kernel.failed': { actions: 'refuseKernel' },
        'session.changed': { actions: 'noteSession' },
        'session.ended': { actions: 'forgetSession' },
        'process.signalled': 'draining',
        'configuration.read': {
          actions: [
            { type: 'notify', params: { state: 'reloading' } },
            'reload',
            { type: 'notify', params: { state: 'ready' } },
          ],
        },
      },
    },
    draining: {
      entry: [{ type: 'notify', params: { state: 'stopping' } }, 'endAll'],
      always: { guard: 'hasNoSession', target: 'ended' },
      after: { [DRAINING_MS_MAX]: 'ended' },
      on: {
        'wire.accepted': {
          actions: emit(({ event }) => ({
            type: 'wire.close' as const,
            connection: event.connection,
          })),
        },
        'app.registered': { actions: 'introduceApp' },
        'request.received': { actions: 'refuseRequest' },
        'session.changed': { actions: ['noteSession', 'endAgain'] },
        'session.ended': { actions: ['endUserPart', 'forgetSession'] },
        'process.signalled': {},
      },
    },
    ended: { entry: ['unlisten', emit({ type: 'journal.tidy' as const }), 'exit'] },
  },
} satisfies ChartOf<typeof registrySetup>;

export const registryMachine = registrySetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
checkSteps(registryMachine, checkRegistry);
