/**
 * A viewer of live sessions (`lttng view net://…`): asks a relay for its sessions in LTTng's live viewer protocol, and
 * follows those that were named.
 *
 * ```
 *   connecting ▶ negotiating ▶ listing ──none named──────────────▶ ended
 *                                 └▶ preparing ▶ attaching ▶ following ──sessions end──▶ ended
 *                                                  └─more─┘      └─signal, relay lost─▶ finishing ─▶ ended
 * ```
 * Finishing prints what has been fetched; a second signal ends at once. The relay may end at any moment: the outcome
 * says so.
 */
import { setup } from 'xstate';
import { matchesGlob } from '../../src/base/glob.ts';
import type { Effect } from '../../src/effects/contract/effects.ts';
import { osErrorText } from '../../src/port/os-error.ts';
import { act, assign, emit, on } from '../../src/runtime/act.ts';
import type { ChartOf } from '../../src/runtime/chart.ts';
import type { AttachReply } from '../../src/wire/live/attach.ts';
import { VIEWER_COMMANDS } from '../../src/wire/live/connect.ts';
import { LIVE_MAJOR, LIVE_MINOR_MAX, LIVE_MINOR_MIN } from '../../src/wire/live/limits.ts';
import type { ListedSession } from '../../src/wire/live/list-sessions.ts';
import type { ViewerRequest } from '../../src/wire/live/requests.ts';
import {
  initialContext,
  type LiveFailure,
  type LiveTarget,
  type LiveViewContext,
  type LiveViewEffect,
  type LiveViewInput,
} from './context.ts';
import type { LiveViewEvent } from './events.ts';

/** Sessions that one viewer follows. */
export const FOLLOWED_SESSIONS_MAX = 256;

/** The trace format that the viewer reads: CTF 1.8. */
const CTF1 = 1;

/** What the statuses of ATTACH_SESSION mean. */
const REFUSALS: Readonly<Record<AttachReply['status'], string>> = {
  ok: 'it is attached',
  already: 'it has a viewer, and this relay serves one at a time',
  unknown: 'it has ended',
  'not-live': 'it is not live',
  'seek-error': 'its beginning cannot be read',
  'no-viewer': 'the relay knows no viewer here',
};

function matching(
  sessions: readonly ListedSession[],
  { host, session }: LiveTarget,
): readonly ListedSession[] {
  return sessions
    .filter(({ traceFormat = CTF1 }) => traceFormat === CTF1)
    .filter((one) => matchesGlob(host, one.host) && matchesGlob(session, one.name))
    .slice(0, FOLLOWED_SESSIONS_MAX);
}

function named({ target }: LiveViewContext): string {
  return target === undefined ? '' : `${target.host}/${target.session}`;
}

const liveViewSetup = setup({
  types: {
    context: {} as LiveViewContext,
    input: {} as LiveViewInput,
    events: {} as LiveViewEvent,
    emitted: {} as Effect | LiveViewEffect,
  },
  guards: {
    isCompatible: ({ event }) =>
      event.type === 'viewer.replied' &&
      event.answer.type === 'connect' &&
      event.answer.reply.major === LIVE_MAJOR &&
      event.answer.reply.minor >= LIVE_MINOR_MIN,
    isList: ({ context }) => context.target === undefined,
    isNamed: ({ context: { target }, event }) =>
      target !== undefined &&
      event.type === 'viewer.replied' &&
      event.answer.type === 'list-sessions' &&
      matching(event.answer.reply.sessions, target).length > 0,
    isAccepted: ({ event }) =>
      event.type === 'viewer.replied' &&
      (event.answer.type === 'create-viewer' || event.answer.type === 'attach') &&
      event.answer.reply.status === 'ok',
    isLast: ({ context, event }) =>
      event.type === 'viewer.replied' &&
      event.answer.type === 'attach' &&
      event.answer.reply.status === 'ok' &&
      context.attached.length + 1 === context.wanted.length,
  },
  actions: {
    connect: emit(({ context: { relay } }) => ({ type: 'viewer.connect' as const, relay })),
    ask: act(({ enqueue }, { request }: { request: ViewerRequest }) =>
      enqueue.emit({ type: 'viewer.ask', request }),
    ),
    agree: on('viewer.replied', ({ event: { answer }, enqueue }) => {
      if (answer.type !== 'connect') return;
      const minor = Math.min(answer.reply.minor, LIVE_MINOR_MAX);
      enqueue.emit({ type: 'viewer.agree', minor });
    }),
    noteSessions: on('viewer.replied', ({ context, event: { answer }, enqueue }) => {
      if (answer.type !== 'list-sessions') return;
      const { sessions } = answer.reply;
      const { target } = context;
      if (target === undefined) enqueue.assign({ outcome: { sessions } });
      else enqueue.assign({ wanted: matching(sessions, target) });
    }),
    attach: act(({ context: { wanted, attached, target }, enqueue }) => {
      const next = wanted[attached.length];
      if (next === undefined || target === undefined) return;
      const { seek } = target;
      const request = { type: 'attach', session: next.session, offset: 0n, seek } as const;
      enqueue.emit({ type: 'viewer.ask', request });
    }),
    noteAttached: on('viewer.replied', ({ context, event: { answer }, enqueue }) => {
      const session = context.wanted[context.attached.length];
      if (answer.type !== 'attach' || session === undefined) return;
      const { streams } = answer.reply;
      enqueue.assign({ attached: [...context.attached, { session, streams }] });
    }),
    follow: emit(({ context: { attached } }) => ({
      type: 'viewer.follow' as const,
      sessions: attached,
    })),
    stop: emit({ type: 'viewer.stop' as const }),
    cancel: emit({ type: 'viewer.cancel' as const }),
    noteSummary: on('viewer.followed', ({ context, event: { summary }, enqueue }) =>
      enqueue.assign({ outcome: { ...context.outcome, summary } }),
    ),
    fail: assign(({ context }, failure: LiveFailure) => ({
      outcome: { ...context.outcome, failure },
    })),
    failToConnect: on('viewer.connectFailed', ({ context: { relay }, event, enqueue }) => {
      const reason = `cannot connect to the relay at ${relay.host}, port ${relay.port}: ${osErrorText(event.error)}`;
      enqueue.assign({ outcome: { failure: { code: 'RELAY_UNREACHABLE', reason } } });
    }),
    failNoSession: assign(({ context }) => {
      const reason = `the relay has no live session ${named(context)} with traces in CTF 1.8`;
      return { outcome: { failure: { code: 'NO_SESSION' as const, reason } } };
    }),
    failToAttach: on('viewer.replied', ({ context, event: { answer }, enqueue }) => {
      if (answer.type !== 'attach') return;
      const reason = `the relay does not serve ${named(context)}: ${REFUSALS[answer.reply.status]}`;
      enqueue.assign({ outcome: { failure: { code: 'RELAY_REFUSED', reason } } });
    }),
    failLost: on('viewer.closed', ({ context, event: { reason }, enqueue }) => {
      const failure = { code: 'RELAY_LOST' as const, reason };
      enqueue.assign({ outcome: { ...context.outcome, failure } });
    }),
    end: act(({ context: { outcome }, enqueue }) => {
      enqueue.emit({ type: 'viewer.close' });
      enqueue.emit({ type: 'live-view.done', outcome });
    }),
  },
});

