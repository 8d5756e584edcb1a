/**
 * The registry's end of one connection on the client socket: a `lttng` command, or a consumer.
 *
 * ```
 *   authorising ──hello──▶ serving.client ──attach──▶ serving.consumer, serving.snapshot ──▶ closed
 * ```
 * The kernel supplies the credentials of the peer. A global registry serves root and the members of the group (R1.3),
 * a per-user registry serves only its user and root. The link refuses other users with a reason.
 */

import { setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ErrorCode } from '../../../src/wire/control/error-code.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToClient,
  type ToRegistry as WireMessage,
} from '../../../src/wire/control/messages.ts';
import type { WritingOutcome } from '../../../src/wire/control/outcomes.ts';
import { ANSWERS_PENDING_MAX, HELLO_MS_MAX, SNAPSHOT_ATTACH_MS_MAX } from '../limits.ts';
import type { ClientLinkInput, ToClientLink, ToRegistry, ToSession } from '../messages.ts';
import { cutOffLine } from '../reply.ts';
import type { ClientLinkEvent } from './events.ts';

export interface ClientLinkContext extends ClientLinkInput {
  /**
   * Answers that wait until the journal confirms the record.
   * Invariant: at most ANSWERS_PENDING_MAX; the journal confirms them in the order of requests.
   */
  readonly unconfirmed: readonly Reply[];
  /** The session that this peer consumes, or copies as a snapshot. */
  readonly session?: string;
  readonly isSnapshot?: boolean;
}

type Reply = Extract<ToClientLink, { type: 'reply.value' }>;

function isOfType(event: ClientLinkEvent, ...types: readonly string[]): boolean {
  return event.type === 'wire.message' && types.includes((event.message as WireMessage).type);
}

function outcomeOf({ link, unwritten, lost }: WritingOutcome): WritingOutcome {
  return {
    ...(link === undefined ? {} : { link }),
    ...(unwritten === undefined ? {} : { unwritten }),
    ...(lost === undefined ? {} : { lost }),
  };
}

function replyOf(
  { connection }: ClientLinkContext,
  { id, value }: Reply,
  unwritten?: string,
): Effect {
  const completed = unwritten === undefined ? value : { ...value, unwritten };
  const message: ToClient = { type: 'reply', id, value: completed };
  return { type: 'wire.send', connection, message };
}

