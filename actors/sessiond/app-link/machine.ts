/**
 * The registry's end of one application thread: handshake, then its channel (R1.13 to R1.15).
 *
 * ```
 *   handshaking.greeting ──hello──▶ .registering ──register + passed socket──▶ .verifying ──▶ registered ──▶ lost
 * ```
 * The registry and the library both allow 10 seconds for the whole handshake. The kernel supplies the credentials of
 * the application. The passed socket (a passed socket) must have the pid and uid of the connection that names its
 * token, and the process must have the thread that it names: made-up threads would cost buffers.
 */

import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, assign, emit, on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { APP_PROTOCOL_MAJOR, type AppMessage } from '../../../src/wire/app/messages.ts';
import { portionsOf } from '../../../src/wire/frames.ts';
import { APP_HANDSHAKE_MS_MAX, REVISIONS_PENDING_MAX } from '../limits.ts';
import type { AppLinkInput, ToRegistry, ToSession } from '../messages.ts';
import { cutOffLine } from '../reply.ts';
import { type AppLinkContext, checkAppLink, initialContext } from './context.ts';
import type { AppLinkEvent } from './events.ts';

type Unable = Extract<AppMessage, { type: 'unable' }>;
type Register = {
  type: 'register';
  token: string;
  processName: string;
  tid: number;
  sessionUuid?: string;
  incarnation?: string;
  libraryVersion?: string;
};

function versionReason(peerMajor: number): string {
  return `the registry has protocol version ${APP_PROTOCOL_MAJOR}, the library version ${peerMajor}`;
}