const INTERRUPTED = {
  type: 'fail',
  params: { code: 'INTERRUPTED', reason: 'interrupted before the relay answered' },
} as const;

/** What may happen while the relay owes an answer. */
const UNANSWERED = {
  'viewer.closed': { target: 'ended', actions: 'failLost' },
  'process.signalled': { target: 'ended', actions: INTERRUPTED },
  'output.closed': 'ended',
} as const;

const chart = {
  id: 'live-view',
  initial: 'connecting',
  states: {
    connecting: {
      entry: 'connect',
      on: {
        ...UNANSWERED,
        'viewer.connected': 'negotiating',
        'viewer.connectFailed': { target: 'ended', actions: 'failToConnect' },
      },
    },
    negotiating: {
      entry: {
        type: 'ask',
        params: {
          request: {
            type: 'connect',
            viewer: 0n,
            major: LIVE_MAJOR,
            minor: LIVE_MINOR_MAX,
            purpose: VIEWER_COMMANDS,
          },
        },
      },
      on: {
        ...UNANSWERED,
        'viewer.replied': [
          { guard: 'isCompatible', target: 'listing', actions: 'agree' },
          {
            target: 'ended',
            actions: {
              type: 'fail',
              params: {
                code: 'RELAY_REFUSED',
                reason: `the relay does not speak version ${LIVE_MAJOR} of the live viewer protocol`,
              },
            },
          },
        ],
      },
    },
    listing: {
      entry: { type: 'ask', params: { request: { type: 'list-sessions' } } },
      on: {
        ...UNANSWERED,
        'viewer.replied': [
          { guard: 'isList', target: 'ended', actions: 'noteSessions' },
          { guard: 'isNamed', target: 'preparing', actions: 'noteSessions' },
          { target: 'ended', actions: 'failNoSession' },
        ],
      },
    },
    preparing: {
      entry: { type: 'ask', params: { request: { type: 'create-viewer' } } },
      on: {
        ...UNANSWERED,
        'viewer.replied': [
          { guard: 'isAccepted', target: 'attaching' },
          {
            target: 'ended',
            actions: {
              type: 'fail',
              params: { code: 'RELAY_REFUSED', reason: 'the relay takes no more viewers' },
            },
          },
        ],
      },
    },
    attaching: {
      entry: 'attach',
      on: {
        ...UNANSWERED,
        'viewer.replied': [
          { guard: 'isLast', target: 'following', actions: 'noteAttached' },
          { guard: 'isAccepted', target: 'attaching', reenter: true, actions: 'noteAttached' },
          {
            target: 'ended',
            actions: 'failToAttach',
          },
        ],
      },
    },
    following: {
      entry: 'follow',
      on: {
        'viewer.followed': { target: 'ended', actions: 'noteSummary' },
        'viewer.closed': { target: 'finishing', actions: 'failLost' },
        'process.signalled': 'finishing',
        'output.closed': { target: 'finishing', actions: 'cancel' },
      },
    },
    finishing: {
      entry: 'stop',
      on: {
        'viewer.followed': { target: 'ended', actions: 'noteSummary' },
        'viewer.closed': {},
        'process.signalled': { actions: 'cancel' },
        'output.closed': { actions: 'cancel' },
      },
    },
    ended: { type: 'final', entry: 'end' },
  },
} satisfies ChartOf<typeof liveViewSetup>;

export const liveViewMachine = liveViewSetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
