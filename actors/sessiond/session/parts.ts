/** What a session tells the applications that it traces, and how far they follow. */
import { act, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ToAppLink } from '../messages.ts';
import { hasPendingStreams, partFor } from './context.ts';
import type { SessionEvent } from './events.ts';
import { assignChecked } from './invariants.ts';
import { sessionActions } from './scene.ts';

export const partActions = sessionActions({
  /**
   * Tells applications their part of this session as it stands: the one that an event is about, else all. One
   * whose streams are still being made is told when they are, so that its first state is complete.
   */
  sendParts: act((scene, params: { active: boolean; gone?: boolean; everyone?: boolean }) => {
    const { context, event, enqueue } = scene;
    const version = context.version + 1;
    const subject = params.everyone === true ? undefined : subjectOf(event);
    const told = context.apps.filter(
      ({ app }) =>
        (subject === undefined || subject === app.link) &&
        (params.gone === true || !hasPendingStreams(context.streams, app.link)),
    );
    assignChecked(scene, {
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
  }),

  noteApplied: on('app.applied', (scene) => {
    const { context, event } = scene;
    assignChecked(scene, {
      apps: context.apps.map((traced) => {
        if (traced.app.link !== event.link) return traced;
        const applied = Math.max(traced.applied, event.version);
        return { ...traced, applied, isLagging: traced.isLagging && applied < traced.sent };
      }),
    });
  }),

  noteLaggards: act((scene) => {
    assignChecked(scene, {
      apps: scene.context.apps.map((traced) => ({
        ...traced,
        isLagging: traced.applied < traced.sent,
      })),
    });
  }),
});

/** The application thread that an event is about, or undefined when it is about the whole session. */
function subjectOf(event: SessionEvent): string | undefined {
  if (event.type === 'app.joined') return event.app.link;
  if (event.type !== 'memory.streamCreated' && event.type !== 'memory.streamFailed')
    return undefined;
  return event.link;
}
