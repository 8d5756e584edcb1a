/** A session and its consumer: who may be it, what it is told, who waits for it (R1.19, R1.20). */
import { assert } from '../../../src/base/assert.ts';
import { type Emit, type SceneOf, tell } from '../../../src/runtime/tell.ts';
import { isThere } from '../../../src/runtime/turn.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { AWAITING_MAX, CONSUMER_MS_MAX, DRAIN_MS_MAX } from '../limits.ts';
import type { ToClientLink } from '../messages.ts';
import { answer, type Refusal, refuse } from '../reply.ts';
import {
  consumerStreamOf,
  infoOf,
  introductionOf,
  type SessionContext,
  type Stream,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { keepRecord, tellEnded, tellInfo } from './publish.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;

export function tellConsumer(enqueue: Emit, context: SessionContext, message: ToConsumer): void {
  if (context.consumer === undefined) return;
  tell<ToClientLink>(enqueue, context.consumer.link, { type: 'consumer.tell', message });
}

function noConsumer({ name, uuid }: SessionContext): Refusal {
  return {
    code: 'NO_CONSUMER',
    reason: `Session "${name}" has no consumer; the lttng command starts one with your credentials`,
    session: uuid,
  };
}

export function refuseNoConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseNoConsumer:is-command');
  refuse(enqueue, event.replyTo, noConsumer(context));
}

/** Those who wait for the command in progress are to bring a consumer and ask again. */
export function refuseHeld({ context, enqueue }: Scene): void {
  for (const waiting of context.answering) refuse(enqueue, waiting, noConsumer(context));
  enqueue.assign({ answering: [] });
}

export function awaitConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.awaitConsumer:is-command');
  if (context.consumer?.isOpen === true) {
    answer(enqueue, event.replyTo, { session: infoOf(context, context.state) });
  } else if (context.awaiting.length >= AWAITING_MAX) {
    refuse(enqueue, event.replyTo, {
      code: 'LIMIT',
      reason: `${AWAITING_MAX} requests wait for a consumer of session "${context.name}" already`,
    });
  } else {
    enqueue.assign({ awaiting: [...context.awaiting, event.replyTo] });
  }
}

export function attachConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'consumer.attached', 'pre:session.attachConsumer:is-attached');
  const consumer = { link: event.link, pid: event.pid, isOpen: false };
  const attached = { ...context, consumer, isDismissed: false };
  enqueue.assign({ consumer, isDismissed: false });
  if (context.isDismissed) keepRecord(enqueue, attached);
  tell<ToClientLink>(enqueue, event.link, { type: 'consumer.accepted' });
  tellConsumer(enqueue, attached, introductionOf(context));
  for (const stream of context.streams) tellStream(enqueue, attached, stream);
  tellInfo(enqueue, attached);
}

/** The stream as it is, once it has memory. */
export function tellStream(enqueue: Emit, context: SessionContext, stream: Stream): void {
  const told = consumerStreamOf(context, stream);
  if (told === undefined || stream.isReleased) return;
  tellConsumer(enqueue, context, { type: 'stream.add', stream: told });
  const { streamId } = stream;
  if (stream.ended) tellConsumer(enqueue, context, { type: 'stream.ended', streamId });
}

/** It can write: from now on the session can start. */
export function openConsumer({ context, enqueue }: Scene): void {
  const { consumer, awaiting } = context;
  if (consumer === undefined) return;
  enqueue.assign({ consumer: { ...consumer, isOpen: true }, awaiting: [] });
  const session = infoOf(context, context.state);
  for (const waiting of awaiting) answer(enqueue, waiting, { session });
}

/** It is told to write what there is and to end; the session stays as it is. */
export function dismissConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.dismissConsumer:is-command');
  const { consumer, dismissing } = context;
  if (consumer === undefined) {
    refuse(enqueue, event.replyTo, {
      code: 'ALREADY',
      reason: `Session "${context.name}" has no consumer`,
    });
  } else if (dismissing.length >= AWAITING_MAX) {
    refuse(enqueue, event.replyTo, {
      code: 'LIMIT',
      reason: `${AWAITING_MAX} requests wait for the end of the consumer of session "${context.name}" already`,
    });
  } else {
    enqueue.assign({
      consumer: { ...consumer, isOpen: false },
      isDismissed: true,
      dismissing: [...dismissing, event.replyTo],
    });
    keepRecord(enqueue, { ...context, isDismissed: true });
    tellConsumer(enqueue, context, { type: 'finish' });
  }
}

/** Answered when there is something to tell; those that are gone by then hear nothing. */
export function watchConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.watchConsumer:is-command');
  const watching = context.watching.filter(({ link }) => isThere(link));
  if (watching.length >= AWAITING_MAX) {
    refuse(enqueue, event.replyTo, {
      code: 'LIMIT',
      reason: `${AWAITING_MAX} requests watch the consumer of session "${context.name}" already`,
    });
  } else enqueue.assign({ watching: [...watching, event.replyTo] });
}

