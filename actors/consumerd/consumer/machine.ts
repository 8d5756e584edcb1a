/**
 * `ust-consumerd`: writes the user-space trace of one session, with the credentials of the user that records
 * (R1.19, R1.20). Root of its process.
 *
 * ```
 *   joining: connecting ▶ greeting ▶ attaching ──▶ consuming ──finish, signal──▶ closing ▶ leaving ▶ ended
 *      ▲                                              │ registry lost                ▲
 *      └──────────── RELOOK_MS ◀── alone ◀────────────┘──nobody needs it any more────┘
 * ```
 * A registry that is killed takes nothing along: the consumer goes on writing what applications record, and joins
 * the registry that comes next. What that one does not know is nobody's any more: it is read to its end. A consumer
 * ends when there is no registry for a while and all its applications have died.
 */
import { and, setup } from 'xstate';
import { assert } from '../../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../../src/effects/contract/effects.ts';
import { act, assign, emit } from '../../../src/runtime/act.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ConsumerStream,
  type ToConsumer,
  type ToRegistry,
} from '../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT } from '../../../src/wire/exit-status.ts';
import { messageOf, whyNotJoined } from '../../shared/registry-connection.ts';

export interface ConsumerInput {
  readonly registryPath: string;
  /** Only a registry of this user is talked to. */
  readonly registryUid: number;
  readonly sessionUuid: string;
  /** Where the trace goes, in a directory with the session's name; undefined: where the session says. */
  readonly into: string | undefined;
}

type Writer = Pick<ConsumerStream, 'pid' | 'startedAt'>;

export interface ConsumerContext extends ConsumerInput {
  readonly exitCode: number;
  /** Connections made so far; the last one counts. */
  readonly attempts: number;
  /** The session is known and its trace is open. */
  readonly hasTrace: boolean;
  /** The processes that write the streams that are consumed. */
  readonly writers: Readonly<Record<number, Writer>>;
  /** Looks for a registry since the last one was lost. */
  readonly looks: number;
  /** One of the processes was alive at the present look. */
  readonly isNeeded: boolean;
}

/** How long the registry may take until it has named the session. */
const ATTACH_MS_MAX = 10_000;
/** How often a consumer whose registry is gone looks for the next one, and how often it does without applications. */
const RELOOK_MS = 250;
const LOOKS_MAX = 40;
/** How long the last words may take. */
const LEAVE_MS_MAX = 1000;

const connectionId = ({ attempts }: Pick<ConsumerContext, 'attempts'>): string =>
  `registry-${attempts}`;

function say(context: ConsumerContext, message: ToRegistry): Effect {
  return { type: 'wire.send', connection: connectionId(context), message };
}

function endLine(reason: string): Effect {
  return { type: 'log.write', level: 'error', message: 'Consumer ends', fields: { reason } };
}

/** Another consumer has the session. */
function hasAnother(event: EffectEvent): boolean {
  if (event.type !== 'wire.message') return false;
  const message = messageOf(event);
  return message.type === 'refused' && message.code === 'ALREADY';
}

/** One that has a session goes on without a registry; one that has none is of no use. */
const notJoined = [
  { guard: 'hasTrace', target: '#consumer.alone' },
  { target: '#consumer.ended', actions: 'failToJoin' },
] as const;

