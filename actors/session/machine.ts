/**
 * A recording session in the registry.
 *
 * ```
 *   inactive ──start──▶ starting ──applied──▶ active ──stop──▶ stopping ──flushed──▶ stopped ──start──▶ starting
 *      └───────────────── destroy, from any of the three ─────▶ destroying ──consumer finished──▶ destroyed
 * ```
 * Starting, stopping and destroying wait: first until every traced application has applied what it was told, or
 * APPLY_MS_MAX has passed (a blocked event loop must not block the user), then until the consumer has written what
 * the buffers hold. Meanwhile other commands on the session are answered SESSION_BUSY. The registry owns the
 * buffers (R1.7): made when an application has something to record and the session is started (R1.18), removed
 * when the consumer let go of an ended stream, and with the session.
 */
import { assign, enqueueActions, setup } from 'xstate';
import { assert } from '../../src/base/assert.ts';
import type { Effect, EffectEvent } from '../../src/effects/types.ts';
import type { ReplyValue, SessionInfo, ToConsumer } from '../../src/wire/control/messages.ts';
import { tell } from '../registry/tell.ts';
import type { ReplyTo, ToAppLink, ToClientLink, ToRegistry, ToSession } from '../registry/types.ts';
import { addChannel, disableEvents, enableEvents, type Refusal } from './changes.ts';
import {
  channelsFor,
  consumerStreamOf,
  infoOf,
  initialContext,
  mayTrace,
  partFor,
  type SessionContext,
  type SessionInput,
  STREAMS_MAX,
  type Stream,
  streamOf,
} from './context.ts';

/** How long an application may take to follow a command. */
export const APPLY_MS_MAX = 1000;
/** How long the consumer may take to write what is left. */
export const DRAIN_MS_MAX = 30_000;
/** How long `lttng` may take to bring a consumer. */
export const CONSUMER_MS_MAX = 10_000;

export type SessionEvent =
  | ToSession
  | Extract<EffectEvent, { type: 'memory.streamCreated' | 'memory.streamFailed' }>;

type CommandOp = Extract<ToSession, { type: 'session.command' }>['operation']['op'];
type Enqueue = Parameters<typeof tell>[0];
type System = Parameters<typeof tell>[1];

function isOp(event: SessionEvent, op: CommandOp): boolean {
  return event.type === 'session.command' && event.operation.op === op;
}

function answer(enqueue: Enqueue, system: System, to: ReplyTo, value: ReplyValue): void {
  tell<ToClientLink>(enqueue, system, to.link, { type: 'reply.value', id: to.id, value });
}

function refuse(enqueue: Enqueue, system: System, to: ReplyTo, refusal: Refusal): void {
  tell<ToClientLink>(enqueue, system, to.link, { type: 'reply.failure', id: to.id, ...refusal });
}

function tellConsumer(
  enqueue: Enqueue,
  system: System,
  context: SessionContext,
  message: ToConsumer,
): void {
  if (context.consumer === undefined) return;
  tell<ToClientLink>(enqueue, system, context.consumer.link, { type: 'consumer.tell', message });
}