const appLinkSetup = setup({
  types: {
    context: {} as AppLinkContext,
    input: {} as AppLinkInput,
    events: {} as AppLinkEvent,
    emitted: {} as Effect,
  },
  guards: {
    isHello: ({ event }) =>
      event.type === 'wire.message' && (event.message as { type: string }).type === 'hello',
    isRegister: ({ event }) =>
      event.type === 'wire.message' && (event.message as { type: string }).type === 'register',
    isOwn: ({ context, event }) => 'connection' in event && event.connection === context.own,
    isUnable: ({ context, event }) =>
      event.type === 'wire.message' &&
      event.connection === context.own &&
      (event.message as AppMessage).type === 'unable',
    isBehind: ({ context }) => context.pending.length > REVISIONS_PENDING_MAX,
    isAhead: ({ context, event }) => {
      if (event.type !== 'wire.message' || event.connection !== context.own) return false;
      const message = event.message as AppMessage;
      return message.type === 'applied' && message.revision > context.revision;
    },
  },
  actions: {
    adoptMain: emit(({ context }) => ({
      type: 'wire.adopt' as const,
      connection: context.connection,
    })),
    refuse: act(({ context, enqueue }, params: { reason: string }) => {
      enqueue.emit({
        type: 'wire.send',
        connection: context.connection,
        message: { type: 'refused', reason: params.reason },
      });
      enqueue.emit(cutOffLine(context.peer, params.reason));
    }),
    logCutOff: emit(({ context }, params: { reason: string }) =>
      cutOffLine(context.peer, params.reason),
    ),
    noteStart: on('wire.socketClaimed', ({ context, event, enqueue }) => {
      assert(context.identity !== undefined, 'pre:app-link.noteStart:has-identity');
      enqueue.assign({ identity: { ...context.identity, startedAt: event.startedAt } });
    }),
    claimSocket: on('wire.message', ({ context, event, enqueue }) => {
      const { token, type: _, ...thread } = event.message as Register;
      const { link, peer } = context;
      enqueue.assign({
        identity: { ...thread, startedAt: 0, link, ...peer },
      });
      enqueue.emit({
        type: 'wire.claimSocket',
        connection: context.own,
        listener: context.listener,
        token,
        from: peer,
        protocol: 'channel.registry',
      });
    }),
    checkThread: act(({ context, enqueue }) => {
      assert(context.identity !== undefined, 'pre:app-link.checkThread:identified');
      const { pid, tid } = context.identity;
      enqueue.emit({ type: 'process.checkThread', pid, tid });
    }),
    enterRegistered: act(({ context, enqueue }) => {
      assert(context.identity !== undefined, 'pre:app-link.enterRegistered:identified');
      const app = context.identity;
      enqueue.emit({
        type: 'wire.send',
        connection: context.connection,
        message: { type: 'registered' },
      });
      enqueue.emit({ type: 'wire.close', connection: context.connection });
      enqueue.emit({ type: 'wire.adopt', connection: context.own });
      tell<ToRegistry>(enqueue, context.registry, { type: 'app.registered', app });
    }),
    keepPart: on('part.changed', ({ context, event, enqueue }) => {
      const { session, sessionUuid, version, part } = event;
      enqueue.assign({
        parts: { ...context.parts, [sessionUuid]: { session, version, part } },
        missing: context.missing.filter((uuid) => uuid !== sessionUuid),
      });
    }),
    sendState: act(({ context, enqueue }) => {
      const revision = context.revision + 1;
      const parts = Object.values(context.parts);
      const versions = parts.map(({ session, version }) => ({ session, version }));
      const pending = [...context.pending, { revision, versions }];
      checkAppLink({ ...context, revision, pending });
      enqueue.assign({
        revision,
        pending,
        // The state sends the removal of a part once.
        parts: Object.fromEntries(
          Object.entries(context.parts).filter(([, { part }]) => part !== undefined),
        ),
      });
      const portions = portionsOf(parts.flatMap(({ part }) => (part === undefined ? [] : [part])));
      for (const [index, sessions] of portions.entries()) {
        const more = index + 1 < portions.length ? { more: true } : {};
        enqueue.emit({
          type: 'wire.send',
          connection: context.own,
          message: { type: 'state', revision, sessions, ...more },
        });
      }
    }),
    takeMessage: on('wire.message', ({ context, event, enqueue }) => {
      const message = event.message as AppMessage;
      if (message.type === 'tracepoints') {
        const { link, registry } = context;
        tell<ToRegistry>(enqueue, registry, {
          type: 'app.announced',
          link,
          defined: message.defined,
        });
        return;
      }
      if (message.type === 'unable') return;
      if (message.type === 'leaving') {
        enqueue.assign({ hasSaidSo: true });
        return;
      }
      const done = context.pending.filter(({ revision }) => revision <= message.revision);
      const pending = context.pending.filter(({ revision }) => revision > message.revision);
      checkAppLink({ ...context, pending });
      enqueue.assign({ pending });
      const newest = new Map(
        done.flatMap(({ versions }) => versions).map(({ session, version }) => [session, version]),
      );
      const refused = new Map(
        (message.refused ?? []).map((each) => [context.parts[each.session]?.session, each.code]),
      );
      for (const [session, version] of newest) {
        const code = refused.get(session);
        tell<ToSession>(enqueue, session, {
          type: 'app.applied',
          link: context.link,
          version,
          ...(code === undefined ? {} : { refused: code }),
        });
      }
    }),
    noteUnable: on('wire.message', ({ context, event, enqueue }) => {
      const { reason } = event.message as Unable;
      enqueue.assign({ pending: [], parts: {} });
      const { registry, link } = context;
      tell<ToRegistry>(enqueue, registry, { type: 'app.unable', link, reason });
    }),
    closeBoth: act(({ context, enqueue }) => {
      enqueue.emit({ type: 'wire.close', connection: context.connection });
      enqueue.emit({ type: 'wire.close', connection: context.own });
    }),
    tellLost: act(({ context, enqueue }) => {
      const { registry, link, hasSaidSo } = context;
      tell<ToRegistry>(enqueue, registry, { type: 'app.lost', link, hasSaidSo });
    }),
    tellClosed: act(({ context, enqueue }) =>
      tell<ToRegistry>(enqueue, context.registry, {
        type: 'link.closed',
        link: context.link,
        kind: 'app',
        uid: context.peer.uid,
      }),
    ),
  },
});

