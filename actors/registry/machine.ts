/**
 * A registry (`lttng-sessiond`): the root of one daemon, global or a user's (R1.1 to R1.11).
 *
 * ```
 *   starting: directory ▶ lock ▶ sockets ──▶ serving ──SIGTERM, SIGINT──▶ draining ──▶ ended
 *        └──── another registry has the lock, no rights ────────────────────────────────▲
 * ```
 * The lock decides who is the registry of a place (R1.11): the kernel frees it with its holder, so that sockets
 * found under a lock just taken are stale for certain. Starting ends with a signal on the application common pipe
 * (R1.16). Draining destroys the sessions, which flushes them, and leaves nothing behind but the lock's empty file,
 * which must never be removed: whoever waits for it would hold the lock of a file that is gone.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import { assert } from '../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../src/effects/types.ts';
import type { ReplyValue } from '../../src/wire/control/messages.ts';
import { appLinkMachine } from '../app-link/machine.ts';
import { clientLinkMachine } from '../client-link/machine.ts';
import { COMMON_PIPE_MODE } from '../registration/machine.ts';
import type { Refusal } from '../session/changes.ts';
import { DRAIN_MS_MAX, sessionMachine } from '../session/machine.ts';
import {
  APP_LINKS_MAX,
  CLIENT_LINKS_MAX,
  checkCreation,
  findSession,
  initialContext,
  mayUse,
  pageOf,
  type RegistryContext,
  type RegistryInput,
  visibleApps,
  visibleSessions,
  withAnnounced,
} from './context.ts';
import { tell } from './tell.ts';
import type {
  ReplyTo,
  SessionCommand,
  ToAppLink,
  ToClientLink,
  ToRegistry,
  ToSession,
} from './types.ts';

export type RegistryEvent = ToRegistry | EffectEvent;

/** Exit statuses of the daemon. */
export const EXIT_CANNOT_START = 1;
export const EXIT_ALREADY_RUNNING = 3;
/** How long draining may take altogether. */
export const DRAINING_MS_MAX = DRAIN_MS_MAX + 5000;

const CLIENT_LISTENER = 'clients';
const APP_LISTENER = 'apps';
/** Answers to nobody: the registry's own commands to its sessions. */
const NOBODY: ReplyTo = { link: 'nobody', id: 0 };

type Enqueue = Parameters<typeof tell>[0];
type System = Parameters<typeof tell>[1];

function refuse(enqueue: Enqueue, system: System, to: ReplyTo, refusal: Refusal): void {
  tell<ToClientLink>(enqueue, system, to.link, { type: 'reply.failure', id: to.id, ...refusal });
}

function answerWith(enqueue: Enqueue, system: System, to: ReplyTo, value: ReplyValue): void {
  tell<ToClientLink>(enqueue, system, to.link, { type: 'reply.value', id: to.id, value });
}

const lockPath = (context: RegistryContext): string => `${context.place.directory}/registry.lock`;

