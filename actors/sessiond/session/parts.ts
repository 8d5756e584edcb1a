/** The parts that a session sends to the applications it traces, and the versions that these apply. */
import { act, assign, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { SessionPart } from '../../../src/wire/app/messages.ts';
import {
  UNBUFFERED_RETRY_MS_MAX,
  UNBUFFERED_RETRY_MS_MIN,
  UNBUFFERED_TRIED_MAX,
} from '../limits.ts';
import type { AppIdentity, ToAppLink } from '../messages.ts';
import { channelsFor } from './channels.ts';
import {
  hasPendingStreams,
  isPending,
  partFor,
  type SessionContext,
  streamOf,
  type TracedApp,
} from './context.ts';
import type { SessionEvent } from './events.ts';
import { kernelChannelsOf, tellKernelLink } from './kernel-part.ts';
import { tellInfo } from './publish.ts';
import { changed, type Parts, sessionActions } from './scene.ts';
import { requestFor } from './streams.ts';
import { isWaiting, type UnbufferedThreads, withEnd, withRefusal } from './unbuffered.ts';

export const partActions = sessionActions({
  /**
   * Sends applications their current part of this session: to the application that the event concerns, otherwise to
   * all. An application with pending streams gets its part when they are recorded, so that its first state is complete.
   * One that has a part already stops recording at once.
   */
  sendParts: act((scene, params: { active: boolean; gone?: boolean; everyone?: boolean }) => {
    const { context, event, enqueue } = scene;
    const subjects = params.everyone === true ? undefined : subjectsOf(context, event);
    const mayWait = ({ sent }: TracedApp): boolean =>
      params.gone !== true && (params.active || sent === 0);
    const recipients = context.apps.filter(
      (traced) =>
        (subjects === undefined || subjects.includes(traced.app.link)) &&
        !(mayWait(traced) && hasPendingStreams(context.streams, traced.app.link)),
    );
    const isActive = params.active && params.gone !== true;
    sendTo({ context, enqueue }, recipients, isActive, (app) =>
      params.gone === true ? undefined : partFor(context, app, params.active),
    );
  }),

  /** Gives threads without buffers another chance: requests memory, or has them attach what they have. */
  retryUnbuffered: act(({ context, enqueue }) => {
    const waiting = context.unbuffered.threads.filter(isWaiting).slice(0, UNBUFFERED_TRIED_MAX);
    const tried = context.apps.filter(({ app }) =>
      waiting.some((one) => one.app.link === app.link),
    );
    const isLacking = ({ app }: TracedApp): boolean =>
      channelsFor(context, app).some(
        ({ settings }) => streamOf(context, app.link, settings.name) === undefined,
      );
    const lacking = tried.filter(isLacking);
    const unbufferedRestMs = Math.min(2 * context.unbufferedRestMs, UNBUFFERED_RETRY_MS_MAX);
    const now = changed({ context, enqueue }, { unbufferedRestMs });
    const requested = requestFor(
      { context: now, enqueue },
      lacking.map(({ app }) => app),
    );
    // Those whose streams are not recorded yet get their part when they are.
    const others = tried.filter(
      (traced) =>
        !lacking.includes(traced) && !hasPendingStreams(requested.streams, traced.app.link),
    );
    sendTo({ context: requested, enqueue }, others, true, (app) => partFor(requested, app, true));
  }),
  unbufferedShortest: assign({ unbufferedRestMs: UNBUFFERED_RETRY_MS_MIN }),

  noteApplied: on('app.applied', (scene) => {
    const { context, event, enqueue } = scene;
    const unbuffered = unbufferedAfter(context, event);
    const isChanged = unbuffered !== context.unbuffered;
    const now = changed(scene, {
      unbuffered,
      apps: context.apps.map((traced) => {
        if (traced.app.link !== event.link) return traced;
        const applied = Math.max(traced.applied, event.version);
        return { ...traced, applied, isLagging: traced.isLagging && applied < traced.sent };
      }),
    });
    if (isChanged) tellInfo(enqueue, now);
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

/** Sends applications their parts, in a version of their own; the kernel link of a kernel part stands for all CPUs. */
function sendTo(
  parts: Parts,
  recipients: readonly TracedApp[],
  isActive: boolean,
  part: (app: AppIdentity) => SessionPart | undefined,
): void {
  const { context, enqueue } = parts;
  const version = context.version + 1;
  enqueue.assign({
    version,
    apps: context.apps.map((traced) =>
      recipients.includes(traced) ? { ...traced, sent: version } : traced,
    ),
  });
  if (context.kernel !== undefined) {
    const channels = kernelChannelsOf(context);
    return tellKernelLink(parts, { type: 'kernel.wanted', version, isActive, channels });
  }
  for (const { app } of recipients) {
    tell<ToAppLink>(enqueue, app.link, {
      type: 'part.changed',
      session: context.session,
      sessionUuid: context.uuid,
      version,
      part: part(app),
    });
  }
}

/** Whether a thread has its buffers is known when it has applied the latest part. */
function unbufferedAfter(
  context: SessionContext,
  { link, version, refused }: Extract<SessionEvent, { type: 'app.applied' }>,
): UnbufferedThreads {
  const traced = context.apps.find(({ app }) => app.link === link);
  if (traced === undefined || version < traced.sent) return context.unbuffered;
  if (refused !== undefined) return withRefusal(context.unbuffered, traced.app, refused);
  const isServed = channelsFor(context, traced.app).every(({ settings }) => {
    const stream = streamOf(context, link, settings.name);
    return stream !== undefined && !isPending(stream);
  });
  return isServed ? withEnd(context.unbuffered, link, 'served') : context.unbuffered;
}

/** The links of the application threads that an event concerns, or undefined if it concerns the whole session. */
function subjectsOf(
  { recordedLinks }: SessionContext,
  event: SessionEvent,
): readonly string[] | undefined {
  if (event.type === 'app.joined') return [event.app.link];
  if (event.type === 'memory.streamFailed') return [event.link];
  return event.type === 'journal.gathered' ? recordedLinks : undefined;
}