const chart = {
  id: 'app-link',
  initial: 'handshaking',
  on: { 'part.changed': {}, 'wire.closed': {}, 'wire.message': {} },
  states: {
    handshaking: {
      entry: 'adoptMain',
      initial: 'greeting',
      after: {
        [APP_HANDSHAKE_MS_MAX]: {
          target: 'lost',
          actions: { type: 'logCutOff', params: { reason: 'did not register in time' } },
        },
      },
      on: { 'wire.closed': 'lost' },
      states: {
        greeting: {
          on: {
            'wire.message': [
              {
                guard: ({ event, context }) =>
                  // A hello of another major version gets a reason before the connection is closed.
                  event.connection === context.connection &&
                  (event.message as { type: string }).type === 'hello' &&
                  (event.message as { major: number }).major === APP_PROTOCOL_MAJOR,
                target: 'registering',
                actions: emit(({ context }) => ({
                  type: 'wire.send' as const,
                  connection: context.connection,
                  message: {
                    type: 'welcome',
                    major: APP_PROTOCOL_MAJOR,
                    minor: 0,
                  },
                })),
              },
              {
                guard: 'isHello',
                target: '#app-link.lost',
                actions: {
                  type: 'refuse',
                  params: ({ event }) => ({
                    reason: versionReason((event.message as { major: number }).major),
                  }),
                },
              },
              {
                target: '#app-link.lost',
                actions: { type: 'refuse', params: { reason: 'the first message was not hello' } },
              },
            ],
          },
        },
        registering: {
          on: {
            'wire.message': [
              { guard: 'isRegister', actions: 'claimSocket' },
              {
                target: '#app-link.lost',
                actions: {
                  type: 'refuse',
                  params: { reason: 'the message after hello was not register' },
                },
              },
            ],
            'wire.socketClaimed': { target: 'verifying', actions: 'noteStart' },
            'wire.claimSocketFailed': {
              target: '#app-link.lost',
              actions: {
                type: 'refuse',
                params: ({ event }) => ({
                  reason: `the registry received no channel with this token (${event.error.code})`,
                }),
              },
            },
          },
        },
        verifying: {
          entry: 'checkThread',
          on: {
            'process.threadChecked': [
              {
                guard: ({ event }) => event.isMissing,
                target: '#app-link.lost',
                actions: {
                  type: 'refuse',
                  params: ({ event }) => ({
                    reason: `process ${event.pid} has no thread ${event.tid}`,
                  }),
                },
              },
              '#app-link.registered',
            ],
          },
        },
      },
    },
    registered: {
      entry: 'enterRegistered',
      exit: 'tellLost',
      initial: 'collecting',
      always: {
        guard: 'isBehind',
        target: 'lost',
        actions: { type: 'logCutOff', params: { reason: 'did not apply the pending states' } },
      },
      on: {
        'wire.closed': { guard: 'isOwn', target: 'lost' },
        'wire.message': [
          {
            guard: 'isAhead',
            target: 'lost',
            actions: {
              type: 'logCutOff',
              params: { reason: 'reported a state as applied that was not sent' },
            },
          },
          { guard: 'isUnable', target: '.unable', actions: 'noteUnable' },
          { guard: 'isOwn', actions: 'takeMessage' },
        ],
      },
      states: {
        // The next two states collect the parts of all sessions.
        collecting: {
          on: {
            'sessions.listed': {
              target: 'choosing',
              actions: assign(({ event }) => ({ missing: event.uuids })),
            },
          },
        },
        choosing: {
          always: {
            guard: ({ context }) => context.missing.length === 0,
            target: 'tracing',
            actions: 'sendState',
          },
          on: { 'part.changed': { actions: 'keepPart' } },
        },
        tracing: {
          on: { 'part.changed': { actions: ['keepPart', 'sendState'] } },
        },
        // The thread gets no more states: it would not apply them.
        unable: { on: { 'part.changed': {} } },
      },
    },
    lost: { type: 'final', entry: ['closeBoth', 'tellClosed'] },
  },
} satisfies ChartOf<typeof appLinkSetup>;

export const appLinkMachine = appLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
