/** Requests of clients: the registry answers them, or forwards them to sessions (`machine.ts`). */
import { type OfType, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import { pageOf } from '../../../src/wire/frames.ts';
import type { ReplyTo, SessionCommand, ToSession } from '../messages.ts';
import { answer, refuse } from '../reply.ts';
import {
  appInfoOf,
  checkCreation,
  findSession,
  infoOf,
  kernelPartOf,
  visibleSessions,
} from './context.ts';
import type { RegistryEvent } from './events.ts';
import { askKernel } from './kernel.ts';
import { type Parts, registryActions } from './scene.ts';

type Request = OfType<RegistryEvent, 'request.received'>;
type OperationOf<Op extends Request['operation']['op']> = Extract<
  Request['operation'],
  { readonly op: Op }
>;

export const requestActions = registryActions({
  answerRequest: on('request.received', (scene) => {
    const { operation } = scene.event;
    switch (operation.op) {
      case 'session.list':
        return listSessions(scene, scene.event, operation);
      case 'app.list':
        return listApps(scene, scene.event, operation);
      case 'session.create':
        return beginCreation(scene, scene.event, operation);
      case 'kernel.open':
      case 'kernel.describe':
      case 'kernel.events':
      case 'kernel.formats':
        return askKernel(scene, {
          replyTo: replyToOf(scene.event),
          peer: scene.event.peer,
          operation,
        });
      default:
        return answerOfSession(scene, scene.event, operation);
    }
  }),

  refuseRequest: on('request.received', ({ event, enqueue }) =>
    refuse(enqueue, replyToOf(event), { code: 'SESSION_BUSY', reason: 'The registry is ending' }),
  ),
});

function replyToOf({ link, id, peer }: Request): ReplyTo {
  return { link, id, uid: peer.uid };
}

function listSessions(
  { context, enqueue }: Parts,
  request: Request,
  { from }: OperationOf<'session.list'>,
): void {
  const { page, next } = pageOf(visibleSessions(context, request.peer), from, (session) => session);
  const value = next === undefined ? { sessions: page } : { sessions: page, next };
  answer(enqueue, replyToOf(request), value);
}

function listApps(
  { context, enqueue }: Parts,
  request: Request,
  { from }: OperationOf<'app.list'>,
): void {
  const { page, next } = pageOf(context.apps, from, appInfoOf);
  const value = next === undefined ? { apps: page } : { apps: page, next };
  answer(enqueue, replyToOf(request), value);
}

/** Requests a UUID; the session is created when the UUID arrives. */
function beginCreation(
  { context, enqueue }: Parts,
  request: Request,
  { name, output, relay, flightRecorder, liveTimerUs }: OperationOf<'session.create'>,
): void {
  const { link, id, peer } = request;
  const replyTo = replyToOf(request);
  const allowed = checkCreation(context, peer, name);
  if (!allowed.ok) {
    refuse(enqueue, replyTo, allowed.error);
    return;
  }
  const isFlightRecorder = flightRecorder === true;
  if (output === undefined && (relay === undefined || isFlightRecorder)) {
    const reason = `Session "${name}" has neither a directory nor a relay for its trace`;
    refuse(enqueue, replyTo, { code: 'NO_DESTINATION', reason });
    return;
  }
  if (relay !== undefined && isFlightRecorder) {
    const reason = `Session "${name}" is a flight recorder, which sends nothing to a relay`;
    refuse(enqueue, replyTo, { code: 'NOT_ALLOWED', reason });
    return;
  }
  if (relay === undefined && liveTimerUs !== undefined) {
    const reason = `Session "${name}" is live, and sends to no relay at which viewers could follow it`;
    refuse(enqueue, replyTo, { code: 'NO_DESTINATION', reason });
    return;
  }
  const key = `session ${link} ${id}`;
  const owner = { uid: peer.uid, gid: peer.gid };
  const creation = { key, replyTo, owner, name, output, relay, isFlightRecorder, liveTimerUs };
  enqueue.assign({ creations: [...context.creations, creation] });
  enqueue.emit({ type: 'random.uuid', key });
}

function answerOfSession(
  { context, enqueue }: Parts,
  request: Request,
  operation: OperationOf<'session.get'> | SessionCommand,
): void {
  const { peer } = request;
  const replyTo = replyToOf(request);
  const found = findSession(context, peer, operation.session);
  if (!found.ok) {
    refuse(enqueue, replyTo, found.error);
    return;
  }
  if (operation.op === 'session.get') {
    const info = infoOf(context, found.value);
    if (info !== undefined) answer(enqueue, replyTo, { session: info });
    return;
  }
  if (operation.op === 'session.destroy' && kernelPartOf(context, found.value.uuid) !== undefined) {
    const reason = `Session "${found.value.name}" has a kernel part: that is destroyed first`;
    refuse(enqueue, replyTo, { code: 'SESSION_BUSY', reason });
    return;
  }
  tell<ToSession>(enqueue, found.value.session, { type: 'session.command', operation, replyTo });
}
