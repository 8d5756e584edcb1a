/** The parts that a session sends to the applications it traces, and the versions that these apply. */
import { act, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ToAppLink } from '../messages.ts';
import { hasPendingStreams, partFor, type SessionContext } from './context.ts';
import type { SessionEvent } from './events.ts';
import { sessionActions } from './scene.ts';

export const partActions = sessionActions({
  /**
   * Sends applications their current part of this session: to the application that the event concerns, otherwise to
   * all. An application with pending streams gets its part when they are recorded, so that its first state is complete.
   */
  sendParts: act((scene, params: { active: boolean; gone?: boolean; everyone?: boolean }) => {
    const { context, event, enqueue } = scene;
    const version = context.version + 1;
    const subjects = params.everyone === true ? undefined : subjectsOf(context, event);
    const recipients = context.apps.filter(
      ({ app }) =>
        (subjects === undefined || subjects.includes(app.link)) &&
        (params.gone === true || !hasPendingStreams(context.streams, app.link)),
    );
    scene.enqueue.assign({
      version,
      apps: context.apps.map((traced) =>
        recipients.includes(traced) ? { ...traced, sent: version } : traced,
      ),
    });
    for (const { app } of recipients) {
      tell<ToAppLink>(enqueue, app.link, {
        type: 'part.changed',
        session: context.session,
        sessionUuid: context.uuid,
        version,
        part: params.gone === true ? undefined : partFor(context, app, params.active),
      });
    }
  }),

  noteApplied: on('app.applied', (scene) => {
    const { context, event } = scene;
    scene.enqueue.assign({
      apps: context.apps.map((traced) => {
        if (traced.app.link !== event.link) return traced;
        const applied = Math.max(traced.applied, event.version);
        return { ...traced, applied, isLagging: traced.isLagging && applied < traced.sent };
      }),
    });
  }),

  noteLaggards: act((scene) => {
    scene.enqueue.assign({
      apps: scene.context.apps.map((traced) => ({
        ...traced,
        isLagging: traced.applied < traced.sent,
      })),
    });
  }),
});

/** The links of the application threads that an event concerns, or undefined if it concerns the whole session. */
function subjectsOf(
  { recordedLinks }: SessionContext,
  event: SessionEvent,
): readonly string[] | undefined {
  if (event.type === 'app.joined') return [event.app.link];
  if (event.type === 'memory.streamFailed') return [event.link];
  return event.type === 'journal.gathered' ? recordedLinks : undefined;
}