const clientLinkSetup = setup({
  types: {
    context: {} as ClientLinkContext,
    input: {} as ClientLinkInput,
    events: {} as ClientLinkEvent,
    emitted: {} as Effect,
  },
  guards: {
    isWelcome: ({ context, event }) =>
      context.isAllowed &&
      isOfType(event, 'hello') &&
      (event as { message: { major: number } }).message.major === CONTROL_PROTOCOL_MAJOR,
    isForbidden: ({ context }) => !context.isAllowed,
    isRequest: ({ event }) => isOfType(event, 'request'),
    isAttach: ({ event }) => isOfType(event, 'attach'),
    isConsumerReport: ({ event }) =>
      isOfType(
        event,
        'opened',
        'stream.released',
        'flushed',
        'finished',
        'outcome',
        'output.reached',
        'output.changed',
        'output.full',
        'kernel.reached',
        'kernel.taken',
      ),
    isSnapshot: ({ context }) => context.isSnapshot === true,
    isOfSession: ({ event }) => event.type === 'reply.value' && event.value.session !== undefined,
    asksTooMuch: ({ context, event }) =>
      event.type === 'reply.value' &&
      event.value.session !== undefined &&
      context.unconfirmed.length >= ANSWERS_PENDING_MAX,
    isOpened: ({ event }) => isOfType(event, 'opened'),
  },
  actions: {
    adopt: emit(({ context }) => ({
      type: 'wire.adopt' as const,
      connection: context.connection,
    })),
    welcome: emit(({ context }) => ({
      type: 'wire.send' as const,
      connection: context.connection,
      message: {
        type: 'welcome',
        major: CONTROL_PROTOCOL_MAJOR,
        minor: 0,
        scope: context.scope,
        pid: context.registryPid,
      } satisfies ToClient,
    })),
    refuse: act(({ context, enqueue }, params: { code: ErrorCode; reason: string }) => {
      const { code, reason } = params;
      const message: ToClient = { type: 'refused', code, reason };
      enqueue.emit({ type: 'wire.send', connection: context.connection, message });
      enqueue.emit(cutOffLine(context.peer, reason));
    }),
    logOutOfPlace: on('wire.message', ({ context, event, enqueue }) => {
      const { type } = event.message as WireMessage;
      enqueue.emit(cutOffLine(context.peer, `sent "${type}" at the wrong time`));
    }),
    logSilent: emit(({ context }) => cutOffLine(context.peer, 'did not send hello in time')),
    logAsksTooMuch: emit(({ context }) =>
      cutOffLine(context.peer, 'sent too many requests at once'),
    ),
    logUnattached: emit(({ context }) =>
      cutOffLine(context.peer, 'did not attach the streams of its snapshot in time'),
    ),
    close: emit(({ context }) => ({ type: 'wire.close' as const, connection: context.connection })),
    passRequest: on('wire.message', ({ context, event, enqueue }) => {
      const message = event.message as WireMessage;
      assert(message.type === 'request', 'pre:client-link.passRequest:is-request');
      tell<ToRegistry>(enqueue, context.registry, {
        type: 'request.received',
        link: context.link,
        id: message.id,
        peer: context.peer,
        operation: message.operation,
      });
    }),
    passAttach: on('wire.message', ({ context, event, enqueue }) => {
      const message = event.message as WireMessage;
      assert(message.type === 'attach', 'pre:client-link.passAttach:is-attach');
      const isSnapshot = message.snapshot === true;
      enqueue.assign({ session: `session-${message.session}`, isSnapshot });
      tell<ToRegistry>(enqueue, context.registry, {
        type: 'consumer.attaching',
        link: context.link,
        peer: context.peer,
        sessionUuid: message.session,
        isSnapshot,
      });
    }),
    passReport: on('wire.message', ({ context, event, enqueue }) => {
      const message = event.message as WireMessage;
      assert(context.session !== undefined, 'pre:client-link.passReport:attached');
      const { session } = context;
      const say = (told: ToSession): void => tell<ToSession>(enqueue, session, told);
      if (message.type === 'flushed' || message.type === 'finished' || message.type === 'outcome') {
        say({ type: 'consumer.outcome', outcome: outcomeOf(message) });
      }
      if (message.type === 'opened') {
        say({ type: 'consumer.opened', atMs: message.atMs });
      } else if (message.type === 'flushed')
        say({ type: 'consumer.flushed', token: message.token });
      else if (message.type === 'finished') say({ type: 'consumer.finished' });
      else if (message.type === 'stream.released') {
        say({ type: 'consumer.released', streamId: message.streamId });
      } else if (message.type === 'output.reached') {
        say({ type: 'consumer.reached', token: message.token });
      } else if (message.type === 'output.changed') {
        const { type: _, ...changed } = message;
        say({ type: 'consumer.changed', ...changed });
      } else if (message.type === 'output.full') say({ type: 'consumer.full' });
      else if (message.type === 'kernel.reached') {
        say({ type: 'consumer.reachedPages', token: message.token });
      } else if (message.type === 'kernel.taken') {
        say({ type: 'consumer.tookPages', token: message.token, failed: message.failed });
      }
    }),
    tellSession: act(
      (
        { context, enqueue },
        params: { type: 'consumer.lost' | 'snapshot.attached' | 'snapshot.ended' },
      ) => {
        assert(context.session !== undefined, 'pre:client-link.tellSession:attached');
        const { type } = params;
        tell<ToSession>(enqueue, context.session, { type, link: context.link });
      },
    ),
    tellClosed: act(({ context, enqueue }) =>
      tell<ToRegistry>(enqueue, context.registry, {
        type: 'link.closed',
        link: context.link,
        kind: 'client',
        uid: context.peer.uid,
      }),
    ),
    sendReply: on('reply.value', ({ context, event, enqueue }) =>
      enqueue.emit(replyOf(context, event)),
    ),
    /** The link sends the answer about a session when it knows whether the session's record is on disk. */
    askJournal: on('reply.value', ({ context, event, enqueue }) => {
      const { session } = event.value;
      assert(session !== undefined, 'pre:client-link.askJournal:has-session');
      assert(
        context.unconfirmed.length < ANSWERS_PENDING_MAX,
        'pre:client-link.askJournal:has-room',
      );
      enqueue.assign({ unconfirmed: [...context.unconfirmed, event] });
      enqueue.emit({ type: 'journal.confirm', directory: context.records, name: session.uuid });
    }),
    sendConfirmed: on('journal.confirmed', ({ context, event, enqueue }) => {
      const [first, ...unconfirmed] = context.unconfirmed;
      assert(first?.value.session?.uuid === event.name, 'inv:client-link.unconfirmed:in-order');
      enqueue.assign({ unconfirmed });
      enqueue.emit(replyOf(context, first, event.error?.code));
    }),
    sendFailure: on('reply.failure', ({ context, event, enqueue }) => {
      const { type: _, ...failure } = event;
      const message: ToClient = { type: 'failure', ...failure };
      enqueue.emit({ type: 'wire.send', connection: context.connection, message });
    }),
    sendToConsumer: on('consumer.tell', ({ context, event: { message }, enqueue }) =>
      enqueue.emit({ type: 'wire.send', connection: context.connection, message }),
    ),
  },
});