export const consumerMachine = setup({
  types: {
    context: {} as ConsumerContext,
    input: {} as ConsumerInput,
    events: {} as EffectEvent,
    emitted: {} as Effect,
  },
  guards: {
    isOwnersRegistry: ({ context, event }) =>
      event.type === 'wire.opened' &&
      event.connection === connectionId(context) &&
      event.peer.uid === context.registryUid,
    isPresent: ({ context, event }) =>
      'connection' in event && event.connection === connectionId(context),
    isReplaced: ({ event }) => hasAnother(event),
    isMessage: ({ context, event }, params: { type: ToConsumer['type'] }) =>
      event.type === 'wire.message' &&
      event.connection === connectionId(context) &&
      messageOf(event).type === params.type,
    isWelcome: ({ context, event }) => {
      if (event.type !== 'wire.message' || event.connection !== connectionId(context)) return false;
      const message = messageOf(event);
      return message.type === 'welcome' && message.major === CONTROL_PROTOCOL_MAJOR;
    },
    isOutOfPlace: ({ context, event }) =>
      event.type === 'wire.message' &&
      event.connection === connectionId(context) &&
      ['welcome', 'refused', 'session'].includes(messageOf(event).type),
    hasTrace: ({ context }) => context.hasTrace,
    isWorthWaiting: ({ context }) => context.isNeeded || context.looks < LOOKS_MAX,
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
        protocol: 'control.consumer',
      });
    }),
    /** A connection that comes when nobody waits for it any more. */
    closeOpened: emit(({ event }) => {
      assert(event.type === 'wire.opened', 'pre:consumer.closeOpened:is-opened');
      return { type: 'wire.close' as const, connection: event.connection };
    }),
    disconnect: emit(({ context }) => ({
      type: 'wire.close' as const,
      connection: connectionId(context),
    })),
    greet: act(({ context, enqueue }) => {
      const connection = connectionId(context);
      enqueue.emit({ type: 'wire.adopt', connection });
      enqueue.emit(say(context, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }));
    }),
    attach: emit(({ context }) => say(context, { type: 'attach', session: context.sessionUuid })),
    fail: act(({ enqueue }, params: { code: number; reason: string }) => {
      enqueue.assign({ exitCode: params.code });
      enqueue.emit(endLine(params.reason));
    }),
    /** The registry did not take us. */
    failToJoin: act(({ event, enqueue }) => {
      enqueue.assign({
        exitCode: hasAnother(event) ? CONSUMERD_EXIT.hasAnother : CONSUMERD_EXIT.notAttached,
      });
      enqueue.emit(endLine(whyNotJoined(event)));
    }),
    logLoss: emit(({ event }) => ({
      type: 'log.write' as const,
      level: 'warn' as const,
      message: 'Lost the registry: recording goes on',
      fields: { reason: event.type === 'wire.closed' ? event.reason : undefined },
    })),
    lookForNeed: act(({ context, enqueue }) => {
      enqueue.assign({ isNeeded: false, looks: context.looks + 1 });
      const writers = Object.values(context.writers);
      const each = new Map(writers.map((one) => [`${one.pid} ${one.startedAt}`, one]));
      for (const writer of each.values()) enqueue.emit({ type: 'process.check', ...writer });
    }),
    noteNeed: assign(({ context, event }) => ({
      isNeeded: context.isNeeded || (event.type === 'process.checked' && event.isAlive),
    })),
    sayOpened: emit(({ context }) => say(context, { type: 'opened' })),
    openTrace: act(({ context, event, enqueue }) => {
      const message = messageOf(event);
      assert(message.type === 'session', 'pre:consumer.openTrace:is-session');
      enqueue.assign({ hasTrace: true, looks: 0 });
      const { name: sessionName, segments } = message;
      if (context.hasTrace) {
        enqueue.emit({ type: 'trace.keepOnly', segments });
        enqueue.emit(say(context, { type: 'opened' }));
        return;
      }
      const output = context.into === undefined ? message.output : `${context.into}/${sessionName}`;
      enqueue.emit({ type: 'trace.open', sessionName, output });
    }),
    follow: act(({ context, event, enqueue }) => {
      const message = messageOf(event);
      if (message.type === 'stream.add') {
        const { streamId, pid, startedAt } = message.stream;
        enqueue.assign({ writers: { ...context.writers, [streamId]: { pid, startedAt } } });
        enqueue.emit({ type: 'trace.addStream', stream: message.stream });
      } else if (message.type === 'stream.ended') {
        enqueue.emit({ type: 'trace.endStream', streamId: message.streamId });
      } else if (message.type === 'flush') {
        enqueue.emit({ type: 'trace.flush', token: message.token });
      }
    }),
    release: act(({ context, event, enqueue }) => {
      assert(event.type === 'trace.streamReleased', 'pre:consumer.release:is-released');
      const { [event.streamId]: _, ...writers } = context.writers;
      enqueue.assign({ writers });
      enqueue.emit(say(context, { type: 'stream.released', streamId: event.streamId }));
    }),
  },
}).createMachine({
  id: 'consumer',
  context: ({ input }) => ({
    exitCode: 0,
    attempts: 0,
    hasTrace: false,
    writers: {},
    looks: 0,
    isNeeded: false,
    ...input,
  }),
  initial: 'joining',
  // Late words of connections that do not count any more, and outcomes that a registry will ask for again.
  on: {
    'wire.closed': {},
    'wire.message': {},
    'wire.openFailed': {},
    'process.signalled': {},
    'process.checked': {},
    'trace.flushed': {},
    'trace.streamReleased': { actions: 'release' },
  },
  states: {
    joining: {
      initial: 'connecting',
      after: { [ATTACH_MS_MAX]: notJoined },
      on: {
        'process.signalled': [{ guard: 'hasTrace', target: 'closing' }, { target: 'ended' }],
        'wire.message': [
          {
            guard: and(['isReplaced', 'hasTrace']),
            target: 'yielding',
            actions: 'failToJoin',
          },
          { guard: 'isReplaced', target: 'ended', actions: 'failToJoin' },
          {
            guard: { type: 'isMessage', params: { type: 'refused' } },
            target: 'closing',
            actions: 'failToJoin',
          },
        ],
        'wire.closed': notJoined,
      },
      states: {
        connecting: {
          entry: 'connect',
          on: {
            'wire.opened': [{ guard: 'isOwnersRegistry', target: 'greeting' }, ...notJoined],
            'wire.openFailed': notJoined,
          },
        },
        greeting: {
          entry: 'greet',
          on: {
            'wire.message': {
              guard: 'isWelcome',
              target: 'attaching',
            },
          },
        },
        attaching: {
          entry: 'attach',
          on: {
            'wire.message': {
              guard: { type: 'isMessage', params: { type: 'session' } },
              target: '#consumer.consuming',
              actions: 'openTrace',
            },
          },
        },
      },
    },
    consuming: {
      on: {
        'wire.message': [
          { guard: { type: 'isMessage', params: { type: 'finish' } }, target: 'closing' },
          {
            guard: 'isOutOfPlace',
            target: 'closing',
            actions: {
              type: 'fail',
              params: ({ event }) => ({
                code: CONSUMERD_EXIT.registryLost,
                reason: `the registry said "${messageOf(event).type}" out of place`,
              }),
            },
          },
          { guard: 'isPresent', actions: 'follow' },
        ],
        'trace.opened': { actions: 'sayOpened' },
        'trace.openFailed': {
          target: 'ended',
          actions: {
            type: 'fail',
            params: ({ event }) => ({
              code: CONSUMERD_EXIT.noOutput,
              reason: `cannot make ${event.error.subject} (${event.error.code})`,
            }),
          },
        },
        'trace.flushed': {
          actions: emit(({ context, event }) =>
            say(context, { type: 'flushed', token: event.token }),
          ),
        },
        'wire.closed': { guard: 'isPresent', target: 'alone', actions: 'logLoss' },
        'process.signalled': 'closing',
      },
    },
    alone: {
      entry: ['disconnect', 'lookForNeed'],
      after: {
        [RELOOK_MS]: [
          { guard: 'isWorthWaiting', target: 'joining' },
          {
            target: 'closing',
            actions: {
              type: 'fail',
              params: {
                code: CONSUMERD_EXIT.registryLost,
                reason: 'there is no registry, and no application is left',
              },
            },
          },
        ],
      },
      on: {
        'wire.opened': { actions: 'closeOpened' },
        'process.checked': { actions: 'noteNeed' },
        'process.signalled': 'closing',
      },
    },
    closing: {
      entry: emit({ type: 'trace.close' as const }),
      on: {
        'wire.opened': { actions: 'closeOpened' },
        'trace.closed': {
          target: 'leaving',
          actions: emit(({ context }) => say(context, { type: 'finished' })),
        },
      },
    },
    // The other one goes on in our files as soon as we let go of them.
    yielding: {
      entry: emit({ type: 'trace.close' as const, isReplaced: true as const }),
      on: { 'trace.closed': 'leaving', 'wire.opened': { actions: 'closeOpened' } },
    },
    // What was said last is sent before the connection closes, and the process ends after that.
    leaving: {
      entry: 'disconnect',
      after: { [LEAVE_MS_MAX]: 'ended' },
      on: { 'wire.closed': 'ended', 'wire.opened': { actions: 'closeOpened' } },
    },
    ended: {
      entry: emit(({ context }) => ({ type: 'process.exit' as const, code: context.exitCode })),
    },
  },
});
