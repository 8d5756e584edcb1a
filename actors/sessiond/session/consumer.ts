/** The consumer of a session: attaching, messages to it, and requests that wait for it (R1.19, R1.20). */
import { assert } from '../../../src/base/assert.ts';
import { act, assign, emit, on } from '../../../src/runtime/act.ts';
import { type Emit, tell } from '../../../src/runtime/tell.ts';
import { isThere } from '../../../src/runtime/turn.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { AWAITING_MAX, CONSUMER_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import type { ReplyTo, ToClientLink, WritingMessage } from '../messages.ts';
import { answer, type Refusal, refuse } from '../reply.ts';
import { consumerStreamOf, introductionOf } from './consumed.ts';
import { memoryOf, type SessionContext, type Stream } from './context.ts';
import { infoOf } from './info.ts';
import { tellKernelLink } from './kernel-part.ts';
import { isOriginal, whyNothing } from './place.ts';
import { keepRecord, tellEnded, tellInfo } from './publish.ts';
import { owesArchive } from './rotation.ts';
import { changed, type Parts, sessionActions } from './scene.ts';
import { isOver } from './shared.ts';
import { isSameOutcome, writingBy } from './writing.ts';

type Finish = Extract<ToConsumer, { type: 'finish' }>;

export const consumerActions = sessionActions({
  refuseNoConsumer: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, noConsumer(context, event.replyTo)),
  ),

  /** Refuses the command in progress: its clients start a consumer and repeat the request. */
  refuseHeld: act((scene) => {
    const { context, enqueue } = scene;
    for (const waiting of context.answering) {
      refuse(enqueue, waiting, noConsumer(context, waiting));
    }
    scene.enqueue.assign({ answering: [] });
  }),

  attachConsumer: on('consumer.attached', (scene) => {
    const { context, event, enqueue } = scene;
    const { link, pid, gid } = event;
    const consumer = { link, pid, gid, isOpen: false };
    const writing = writingBy(context.writing, pid);
    const attached = changed(scene, { consumer, writing, isDismissed: false });
    if (context.isDismissed) keepRecord(enqueue, attached);
    tell<ToClientLink>(enqueue, event.link, { type: 'consumer.accepted' });
    tellConsumer(enqueue, attached, introductionOf(context));
    if (context.rotation.atBytes !== undefined) tellLimit(enqueue, attached);
    for (const stream of context.streams) tellStream(enqueue, attached, stream);
    const credentials = { pid, uid: context.owner.uid, gid };
    tellKernelLink(scene, { type: 'consumer.here', consumer: credentials });
    tellInfo(enqueue, attached);
  }),

  refuseConsumer: on('consumer.attached', ({ context, event, enqueue }) => {
    const refusal: Refusal = context.isFlightRecorder
      ? ofFlightRecorder(context)
      : { code: 'ALREADY', reason: `Session "${context.name}" already has a consumer` };
    tell<ToClientLink>(enqueue, event.link, { type: 'consumer.refused', ...refusal });
  }),

  refuseContinue: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, ofFlightRecorder(context)),
  ),

  /** The consumer can write: from now on the session can start. */
  openConsumer: act((scene) => {
    const { context, enqueue } = scene;
    const { consumer, awaiting, isDismissed } = context;
    // One that was told to finish while it opened its output may say so late.
    if (consumer === undefined || isDismissed) return;
    scene.enqueue.assign({
      consumer: { ...consumer, isOpen: true },
      awaiting: [],
      awaitingFirst: 0,
    });
    const session = infoOf(context, context.state);
    for (const waiting of awaiting) answer(enqueue, waiting, { session });
  }),

  noteOutcome: on('consumer.outcome', (scene) => {
    const { context, event, enqueue } = scene;
    const { pid, lostBefore } = context.writing;
    const writing = { pid, lostBefore, ...event.outcome };
    const now = changed(scene, { writing });
    if (!isSameOutcome(context.writing, writing)) tellInfo(enqueue, now);
  }),

  /** The consumer has written what it could; the rest stays in the buffers. */
  refuseUnwritten: act((scene) => {
    const { context, enqueue } = scene;
    for (const waiting of context.answering) refuse(enqueue, waiting, notWritten(context));
    enqueue.assign({ answering: [], owesFlush: true });
  }),

  /** It has been told to finish, and writes no later recording. */
  closeConsumer: act(({ context, enqueue }) => {
    const { consumer } = context;
    enqueue.assign({
      consumer: consumer === undefined ? undefined : { ...consumer, isOpen: false },
    });
  }),

  loseConsumer: on('consumer.lost', (scene) => {
    const { context, event, enqueue } = scene;
    const { consumer, awaiting, dismissing, watching, isDismissed } = context;
    // The session accepts no other consumer while this one is attached.
    assert(event.link === consumer?.link, 'pre:session.loseConsumer:is-ours');
    tellKernelLink(scene, { type: 'consumer.gone' });
    const left = changed(scene, {
      consumer: undefined,
      awaiting: [],
      awaitingFirst: 0,
      dismissing: [],
      watching: isDismissed ? watching : [],
    });
    tellInfo(enqueue, left);
    for (const waiting of isDismissed ? [] : watching) {
      refuse(enqueue, waiting, noConsumer(context, waiting));
    }
    for (const waiting of dismissing) {
      if (context.writing.unwritten !== undefined) refuse(enqueue, waiting, notWritten(context));
      else answer(enqueue, waiting, { session: infoOf(left, context.state) });
    }
    for (const waiting of awaiting) refuse(enqueue, waiting, leftEarly(context));
    enqueue.emit({
      type: 'log.write',
      event: 'consumer.left',
      fields: { session: context.name, pid: consumer.pid, uid: context.owner.uid },
    });
  }),

  /** The consumer writes the remaining data and ends; the state of the session does not change. */
  dismissConsumer: on('session.command', (scene) => {
    const { context, event, enqueue } = scene;
    const { consumer, dismissing } = context;
    if (consumer === undefined) {
      refuse(enqueue, event.replyTo, {
        code: 'ALREADY',
        reason: `Session "${context.name}" has no consumer`,
      });
    } else if (dismissing.length >= AWAITING_MAX) {
      refuse(enqueue, event.replyTo, {
        code: 'LIMIT',
        reason: `${AWAITING_MAX} requests already wait for the end of the consumer of session "${context.name}"`,
      });
    } else {
      const now = changed(scene, {
        consumer: { ...consumer, isOpen: false },
        isDismissed: true,
        dismissing: [...dismissing, event.replyTo],
      });
      keepRecord(enqueue, now);
      tellToWrite({ context: now, enqueue }, { type: 'finish' });
    }
  }),

  failDismissing: act((scene) => {
    const { context, enqueue } = scene;
    const seconds = DRAIN_MS_MAX / 1000;
    const reason = `The consumer of session "${context.name}" did not end within ${seconds} s; see its log`;
    for (const waiting of context.dismissing) {
      refuse(enqueue, waiting, { code: 'CONSUMER_FAILED', reason });
    }
    scene.enqueue.assign({ dismissing: [] });
  }),

  awaitConsumer: on('session.command', (scene) => {
    const { context, event, enqueue } = scene;
    if (context.consumer?.isOpen === true) {
      answer(enqueue, event.replyTo, { session: infoOf(context, context.state) });
    } else if (context.awaiting.length >= AWAITING_MAX) {
      refuse(enqueue, event.replyTo, {
        code: 'LIMIT',
        reason: `${AWAITING_MAX} requests already wait for a consumer of session "${context.name}"`,
      });
    } else {
      scene.enqueue.assign({ awaiting: [...context.awaiting, event.replyTo] });
    }
  }),

  /** The timer applies to the requests that wait now; later requests wait for the next timer. */
  noteAwaiting: act((scene) => {
    scene.enqueue.assign({ awaitingFirst: scene.context.awaiting.length });
  }),

  failAwaiting: act((scene) => {
    const { context, enqueue } = scene;
    for (const waiting of context.awaiting.slice(0, context.awaitingFirst)) {
      refuse(enqueue, waiting, {
        code: 'CONSUMER_FAILED',
        reason: `No consumer attached to session "${context.name}" within ${CONSUMER_MS_MAX / 1000} s`,
      });
    }
    scene.enqueue.assign({
      awaiting: context.awaiting.slice(context.awaitingFirst),
      awaitingFirst: 0,
    });
  }),

  /** The session answers when it loses the consumer. Requests whose link has ended no longer count. */
  watchConsumer: on('session.command', (scene) => {
    const { context, event, enqueue } = scene;
    const watching = context.watching.filter(({ link }) => isThere(link));
    if (watching.length >= AWAITING_MAX) {
      refuse(enqueue, event.replyTo, {
        code: 'LIMIT',
        reason: `${AWAITING_MAX} requests already watch the consumer of session "${context.name}"`,
      });
    } else scene.enqueue.assign({ watching: [...watching, event.replyTo] });
  }),

  /** The session ends: no consumer will attach. */
  refuseAwaiting: act(({ context, enqueue }) => {
    const { awaiting, watching, dismissing } = context;
    for (const waiting of [...awaiting, ...watching, ...dismissing]) {
      refuse(enqueue, waiting, {
        code: 'NO_SESSION',
        reason: `Session "${context.name}" was destroyed`,
      });
    }
  }),

  oweFlush: assign({ owesFlush: true }),
  noteFlushed: assign({ owesFlush: false }),

  askFlush: act(({ context, enqueue }) => {
    const token = context.flushToken + 1;
    enqueue.assign({ flushToken: token });
    tellToWrite({ context, enqueue }, { type: 'flush', token });
  }),

  askFinish: act(({ context, enqueue }) => {
    const { consumer, place, output } = context;
    if (consumer === undefined) return;
    // Without an output the consumer would end and write nothing. The session sends `finish` when it has one.
    if (!isOriginal(place, output) && !consumer.isOpen) return;
    enqueue.assign({ consumer: { ...consumer, isFinishing: true } });
    tellToWrite({ context, enqueue }, { type: 'finish', ...lastArchiveOf(context) });
  }),

  logSlowConsumer: act(({ context, enqueue }) =>
    enqueue.emit({
      type: 'log.write',
      event: 'consumer.tooSlow',
      fields: { session: context.name, 'limit-ms': DRAIN_MS_MAX },
    }),
  ),

  /** The record and its buffers stay: the next registry restores the session as after a kill of this registry. */
  keepForNext: act(({ context, enqueue }) => {
    keepRecord(enqueue, context);
    enqueue.emit({
      type: 'log.write',
      event: 'session.kept',
      fields: {
        session: context.name,
        uuid: context.uuid,
        uid: context.owner.uid,
        streams: context.streams.length,
      },
    });
    tellEnded({ context, enqueue }, true);
  }),

  countUnread: emit(({ context }) => ({
    type: 'memory.countUnread',
    streams: memoryOf(context),
  })),

  noteAbandoned: on('memory.counted', ({ context, event: { events, streams }, enqueue }) => {
    if (events + streams === 0) return;
    enqueue.assign({ abandoned: { events, streams } });
    enqueue.emit({
      type: 'log.write',
      event: 'session.dataAbandoned',
      fields: { session: context.name, events, streams },
    });
  }),
});