const chart = {
  id: 'client-link',
  initial: 'authorising',
  on: {
    'wire.closed': '.closed',
    'reply.value': {},
    'reply.failure': {},
    'consumer.tell': {},
    'journal.confirmed': {},
  },
  states: {
    authorising: {
      entry: 'adopt',
      after: { [HELLO_MS_MAX]: { target: 'closed', actions: 'logSilent' } },
      on: {
        'wire.message': [
          { guard: 'isWelcome', target: 'serving', actions: 'welcome' },
          {
            guard: 'isForbidden',
            target: 'closed',
            actions: {
              type: 'refuse',
              params: {
                code: 'NOT_ALLOWED',
                reason: 'this user is not in the group that may use this registry',
              },
            },
          },
          {
            target: 'closed',
            actions: {
              type: 'refuse',
              params: {
                code: 'INCOMPATIBLE',
                reason: `the registry has version ${CONTROL_PROTOCOL_MAJOR} of the control protocol`,
              },
            },
          },
        ],
      },
    },
    serving: {
      initial: 'client',
      states: {
        client: {
          on: {
            'wire.message': [
              { guard: 'isRequest', actions: 'passRequest' },
              { guard: 'isAttach', target: 'attaching', actions: 'passAttach' },
              { target: '#client-link.closed', actions: 'logOutOfPlace' },
            ],
            'reply.value': [
              {
                guard: 'asksTooMuch',
                target: '#client-link.closed',
                actions: 'logAsksTooMuch',
              },
              { guard: 'isOfSession', actions: 'askJournal' },
              { actions: 'sendReply' },
            ],
            'journal.confirmed': { actions: 'sendConfirmed' },
            'reply.failure': { actions: 'sendFailure' },
          },
        },
        attaching: {
          on: {
            'wire.message': { target: '#client-link.closed', actions: 'logOutOfPlace' },
            'consumer.accepted': [{ guard: 'isSnapshot', target: 'snapshot' }, 'consumer'],
            'consumer.refused': {
              target: '#client-link.closed',
              actions: {
                type: 'refuse',
                params: ({ event }) => ({ code: event.code, reason: event.reason }),
              },
            },
          },
        },
        consumer: {
          exit: { type: 'tellSession', params: { type: 'consumer.lost' } },
          on: {
            'wire.message': [
              { guard: 'isConsumerReport', actions: 'passReport' },
              { target: '#client-link.closed', actions: 'logOutOfPlace' },
            ],
            'consumer.tell': { actions: 'sendToConsumer' },
          },
        },
        // It attaches the listed streams. Then it copies without the registry, and counts as a snapshot until it ends.
        snapshot: {
          exit: { type: 'tellSession', params: { type: 'snapshot.ended' } },
          initial: 'attaching',
          on: {
            'wire.message': { target: '#client-link.closed', actions: 'logOutOfPlace' },
            'consumer.tell': { actions: 'sendToConsumer' },
          },
          states: {
            attaching: {
              after: {
                [SNAPSHOT_ATTACH_MS_MAX]: {
                  target: '#client-link.closed',
                  actions: 'logUnattached',
                },
              },
              on: {
                'wire.message': [
                  {
                    guard: 'isOpened',
                    target: 'copying',
                    actions: { type: 'tellSession', params: { type: 'snapshot.attached' } },
                  },
                  { target: '#client-link.closed', actions: 'logOutOfPlace' },
                ],
              },
            },
            copying: {},
          },
        },
      },
    },
    closed: { type: 'final', entry: ['close', 'tellClosed'] },
  },
} satisfies ChartOf<typeof clientLinkSetup>;

export const clientLinkMachine = clientLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => ({ unconfirmed: [], ...input }),
});