export function failDismissing({ context, enqueue }: Scene): void {
  for (const waiting of context.dismissing) {
    refuse(enqueue, waiting, {
      code: 'CONSUMER_FAILED',
      reason: `The consumer of session "${context.name}" did not end within ${DRAIN_MS_MAX / 1000} s; its log says why`,
    });
  }
  enqueue.assign({ dismissing: [] });
}

export function refuseConsumer({ context, event, enqueue }: Scene): void {
  assert(event.type === 'consumer.attached', 'pre:session.refuseConsumer:is-attached');
  const refusal: Refusal = context.isFlightRecorder
    ? noneOf(context)
    : { code: 'ALREADY', reason: `Session "${context.name}" has a consumer already` };
  tell<ToClientLink>(enqueue, event.link, { type: 'consumer.refused', ...refusal });
}

export function refuseContinue({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseContinue:is-command');
  refuse(enqueue, event.replyTo, noneOf(context));
}

function noneOf({ name }: SessionContext): Refusal {
  const reason = `Session "${name}" is a flight recorder: nothing consumes it, "lttng snapshot" copies it`;
  return { code: 'NOT_ALLOWED', reason };
}

export function loseConsumer({ context, event, enqueue }: Scene): void {
  const { consumer, awaiting, dismissing } = context;
  assert(event.type === 'consumer.lost', 'pre:session.loseConsumer:is-lost');
  // No other was accepted as long as this one was there.
  assert(event.link === consumer?.link, 'pre:session.loseConsumer:is-ours');
  const left = { ...context, consumer: undefined };
  enqueue.assign({ consumer: undefined, awaiting: [], dismissing: [] });
  tellInfo(enqueue, left);
  if (!context.isDismissed) {
    for (const watching of context.watching) refuse(enqueue, watching, noConsumer(context));
    enqueue.assign({ watching: [] });
  }
  for (const waiting of dismissing) {
    answer(enqueue, waiting, { session: infoOf(left, context.state) });
  }
  for (const waiting of awaiting) {
    refuse(enqueue, waiting, {
      code: 'CONSUMER_FAILED',
      reason: `The consumer of session "${context.name}" left before it could write; its log says why`,
    });
  }
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'Consumer left its session',
    fields: { session: context.name, pid: consumer.pid, uid: context.owner.uid },
  });
}

/** The session is gone: nobody will come. */
export function refuseAwaiting({ context, enqueue }: Scene): void {
  const { awaiting, watching, dismissing } = context;
  for (const waiting of [...awaiting, ...watching, ...dismissing]) {
    refuse(enqueue, waiting, {
      code: 'NO_SESSION',
      reason: `Session "${context.name}" was destroyed meanwhile`,
    });
  }
}

/** The timer is for those who wait now; who comes later waits for the next one. */
export function noteAwaiting({ context, enqueue }: Scene): void {
  enqueue.assign({ awaitingFirst: context.awaiting.length });
}

export function failAwaiting({ context, enqueue }: Scene): void {
  for (const waiting of context.awaiting.slice(0, context.awaitingFirst)) {
    refuse(enqueue, waiting, {
      code: 'CONSUMER_FAILED',
      reason: `No consumer attached to session "${context.name}" within ${CONSUMER_MS_MAX / 1000} s`,
    });
  }
  enqueue.assign({ awaiting: context.awaiting.slice(context.awaitingFirst) });
}

export function askFlush({ context, enqueue }: Scene): void {
  const token = context.flushToken + 1;
  enqueue.assign({ flushToken: token });
  tellConsumer(enqueue, context, { type: 'flush', token });
}

export function askFinish({ context, enqueue }: Scene): void {
  tellConsumer(enqueue, context, { type: 'finish' });
}

export function logSlowConsumer({ context, enqueue }: Scene): void {
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'Consumer did not finish in time',
    fields: { session: context.name, 'limit-ms': DRAIN_MS_MAX },
  });
}

/** What the log says of it, with the session's uuid. */
export const KEPT_FOR_NEXT =
  'Kept a session whose buffers hold what nobody wrote: the next registry has it, "lttng recover" writes it';

/** The record stays, and so do the buffers that it names: to the registry that comes next this one was killed. */
export function keepForNext({ context, enqueue }: Scene): void {
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: KEPT_FOR_NEXT,
    fields: {
      session: context.name,
      uuid: context.uuid,
      uid: context.owner.uid,
      streams: context.streams.length,
    },
  });
  tellEnded({ context, enqueue });
}

export function logAbandoned({ context, enqueue }: Scene): void {
  enqueue.emit({
    type: 'log.write',
    level: 'warn',
    message: 'Session ends without a consumer: what its buffers hold is lost',
    fields: { session: context.name, streams: context.streams.length },
  });
}
