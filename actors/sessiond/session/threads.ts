/** The application threads of a session: they join, leave, return, or are detected as dead (R1.7, R1.19). */
import { act, assign, on } from '../../../src/runtime/act.ts';
import { ABSENT_CHECK_MS_MAX, ABSENT_CHECK_MS_MIN } from '../limits.ts';
import type { AppIdentity } from '../messages.ts';
import { asAbsent, isAbsent, isOverFor, isWriterOf, type Stream, tracedApp } from './context.ts';
import { changed, sessionActions } from './scene.ts';
import { endStreams } from './streams.ts';
import { withEnd, withRefusal } from './unbuffered.ts';

type Thread = Pick<AppIdentity, 'pid' | 'tid' | 'startedAt'>;

export const threadActions = sessionActions({
  /**
   * A thread that registers again gets its streams back. Its registration ends any earlier one of the same thread, and
   * those of other threads or processes that had its ids.
   */
  addApp: on('app.joined', (scene) => {
    const { context, event, enqueue } = scene;
    const { app } = event;
    const streams = context.streams.map((stream) =>
      isWriterOf(stream, app) ? { ...stream, app } : stream,
    );
    const now = changed(scene, {
      apps: [...context.apps.filter((other) => !isOverFor(other.app, app)), tracedApp(app)],
      streams,
    });
    const ending = streams.filter(
      (stream) => !stream.ended && stream.app !== app && isOverFor(stream.app, app),
    );
    endStreams({ context: now, enqueue }, ending);
  }),

  /**
   * An application thread has lost its connection. If it sent `leaving`, its streams end. Otherwise it may be alive and
   * still record, so its streams stay until it registers again or is detected as dead.
   */
  removeApp: on('app.left', (scene) => {
    const { context, event, enqueue } = scene;
    const { link, hasSaidSo, unable } = event;
    const isOfLink = ({ app }: Stream): boolean => app.link === link;
    const apps = context.apps.filter(({ app }) => app.link !== link);
    const stream = unable === undefined ? undefined : context.streams.find(isOfLink);
    const refused =
      stream === undefined
        ? context.unbuffered
        : withRefusal(context.unbuffered, stream.app, 'UNABLE', unable);
    const unbuffered = withEnd(refused, link, 'ended');
    if (hasSaidSo) {
      const now = changed(scene, { apps, unbuffered });
      endStreams({ context: now, enqueue }, context.streams.filter(isOfLink));
      return;
    }
    scene.enqueue.assign({
      apps,
      unbuffered,
      streams: context.streams.map((stream) =>
        isOfLink(stream) && !stream.ended ? asAbsent(stream) : stream,
      ),
    });
  }),

  /** Checks of every absent thread whether it exists. */
  checkAbsent: act(({ context, enqueue }) => {
    const absent = context.streams.filter(isAbsent).map(({ app }) => app);
    for (const [index, app] of absent.entries()) {
      const { pid, tid, startedAt } = app;
      const isChecked = absent.slice(0, index).some((other) => isThread(other, app));
      if (!isChecked) enqueue.emit({ type: 'process.check', pid, tid, startedAt });
    }
  }),

  /** Ends the streams of a thread that does not exist any more. */
  endAbsent: on('process.checked', ({ context, event, enqueue }) => {
    if (event.isAlive) return;
    const ending = context.streams.filter(
      (stream) => isAbsent(stream) && isThread(stream.app, event),
    );
    endStreams({ context, enqueue }, ending);
  }),

  restShortest: assign({ absentRestMs: ABSENT_CHECK_MS_MIN }),
  restLonger: assign(({ context }) => ({
    absentRestMs: Math.min(2 * context.absentRestMs, ABSENT_CHECK_MS_MAX),
  })),
});

function isThread(one: Thread, other: Thread): boolean {
  return one.pid === other.pid && one.tid === other.tid && one.startedAt === other.startedAt;
}