/** The consumer of a kernel part first gets what the kernel holds. */
function tellToWrite(parts: Parts, message: WritingMessage): void {
  const { context, enqueue } = parts;
  if (context.kernel === undefined) return tellConsumer(enqueue, context, message);
  tellKernelLink(parts, { type: 'consumer.write', message });
}

export function tellConsumer(enqueue: Emit, context: SessionContext, message: ToConsumer): void {
  if (context.consumer === undefined) return;
  tell<ToClientLink>(enqueue, context.consumer.link, { type: 'consumer.tell', message });
}

/** Sends the stream to the consumer once it has memory, and its end if it has ended. */
export function tellStream(enqueue: Emit, context: SessionContext, stream: Stream): void {
  const added = consumerStreamOf(context, stream);
  if (added === undefined || stream.isReleased) return;
  tellConsumer(enqueue, context, { type: 'stream.add', stream: added });
  const { streamId } = stream;
  if (isOver(context, stream)) tellConsumer(enqueue, context, { type: 'stream.ended', streamId });
}

/** When the consumer says that the chunk is full. */
export function tellLimit(enqueue: Emit, context: SessionContext): void {
  const { atBytes: bytes } = context.rotation;
  tellConsumer(enqueue, context, {
    type: 'output.limit',
    ...(bytes === undefined ? {} : { bytes }),
  });
}