export const registryMachine = setup({
  types: {
    context: {} as RegistryContext,
    input: {} as RegistryInput,
    events: {} as RegistryEvent,
    emitted: {} as Effect,
  },
  actors: { appLink: appLinkMachine, clientLink: clientLinkMachine, session: sessionMachine },
  guards: {
    isDirectoryOurs: ({ context, event }) =>
      event.type === 'file.inspected' &&
      event.info?.kind === 'directory' &&
      event.info.uid === context.place.uid &&
      (event.info.mode & 0o022) === 0,
    isHeld: ({ event }) => event.type === 'file.lockFailed' && event.error.code === 'EAGAIN',
    isClientListener: ({ event }) => 'listener' in event && event.listener === CLIENT_LISTENER,
    isFromClient: ({ event }) =>
      event.type === 'wire.accepted' && event.listener === CLIENT_LISTENER,
    hasNoSession: ({ context }) => context.sessions.length === 0,
  },
  actions: {
    makeDirectory: emit(({ context: { place } }) => ({
      type: 'file.makeDirectory' as const,
      path: place.directory,
      mode: place.scope === 'global' ? 0o755 : 0o700,
    })),
    inspectDirectory: emit(({ context }) => ({
      type: 'file.inspect' as const,
      path: context.place.directory,
    })),
    takeLock: emit(({ context }) => ({
      type: 'file.lock' as const,
      path: lockPath(context),
      mode: 0o600,
    })),
    listen: enqueueActions(({ context: { place }, enqueue }) => {
      const group = place.groupId === undefined ? {} : { gid: place.groupId };
      const isGlobal = place.scope === 'global';
      enqueue.emit({ type: 'file.remove', path: place.clientPath });
      enqueue.emit({ type: 'file.remove', path: place.appPath });
      enqueue.emit({
        type: 'wire.listen',
        listener: APP_LISTENER,
        path: place.appPath,
        mode: isGlobal ? 0o666 : 0o600,
      });
      enqueue.emit({
        type: 'wire.listen',
        listener: CLIENT_LISTENER,
        path: place.clientPath,
        mode: isGlobal && place.groupId !== undefined ? 0o660 : 0o600,
        ...group,
      });
    }),
    announce: enqueueActions(({ context: { place, pid }, enqueue }) => {
      enqueue.emit({ type: 'pipe.signal', path: place.pipePath, mode: COMMON_PIPE_MODE });
      enqueue.emit({
        type: 'log.write',
        level: 'info',
        message: 'Registry is ready',
        fields: { scope: place.scope, directory: place.directory, pid },
      });
    }),
    giveUp: enqueueActions(({ enqueue }, params: { code: number; reason: string }) => {
      enqueue.assign({ exitCode: params.code });
      enqueue.emit({
        type: 'log.write',
        level: 'error',
        message: 'Registry cannot start',
        fields: { reason: params.reason },
      });
    }),
    greetClient: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'wire.accepted', 'pre:registry.greetClient:is-accepted');
      const { connection, peer, isMember } = event;
      if (context.clientLinks >= CLIENT_LINKS_MAX) {
        turnAway(enqueue, connection, 'client-links-max', CLIENT_LINKS_MAX, peer.pid);
        return;
      }
      const link = `client-${context.linkCount}`;
      enqueue.assign({
        linkCount: context.linkCount + 1,
        clientLinks: context.clientLinks + 1,
      });
      enqueue.spawnChild('clientLink', {
        id: link,
        systemId: link,
        input: {
          link,
          connection,
          peer,
          registry: context.registry,
          registryPid: context.pid,
          scope: context.place.scope,
          isAllowed: mayUse(context.place, peer, isMember),
        },
      });
    }),
    greetApp: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'wire.accepted', 'pre:registry.greetApp:is-accepted');
      const { connection, peer, listener } = event;
      if (context.appLinks >= APP_LINKS_MAX) {
        turnAway(enqueue, connection, 'app-links-max', APP_LINKS_MAX, peer.pid);
        return;
      }
      const link = `app-${context.linkCount}`;
      enqueue.assign({ linkCount: context.linkCount + 1, appLinks: context.appLinks + 1 });
      enqueue.spawnChild('appLink', {
        id: link,
        systemId: link,
        input: { link, connection, listener, peer, registry: context.registry },
      });
    }),
    forgetLink: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'link.closed', 'pre:registry.forgetLink:is-closed');
      const { link } = event;
      enqueue.stopChild(link);
      if (link.startsWith('client-')) enqueue.assign({ clientLinks: context.clientLinks - 1 });
      else enqueue.assign({ appLinks: context.appLinks - 1 });
    }),
    /** The link collects what every session wants of the application before it says anything. */
    introduceApp: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'app.registered', 'pre:registry.introduceApp:is-registered');
      const { app } = event;
      enqueue.assign({ apps: [...context.apps, { app, tracepoints: [] }] });
      tell<ToAppLink>(enqueue, system, app.link, {
        type: 'sessions.counted',
        count: context.sessions.length,
      });
      for (const { session } of context.sessions) {
        tell<ToSession>(enqueue, system, session, { type: 'app.joined', app });
      }
    }),
    dismissApp: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'app.lost', 'pre:registry.dismissApp:is-lost');
      const { link } = event;
      enqueue.assign({ apps: context.apps.filter(({ app }) => app.link !== link) });
      for (const { session } of context.sessions) {
        tell<ToSession>(enqueue, system, session, { type: 'app.left', link });
      }
    }),
    noteTracepoints: assign(({ context, event }) => {
      assert(event.type === 'app.announced', 'pre:registry.noteTracepoints:is-announced');
      const { link, defined } = event;
      return {
        apps: context.apps.map((known) =>
          known.app.link === link
            ? { ...known, tracepoints: withAnnounced(known.tracepoints, defined) }
            : known,
        ),
      };
    }),
    answerRequest: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'request.received', 'pre:registry.answerRequest:is-request');
      const { operation, peer, link, id } = event;
      const replyTo = { link, id };
      switch (operation.op) {
        case 'session.list': {
          const { page, next } = pageOf(visibleSessions(context, peer), operation.from);
          const value = next === undefined ? { sessions: page } : { sessions: page, next };
          answerWith(enqueue, system, replyTo, value);
          return;
        }
        case 'app.list': {
          const { page, next } = pageOf(visibleApps(context), operation.from);
          const value = next === undefined ? { apps: page } : { apps: page, next };
          answerWith(enqueue, system, replyTo, value);
          return;
        }
        case 'session.create': {
          const { name, output } = operation;
          const allowed = checkCreation(context, peer, name);
          if (!allowed.ok) {
            refuse(enqueue, system, replyTo, allowed.error);
            return;
          }
          const key = `session ${link} ${id}`;
          const creation = { key, replyTo, peer, name, output };
          enqueue.assign({ creations: [...context.creations, creation] });
          enqueue.emit({ type: 'random.uuid', key });
          return;
        }
        default: {
          const found = findSession(context, peer, operation.session);
          if (!found.ok) {
            refuse(enqueue, system, replyTo, found.error);
            return;
          }
          if (operation.op === 'session.get') {
            const { info } = found.value;
            if (info !== undefined) answerWith(enqueue, system, replyTo, { session: info });
            return;
          }
          const command: SessionCommand = operation;
          tell<ToSession>(enqueue, system, found.value.session, {
            type: 'session.command',
            operation: command,
            replyTo,
          });
        }
      }
    }),
    createSession: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'random.uuidMade', 'pre:registry.createSession:is-uuid');
      const { uuid, key } = event;
      const creation = context.creations.find((other) => other.key === key);
      assert(creation !== undefined, 'pre:registry.createSession:is-asked-for');
      const { name, output, peer, replyTo } = creation;
      const session = `session-${uuid}`;
      enqueue.assign({
        creations: context.creations.filter((other) => other !== creation),
        created: [...context.created, { session, replyTo }],
        sessions: [
          ...context.sessions,
          { session, name, uuid, ownerUid: peer.uid, info: undefined },
        ],
      });
      enqueue.spawnChild('session', {
        id: session,
        systemId: session,
        input: {
          session,
          registry: context.registry,
          place: context.place,
          name,
          uuid,
          owner: { uid: peer.uid, gid: peer.gid },
          output,
          apps: context.apps.map(({ app }) => app),
        },
      });
    }),
    noteSession: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'session.changed', 'pre:registry.noteSession:is-changed');
      const { session, info } = event;
      enqueue.assign({
        sessions: context.sessions.map((known) =>
          known.session === session ? { ...known, info } : known,
        ),
        created: context.created.filter((waiting) => waiting.session !== session),
      });
      for (const { replyTo } of context.created.filter((waiting) => waiting.session === session)) {
        answerWith(enqueue, system, replyTo, { session: info });
      }
    }),
    forgetSession: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'session.ended', 'pre:registry.forgetSession:is-ended');
      enqueue.stopChild(event.session);
      enqueue.assign({
        sessions: context.sessions.filter(({ session }) => session !== event.session),
      });
    }),
    passConsumer: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'consumer.attaching', 'pre:registry.passConsumer:is-attaching');
      const { link, peer, sessionUuid } = event;
      const found = findSession(context, peer, sessionUuid);
      if (found.ok) {
        tell<ToSession>(enqueue, system, found.value.session, {
          type: 'consumer.attached',
          link,
          pid: peer.pid,
        });
      } else {
        tell<ToClientLink>(enqueue, system, link, { type: 'consumer.refused', ...found.error });
      }
    }),
    destroyAll: enqueueActions(({ context, enqueue, system }) => {
      enqueue.emit({ type: 'log.write', level: 'info', message: 'Registry is ending' });
      for (const { session } of context.sessions) destroySession(enqueue, system, session);
    }),
    /** A session that was busy when it was told. */
    destroyAgain: enqueueActions(({ event, enqueue, system }) => {
      assert(event.type === 'session.changed', 'pre:registry.destroyAgain:is-changed');
      if (event.info.state !== 'destroying') destroySession(enqueue, system, event.session);
    }),
    refuseRequest: enqueueActions(({ event, enqueue, system }) => {
      assert(event.type === 'request.received', 'pre:registry.refuseRequest:is-request');
      const { link, id } = event;
      const reason = 'The registry is ending';
      refuse(enqueue, system, { link, id }, { code: 'SESSION_BUSY', reason });
    }),
    unlisten: enqueueActions(({ enqueue }) => {
      enqueue.emit({ type: 'wire.unlisten', listener: CLIENT_LISTENER });
      enqueue.emit({ type: 'wire.unlisten', listener: APP_LISTENER });
    }),
    exit: emit(({ context }) => ({ type: 'process.exit' as const, code: context.exitCode })),
  },
}).createMachine({
  id: 'registry',
  context: ({ input }) => initialContext(input),
  initial: 'starting',
  on: {
    'link.closed': { actions: 'forgetLink' },
    'file.removed': {},
    'random.uuidMade': {},
    'consumer.attaching': { actions: 'passConsumer' },
    'app.announced': { actions: 'noteTracepoints' },
    'app.lost': { actions: 'dismissApp' },
  },
  states: {
    starting: {
      initial: 'preparing',
      on: { 'process.signalled': 'ended' },
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
                    code: EXIT_CANNOT_START,
                    reason: `${event.path} is not a directory that this user alone can write`,
                  }),
                },
              },
            ],
            'file.directoryFailed': {
              target: '#registry.ended',
              actions: {
                type: 'giveUp',
                params: ({ event }) => ({
                  code: EXIT_CANNOT_START,
                  reason: `Cannot make ${event.path} (${event.error.code})`,
                }),
              },
            },
          },
        },
        locking: {
          entry: 'takeLock',
          on: {
            'file.locked': 'listening',
            'file.lockFailed': [
              {
                guard: 'isHeld',
                target: '#registry.ended',
                actions: {
                  type: 'giveUp',
                  params: ({ context }) => ({
                    code: EXIT_ALREADY_RUNNING,
                    reason: `Another registry serves ${context.place.directory}`,
                  }),
                },
              },
              {
                target: '#registry.ended',
                actions: {
                  type: 'giveUp',
                  params: ({ event }) => ({
                    code: EXIT_CANNOT_START,
                    reason: `Cannot lock ${event.path} (${event.error.code})`,
                  }),
                },
              },
            ],
          },
        },
        // Clients come last: when their socket is there, the registry is ready.
        listening: {
          entry: 'listen',
          on: {
            'wire.listening': { guard: 'isClientListener', target: '#registry.serving' },
            'wire.listenFailed': {
              target: '#registry.ended',
              actions: {
                type: 'giveUp',
                params: ({ event }) => ({
                  code: EXIT_CANNOT_START,
                  reason: `Cannot listen at ${event.error.subject} (${event.error.code})`,
                }),
              },
            },
          },
        },
      },
    },
    serving: {
      entry: 'announce',
      on: {
        'wire.accepted': [
          { guard: 'isFromClient', actions: 'greetClient' },
          { actions: 'greetApp' },
        ],
        'app.registered': { actions: 'introduceApp' },
        'request.received': { actions: 'answerRequest' },
        'random.uuidMade': { actions: 'createSession' },
        'session.changed': { actions: 'noteSession' },
        'session.ended': { actions: 'forgetSession' },
        'process.signalled': 'draining',
      },
    },
    draining: {
      entry: 'destroyAll',
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
        'session.changed': { actions: ['noteSession', 'destroyAgain'] },
        'session.ended': { actions: 'forgetSession' },
        'process.signalled': {},
      },
    },
    ended: { entry: ['unlisten', 'exit'] },
  },
});

function turnAway(
  enqueue: { emit(effect: Effect): void },
  connection: string,
  limit: string,
  value: number,
  pid: number,
): void {
  enqueue.emit({ type: 'wire.close', connection });
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'Turned a connection away',
    fields: { [limit]: value, pid },
  });
}

function destroySession(enqueue: Enqueue, system: System, session: string): void {
  tell<ToSession>(enqueue, system, session, {
    type: 'session.command',
    operation: { op: 'session.destroy', session },
    replyTo: NOBODY,
  });
}