export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent,
    emitted: {} as Effect,
  },
  guards: {
    isStart: ({ event }) => isOp(event, 'session.start'),
    isStartAlone: ({ context, event }) =>
      isOp(event, 'session.start') && context.consumer === undefined,
    isStop: ({ event }) => isOp(event, 'session.stop'),
    isDestroy: ({ event }) => isOp(event, 'session.destroy'),
    isAwait: ({ event }) => isOp(event, 'consumer.await'),
    isNotAwait: ({ event }) => !isOp(event, 'consumer.await'),
    isChange: ({ event }) =>
      isOp(event, 'channel.add') || isOp(event, 'event.enable') || isOp(event, 'event.disable'),
    hasConsumer: ({ context }) => context.consumer !== undefined,
    hasNoConsumer: ({ context }) => context.consumer === undefined,
    isEveryoneDone: ({ context }) => context.apps.every(({ sent, applied }) => applied >= sent),
    isThisFlush: ({ context, event }) =>
      event.type === 'consumer.flushed' && event.token === context.flushToken,
    isOurConsumer: ({ context, event }) =>
      event.type === 'consumer.lost' && event.link === context.consumer?.link,
  },
  actions: {
    holdReply: assign(({ event }) => {
      assert(event.type === 'session.command', 'pre:session.holdReply:is-command');
      return { answering: event.replyTo };
    }),
    answerHeld: enqueueActions(
      ({ context, enqueue, system }, params: { state: SessionInfo['state'] }) => {
        if (context.answering === undefined) return;
        answer(enqueue, system, context.answering, { session: infoOf(context, params.state) });
      },
    ),
    refuseWith: enqueueActions(({ event, enqueue, system }, params: Refusal) => {
      assert(event.type === 'session.command', 'pre:session.refuseWith:is-command');
      refuse(enqueue, system, event.replyTo, params);
    }),
    refuseBusy: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'session.command', 'pre:session.refuseBusy:is-command');
      refuse(enqueue, system, event.replyTo, {
        code: 'SESSION_BUSY',
        reason: `Session "${context.name}" is carrying out another command; try again when it is done`,
      });
    }),
    refuseAlready: enqueueActions(
      ({ context, event, enqueue, system }, params: { state: string }) => {
        assert(event.type === 'session.command', 'pre:session.refuseAlready:is-command');
        refuse(enqueue, system, event.replyTo, {
          code: 'ALREADY',
          reason: `Session "${context.name}" is ${params.state} already`,
        });
      },
    ),
    refuseNoConsumer: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'session.command', 'pre:session.refuseNoConsumer:is-command');
      refuse(enqueue, system, event.replyTo, {
        code: 'NO_CONSUMER',
        reason: `Session "${context.name}" has no consumer; the lttng command starts one with your credentials`,
        session: context.uuid,
      });
    }),
    awaitConsumer: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'session.command', 'pre:session.awaitConsumer:is-command');
      if (context.consumer === undefined) {
        enqueue.assign({ awaiting: [...context.awaiting, event.replyTo] });
      } else {
        answer(enqueue, system, event.replyTo, {});
      }
    }),
    /** Channels and rules; the applications learn at once when the session is active. */
    change: enqueueActions(
      ({ context, event, enqueue, system }, params: { state: SessionInfo['state'] }) => {
        assert(event.type === 'session.command', 'pre:session.change:is-command');
        const { operation, replyTo } = event;
        const changed =
          operation.op === 'channel.add'
            ? addChannel(context, operation)
            : operation.op === 'event.enable'
              ? enableEvents(context, operation)
              : operation.op === 'event.disable'
                ? disableEvents(context, operation)
                : undefined;
        assert(changed !== undefined, 'pre:session.change:is-change');
        if (!changed.ok) {
          refuse(enqueue, system, replyTo, changed.error);
          return;
        }
        enqueue.assign(changed.value);
        answer(enqueue, system, replyTo, {
          session: infoOf({ ...context, ...changed.value }, params.state),
        });
      },
    ),
    attachConsumer: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'consumer.attached', 'pre:session.attachConsumer:is-attached');
      const consumer = { link: event.link, pid: event.pid };
      const attached = { ...context, consumer };
      enqueue.assign({ consumer, awaiting: [] });
      tell<ToClientLink>(enqueue, system, event.link, { type: 'consumer.accepted' });
      const { name, uuid, output } = context;
      tellConsumer(enqueue, system, attached, { type: 'session', name, uuid, output });
      for (const stream of context.streams) {
        const told = consumerStreamOf(context, stream);
        if (told === undefined) continue;
        tellConsumer(enqueue, system, attached, { type: 'stream.add', stream: told });
        if (stream.ended) {
          tellConsumer(enqueue, system, attached, {
            type: 'stream.ended',
            streamId: stream.streamId,
          });
        }
      }
      for (const waiting of context.awaiting) answer(enqueue, system, waiting, {});
    }),
    refuseConsumer: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'consumer.attached', 'pre:session.refuseConsumer:is-attached');
      tell<ToClientLink>(enqueue, system, event.link, {
        type: 'consumer.refused',
        code: 'ALREADY',
        reason: `Session "${context.name}" has a consumer already`,
      });
    }),
    loseConsumer: enqueueActions(({ context, enqueue }) => {
      const { consumer } = context;
      assert(consumer !== undefined, 'pre:session.loseConsumer:has-one');
      enqueue.assign({ consumer: undefined });
      enqueue.emit({
        type: 'log.write',
        level: 'warn',
        message: 'Consumer left its session',
        fields: { session: context.name, pid: consumer.pid },
      });
    }),
    addApp: assign(({ context, event }) => {
      assert(event.type === 'app.joined', 'pre:session.addApp:is-joined');
      return { apps: [...context.apps, { app: event.app, sent: 0, applied: 0 }] };
    }),
    /** An application thread is gone: its streams get nothing more. */
    removeApp: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'app.left', 'pre:session.removeApp:is-left');
      const ending = context.streams.filter(({ app }) => app.link === event.link);
      enqueue.assign({
        apps: context.apps.filter(({ app }) => app.link !== event.link),
        streams: context.streams.map((stream) =>
          ending.includes(stream) ? { ...stream, ended: true } : stream,
        ),
      });
      for (const { streamId, memory } of ending) {
        if (memory !== undefined)
          tellConsumer(enqueue, system, context, { type: 'stream.ended', streamId });
      }
    }),
    noteApplied: assign(({ context, event }) => {
      assert(event.type === 'app.applied', 'pre:session.noteApplied:is-applied');
      return {
        apps: context.apps.map((traced) =>
          traced.app.link === event.link
            ? { ...traced, applied: Math.max(traced.applied, event.version) }
            : traced,
        ),
      };
    }),
    /** Asks for the memory of every stream that the applications need and do not have (R1.18). */
    requestStreams: enqueueActions(({ context, enqueue }) => {
      const added: Stream[] = [];
      const { place, owner, uuid } = context;
      for (const { app } of context.apps) {
        if (!mayTrace(context, app)) continue;
        for (const { settings } of channelsFor(context, app)) {
          if (streamOf(context, app.link, settings.name) !== undefined) continue;
          if (context.streams.length + added.length >= STREAMS_MAX) {
            enqueue.emit({
              type: 'log.write',
              level: 'warn',
              message: 'Session has no room for another stream',
              fields: { session: context.name, pid: app.pid, 'streams-max': STREAMS_MAX },
            });
            continue;
          }
          const streamId = context.nextStreamId + added.length;
          const wakePath = `${place.directory}/wake-${uuid}-${app.uid}`;
          added.push({ streamId, channel: settings.name, app, wakePath, ended: false });
          enqueue.emit({
            type: 'memory.createStream',
            streamId,
            link: app.link,
            shape: settings.shape,
            writer: { uid: app.uid, gid: app.gid },
            consumer: owner,
            ...(place.groupId === undefined ? {} : { readerGid: place.groupId }),
            wakePath,
          });
        }
      }
      enqueue.assign({
        streams: [...context.streams, ...added],
        nextStreamId: context.nextStreamId + added.length,
      });
    }),
    keepStream: enqueueActions(({ context, event, enqueue, system }) => {
      assert(event.type === 'memory.streamCreated', 'pre:session.keepStream:is-created');
      const { streamId, dataSegment, positionSegment } = event;
      const streams = context.streams.map((stream) =>
        stream.streamId === streamId
          ? { ...stream, memory: { dataSegment, positionSegment } }
          : stream,
      );
      enqueue.assign({ streams });
      const stream = streams.find((other) => other.streamId === streamId);
      const told = stream && consumerStreamOf(context, stream);
      if (told === undefined) return;
      tellConsumer(enqueue, system, context, { type: 'stream.add', stream: told });
      if (stream?.ended === true)
        tellConsumer(enqueue, system, context, { type: 'stream.ended', streamId });
    }),
    dropStream: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'memory.streamFailed', 'pre:session.dropStream:is-failed');
      enqueue.assign({
        streams: context.streams.filter(({ streamId }) => streamId !== event.streamId),
      });
      enqueue.emit({
        type: 'log.write',
        level: 'error',
        message: 'Cannot make the buffers of a stream',
        fields: {
          session: context.name,
          'stream-id': event.streamId,
          code: event.error.code,
          call: event.error.call,
        },
      });
    }),
    releaseStream: enqueueActions(({ context, event, enqueue }) => {
      assert(event.type === 'consumer.released', 'pre:session.releaseStream:is-released');
      const stream = context.streams.find(({ streamId }) => streamId === event.streamId);
      if (stream === undefined || !stream.ended || stream.memory === undefined) return;
      enqueue.emit({ type: 'memory.removeStream', ...stream.memory });
      enqueue.assign({ streams: context.streams.filter((other) => other !== stream) });
    }),
    removeAllStreams: enqueueActions(({ context, enqueue }) => {
      for (const { memory, wakePath } of context.streams) {
        if (memory !== undefined)
          enqueue.emit({ type: 'memory.removeStream', ...memory, wakePath });
      }
      enqueue.assign({ streams: [] });
    }),
    /**
     * Tells applications their part of this session as it stands: the one that an event is about, else all. One
     * whose streams are still being made is told when they are, so that its first state is complete.
     */
    sendParts: enqueueActions(
      ({ context, event, enqueue, system }, params: { active: boolean; gone?: boolean }) => {
        const version = context.version + 1;
        const subject = subjectOf(event);
        const told = context.apps.filter(
          ({ app }) =>
            (subject === undefined || subject === app.link) &&
            (params.gone === true || !hasPendingStreams(context, app.link)),
        );
        enqueue.assign({
          version,
          apps: context.apps.map((traced) =>
            told.includes(traced) ? { ...traced, sent: version } : traced,
          ),
        });
        for (const { app } of told) {
          tell<ToAppLink>(enqueue, system, app.link, {
            type: 'part.changed',
            session: context.session,
            sessionUuid: context.uuid,
            version,
            part: params.gone === true ? undefined : partFor(context, app, params.active),
          });
        }
      },
    ),
    askFlush: enqueueActions(({ context, enqueue, system }) => {
      const token = context.flushToken + 1;
      enqueue.assign({ flushToken: token });
      tellConsumer(enqueue, system, context, { type: 'flush', token });
    }),
    askFinish: enqueueActions(({ context, enqueue, system }) => {
      tellConsumer(enqueue, system, context, { type: 'finish' });
    }),
    logSlowConsumer: enqueueActions(({ context, enqueue }) =>
      enqueue.emit({
        type: 'log.write',
        level: 'warn',
        message: 'Consumer did not finish in time',
        fields: { session: context.name, 'limit-ms': DRAIN_MS_MAX },
      }),
    ),
    publish: enqueueActions(
      ({ context, enqueue, system }, params: { state: SessionInfo['state'] }) =>
        tell<ToRegistry>(enqueue, system, context.registry, {
          type: 'session.changed',
          session: context.session,
          info: infoOf(context, params.state),
        }),
    ),
    tellEnded: enqueueActions(({ context, enqueue, system }) =>
      tell<ToRegistry>(enqueue, system, context.registry, {
        type: 'session.ended',
        session: context.session,
      }),
    ),
    failAwaiting: enqueueActions(({ context, enqueue, system }) => {
      for (const waiting of context.awaiting) {
        refuse(enqueue, system, waiting, {
          code: 'CONSUMER_FAILED',
          reason: `No consumer attached to session "${context.name}" within ${CONSUMER_MS_MAX / 1000} s`,
        });
      }
      enqueue.assign({ awaiting: [] });
    }),
  },
}).createMachine({
  id: 'session',
  context: ({ input }) => initialContext(input),
  type: 'parallel',
  states: {
    recording: {
      initial: 'inactive',
      on: {
        'memory.streamCreated': { actions: 'keepStream' },
        'memory.streamFailed': { actions: 'dropStream' },
      },
      states: {
        inactive: {
          entry: { type: 'publish', params: { state: 'inactive' } },
          on: {
            'session.command': [
              { guard: 'isStartAlone', actions: 'refuseNoConsumer' },
              { guard: 'isStart', target: 'starting', actions: 'holdReply' },
              { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
              {
                guard: 'isStop',
                actions: { type: 'refuseAlready', params: { state: 'inactive' } },
              },
              {
                guard: 'isChange',
                actions: [
                  { type: 'change', params: { state: 'inactive' } },
                  { type: 'publish', params: { state: 'inactive' } },
                ],
              },
            ],
            'app.joined': { actions: ['addApp', { type: 'sendParts', params: { active: false } }] },
          },
        },
        starting: {
          entry: [{ type: 'publish', params: { state: 'starting' } }, 'requestStreams'],
          initial: 'allocating',
          on: {
            'session.command': { guard: 'isNotAwait', actions: 'refuseBusy' },
            'app.joined': {
              actions: [
                'addApp',
                'requestStreams',
                { type: 'sendParts', params: { active: true } },
              ],
            },
          },
          states: {
            // Stream memory is made at once; its events come before this state is left.
            allocating: {
              always: {
                guard: ({ context }) => context.streams.every(({ memory }) => memory !== undefined),
                target: 'applying',
                actions: { type: 'sendParts', params: { active: true } },
              },
            },
            applying: {
              on: {
                'memory.streamCreated': {
                  actions: ['keepStream', { type: 'sendParts', params: { active: true } }],
                },
                'memory.streamFailed': {
                  actions: ['dropStream', { type: 'sendParts', params: { active: true } }],
                },
              },
              after: { [APPLY_MS_MAX]: '#session.recording.active' },
              always: { guard: 'isEveryoneDone', target: '#session.recording.active' },
            },
          },
          exit: { type: 'answerHeld', params: { state: 'active' } },
        },
        active: {
          entry: { type: 'publish', params: { state: 'active' } },
          on: {
            'session.command': [
              { guard: 'isStop', target: 'stopping', actions: 'holdReply' },
              { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
              { guard: 'isStart', actions: { type: 'refuseAlready', params: { state: 'active' } } },
              {
                guard: 'isChange',
                actions: [
                  { type: 'change', params: { state: 'active' } },
                  'requestStreams',
                  { type: 'sendParts', params: { active: true } },
                  { type: 'publish', params: { state: 'active' } },
                ],
              },
            ],
            'app.joined': {
              actions: [
                'addApp',
                'requestStreams',
                { type: 'sendParts', params: { active: true } },
              ],
            },
            'memory.streamCreated': {
              actions: ['keepStream', { type: 'sendParts', params: { active: true } }],
            },
            'memory.streamFailed': {
              actions: ['dropStream', { type: 'sendParts', params: { active: true } }],
            },
          },
        },
        stopping: {
          entry: [
            { type: 'publish', params: { state: 'stopping' } },
            { type: 'sendParts', params: { active: false } },
          ],
          initial: 'applying',
          on: {
            'session.command': { guard: 'isNotAwait', actions: 'refuseBusy' },
            'app.joined': { actions: ['addApp', { type: 'sendParts', params: { active: false } }] },
          },
          states: {
            applying: {
              after: { [APPLY_MS_MAX]: 'flushing' },
              always: { guard: 'isEveryoneDone', target: 'flushing' },
            },
            flushing: {
              entry: 'askFlush',
              always: { guard: 'hasNoConsumer', target: '#session.recording.stopped' },
              after: {
                [DRAIN_MS_MAX]: {
                  target: '#session.recording.stopped',
                  actions: 'logSlowConsumer',
                },
              },
              on: {
                'consumer.flushed': { guard: 'isThisFlush', target: '#session.recording.stopped' },
              },
            },
          },
          exit: { type: 'answerHeld', params: { state: 'stopped' } },
        },
        stopped: {
          entry: { type: 'publish', params: { state: 'stopped' } },
          on: {
            'session.command': [
              { guard: 'isStartAlone', actions: 'refuseNoConsumer' },
              { guard: 'isStart', target: 'starting', actions: 'holdReply' },
              { guard: 'isDestroy', target: 'destroying', actions: 'holdReply' },
              { guard: 'isStop', actions: { type: 'refuseAlready', params: { state: 'stopped' } } },
              {
                guard: 'isChange',
                actions: [
                  { type: 'change', params: { state: 'stopped' } },
                  { type: 'publish', params: { state: 'stopped' } },
                ],
              },
            ],
            'app.joined': { actions: ['addApp', { type: 'sendParts', params: { active: false } }] },
          },
        },
        destroying: {
          entry: [
            { type: 'publish', params: { state: 'destroying' } },
            { type: 'sendParts', params: { active: false, gone: true } },
          ],
          initial: 'applying',
          on: {
            'session.command': { guard: 'isNotAwait', actions: 'refuseBusy' },
            'app.joined': {
              actions: ['addApp', { type: 'sendParts', params: { active: false, gone: true } }],
            },
          },
          states: {
            applying: {
              after: { [APPLY_MS_MAX]: 'finishing' },
              always: { guard: 'isEveryoneDone', target: 'finishing' },
            },
            finishing: {
              entry: 'askFinish',
              always: { guard: 'hasNoConsumer', target: 'removing' },
              after: { [DRAIN_MS_MAX]: { target: 'removing', actions: 'logSlowConsumer' } },
              on: { 'consumer.finished': 'removing' },
            },
            removing: {
              entry: [
                'removeAllStreams',
                { type: 'answerHeld', params: { state: 'destroying' } },
                'tellEnded',
              ],
            },
          },
        },
      },
    },
    // Facts that hold whatever the recording does.
    following: {
      initial: 'watching',
      states: {
        watching: {
          on: {
            'app.joined': {},
            'app.left': { actions: 'removeApp' },
            'app.applied': { actions: 'noteApplied' },
            'consumer.attached': [
              { guard: 'hasConsumer', actions: 'refuseConsumer' },
              { actions: 'attachConsumer' },
            ],
            'consumer.lost': { guard: 'isOurConsumer', actions: 'loseConsumer' },
            'consumer.released': { actions: 'releaseStream' },
            'consumer.flushed': {},
            'consumer.finished': {},
            'session.command': { guard: 'isAwait', actions: 'awaitConsumer' },
          },
        },
      },
    },
    awaitingConsumer: {
      initial: 'idle',
      states: {
        idle: {
          always: { guard: ({ context }) => context.awaiting.length > 0, target: 'waiting' },
        },
        waiting: {
          always: { guard: ({ context }) => context.awaiting.length === 0, target: 'idle' },
          after: { [CONSUMER_MS_MAX]: { target: 'idle', actions: 'failAwaiting' } },
        },
      },
    },
  },
});

/** The application thread that an event is about, or undefined when it is about the whole session. */
function subjectOf(event: SessionEvent): string | undefined {
  if (event.type === 'app.joined') return event.app.link;
  if (event.type !== 'memory.streamCreated' && event.type !== 'memory.streamFailed')
    return undefined;
  return event.link;
}

function hasPendingStreams(context: SessionContext, link: string): boolean {
  return context.streams.some(
    ({ app, memory, ended }) => app.link === link && memory === undefined && !ended,
  );
}
