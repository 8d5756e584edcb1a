/** Answers of a session to commands. */
import { assert } from '../../../src/base/assert.ts';
import { act, on } from '../../../src/runtime/act.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { AWAITING_MAX } from '../limits.ts';
import { answer, refuse } from '../reply.ts';
import { changedBy } from './changes.ts';
import { memoryOf } from './context.ts';
import { isAbandon, isUnawaited } from './guards.ts';
import { infoOf } from './info.ts';
import { keepRecord } from './publish.ts';
import { changed, sessionActions } from './scene.ts';

export const commandActions = sessionActions({
  /** The session answers the command when it has reached the requested state, or has begun to: `answerBegun`. */
  holdReply: on('session.command', ({ context, event, enqueue }) => {
    assert(context.answering.length === 0, 'pre:session.holdReply:owes-no-answer');
    const answering = isUnawaited(event) ? [] : [event.replyTo];
    enqueue.assign({ answering, isAbandoned: isAbandon(event) });
  }),

  /** A further request to destroy the session waits for the same end as the first. */
  joinIn: on('session.command', (scene) => {
    const { context, event } = scene;
    const answering = isUnawaited(event) ? [] : [event.replyTo];
    scene.enqueue.assign({
      answering: [...context.answering, ...answering],
      isAbandoned: context.isAbandoned || isAbandon(event),
    });
  }),

  /** The record has what the command began: this registry, or the next one, finishes it without the client. */
  answerBegun: act(({ context, event, enqueue }, params: { state: SessionInfo['state'] }) => {
    if (event.type !== 'session.command' || !isUnawaited(event)) return;
    answer(enqueue, event.replyTo, { session: infoOf(context, params.state) });
  }),

  answerHeld: act((scene, params: { state: SessionInfo['state'] }) => {
    const { context, enqueue } = scene;
    const session = infoOf(context, params.state);
    for (const waiting of context.answering) answer(enqueue, waiting, { session });
    scene.enqueue.assign({ answering: [] });
  }),

  refuseBusy: on(['session.command', 'kernel.checked'], ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, {
      code: 'SESSION_BUSY',
      reason: `Session "${context.name}" is executing another command; try again when that has finished`,
    }),
  ),

  refuseTooMuch: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, {
      code: 'LIMIT',
      reason: `${AWAITING_MAX} requests already wait for the end of session "${context.name}"`,
    }),
  ),

  refuseAlready: on('session.command', ({ context, event, enqueue }) =>
    refuse(enqueue, event.replyTo, {
      code: 'ALREADY',
      reason: `Session "${context.name}" is already ${context.state}`,
    }),
  ),

  /** The handler answers at once. */
  measureBuffers: on('session.command', ({ context, event, enqueue }) => {
    const { link, id } = event.replyTo;
    enqueue.emit({ type: 'memory.measure', link, id, streams: memoryOf(context) });
  }),

  /** The handler answers at once. */
  clearBuffers: on('session.command', ({ context, event: { replyTo }, enqueue }) => {
    const { link, id } = replyTo;
    enqueue.emit({ type: 'memory.clear', link, id, streams: memoryOf(context) });
  }),

  answerCleared: on('memory.cleared', ({ context, event: { link, id }, enqueue }) =>
    answer(enqueue, { link, id }, { session: infoOf(context, context.state) }),
  ),

  answerMeasured: on('memory.measured', ({ context, event, enqueue }) => {
    const { link, id, events, bytes, streams } = event;
    const session = { ...infoOf(context, context.state), buffered: { events, bytes, streams } };
    answer(enqueue, { link, id }, { session });
  }),

  /** Changes channels and rules; an active session sends the new parts to the applications at once. */
  change: on(['session.command', 'kernel.checked'], (scene) => {
    const { context, event, enqueue } = scene;
    const { operation, replyTo } = event;
    const fields = changedBy(context, operation);
    assert(fields !== undefined, 'pre:session.change:is-change');
    if (!fields.ok) {
      refuse(enqueue, replyTo, fields.error);
      return;
    }
    const now = changed(scene, fields.value);
    keepRecord(enqueue, now);
    answer(enqueue, replyTo, { session: infoOf(now, now.state) });
  }),
});