/** The session ends: its last chunk becomes an archive if the others are archives. */
function lastArchiveOf({ output, rotation }: SessionContext): Pick<Finish, 'archive'> {
  if (output === undefined || !owesArchive(rotation)) return {};
  return { archive: { output, chunk: rotation.chunk } };
}

export function leftEarly({ name }: SessionContext): Refusal {
  return {
    code: 'CONSUMER_FAILED',
    reason: `The consumer of session "${name}" exited before it could write; see its log`,
  };
}

/** The owner's client starts a consumer and repeats the request; other users may not (R1.20). */
export function noConsumer(
  { name, uuid, owner, kernel }: SessionContext,
  { uid }: ReplyTo,
): Refusal {
  const what =
    kernel === undefined
      ? `Session "${name}" has no consumer`
      : `The kernel part of session "${name}" has no consumer`;
  return uid === owner.uid
    ? {
        code: 'NO_CONSUMER',
        reason: `${what}; the lttng command starts one with your credentials`,
        session: uuid,
        ...(kernel === undefined ? {} : { domain: 'kernel' as const }),
      }
    : { code: 'NOT_ALLOWED', reason: `${what}; only its owner can start one` };
}

function notWritten({ name, place, writing: { unwritten } }: SessionContext): Refusal {
  const why = whyNothing(place);
  const what =
    unwritten === undefined
      ? `its consumer has not written its events within ${DRAIN_MS_MAX / 1000} s`
      : `events of ${unwritten.streams} of its streams cannot be written (${why ?? unwritten.code})`;
  return {
    code: 'NOT_WRITTEN',
    reason:
      `Session "${name}" is stopped, but ${what}: they stay in the buffers. ` +
      'Repeat the command when they can be written, or give them up with "lttng destroy --abandon"',
  };
}

function ofFlightRecorder({ name }: SessionContext): Refusal {
  const reason = `Session "${name}" is a flight recorder without a consumer; use "lttng snapshot" to copy its buffers`;
  return { code: 'NOT_ALLOWED', reason };
}
