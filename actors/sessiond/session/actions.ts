/** What a session answers to commands, and what it tells the applications it traces. */
import { assert } from '../../../src/base/assert.ts';
import { type SceneOf, tell } from '../../../src/runtime/tell.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { AWAITING_MAX } from '../limits.ts';
import type { ToAppLink } from '../messages.ts';
import { answer, refuse } from '../reply.ts';
import { addChannel, disableEvents, enableEvents } from './changes.ts';
import { hasPendingStreams, infoOf, partFor, type SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';
import { keepRecord } from './publish.ts';

type Scene = SceneOf<SessionContext, SessionEvent>;

export function answerHeld(
  { context, enqueue }: Scene,
  params: { state: SessionInfo['state'] },
): void {
  const session = infoOf(context, params.state);
  for (const waiting of context.answering) answer(enqueue, waiting, { session });
  enqueue.assign({ answering: [] });
}

export function refuseBusy({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseBusy:is-command');
  refuse(enqueue, event.replyTo, {
    code: 'SESSION_BUSY',
    reason: `Session "${context.name}" is carrying out another command; try again when it is done`,
  });
}

export function refuseTooMuch({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseTooMuch:is-command');
  refuse(enqueue, event.replyTo, {
    code: 'LIMIT',
    reason: `${AWAITING_MAX} requests wait for the end of session "${context.name}" already`,
  });
}

export function refuseAlready({ context, event, enqueue }: Scene): void {
  assert(event.type === 'session.command', 'pre:session.refuseAlready:is-command');
  refuse(enqueue, event.replyTo, {
    code: 'ALREADY',
    reason: `Session "${context.name}" is ${context.state} already`,
  });
}

/** Channels and rules; the applications learn at once when the session is active. */
export function change({ context, event, enqueue }: Scene): void {
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
    refuse(enqueue, replyTo, changed.error);
    return;
  }
  enqueue.assign(changed.value);
  const now = { ...context, ...changed.value };
  keepRecord(enqueue, now);
  answer(enqueue, replyTo, { session: infoOf(now, now.state) });
}

/**
 * Tells applications their part of this session as it stands: the one that an event is about, else all. One
 * whose streams are still being made is told when they are, so that its first state is complete.
 */
export function sendParts(
  { context, event, enqueue }: Scene,
  params: { active: boolean; gone?: boolean; everyone?: boolean },
): void {
  const version = context.version + 1;
  const subject = params.everyone === true ? undefined : subjectOf(event);
  const told = context.apps.filter(
    ({ app }) =>
      (subject === undefined || subject === app.link) &&
      (params.gone === true || !hasPendingStreams(context.streams, app.link)),
  );
  enqueue.assign({
    version,
    apps: context.apps.map((traced) =>
      told.includes(traced) ? { ...traced, sent: version } : traced,
    ),
  });
  for (const { app } of told) {
    tell<ToAppLink>(enqueue, app.link, {
      type: 'part.changed',
      session: context.session,
      sessionUuid: context.uuid,
      version,
      part: params.gone === true ? undefined : partFor(context, app, params.active),
    });
  }
}

/** The application thread that an event is about, or undefined when it is about the whole session. */
function subjectOf(event: SessionEvent): string | undefined {
  if (event.type === 'app.joined') return event.app.link;
  if (event.type !== 'memory.streamCreated' && event.type !== 'memory.streamFailed')
    return undefined;
  return event.link;
}
