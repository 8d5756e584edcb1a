/** The application threads of a session: they join, leave, return, or are detected as dead (R1.7, R1.19). */
import type { CheckedThread } from '../../../src/effects/contract/process.ts';
import { act, assign, on } from '../../../src/runtime/act.ts';
import { ABSENT_CHECK_MS_MAX, ABSENT_CHECK_MS_MIN } from '../limits.ts';
import type { AppIdentity } from '../messages.ts';
import {
  asAbsent,
  isAbsent,
  isOverFor,
  isWriterOf,
  type SessionContext,
  type Stream,
  tracedApp,
} from './context.ts';
import { changed, type Parts, sessionActions } from './scene.ts';
import { endStreams } from './streams.ts';
import { withEnd, withRefusal } from './unbuffered.ts';

export const threadActions = sessionActions({
  /**
   * A thread that registers again gets its streams back. Its registration ends any earlier one of the same thread, and
   * those of other threads or processes that had its ids.
   */
  addApp: on('app.joined', (scene) => {
    withJoined(scene, scene.event.app);
  }),

  /**
   * An application thread has lost its connection. If it sent `leaving`, its streams end. Otherwise it may be alive and
   * still record, so its streams stay until it registers again or is detected as dead.
   */
  removeApp: on('app.left', (scene) => {
    const { context, event, enqueue } = scene;
    const { link, hasSaidSo, unable } = event;
    const isOfLink = ({ app, ended }: Stream): boolean => app.link === link && !ended;
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
      absentRestMs: ABSENT_CHECK_MS_MIN,
      streams: context.streams.map((stream) => (isOfLink(stream) ? asAbsent(stream) : stream)),
    });
  }),

  /** Checks of every absent thread whether it exists. A CPU is none. */
  checkAbsent: act(({ context, enqueue }) => {
    const absent = context.kernel === undefined ? context.streams.filter(isAbsent) : [];
    const threads = new Map(absent.map(({ app }) => [nameOf(app), threadOf(app)]));
    if (threads.size > 0) {
      enqueue.emit({ type: 'process.checkThreads', threads: [...threads.values()] });
    }
  }),

  /**
   * Ends the streams of threads that do not exist any more. When a whole process has ended, those of its other threads
   * end as well: their connections have ended, too, but each would be a step of its own.
   */
  endAbsent: on('process.threadsChecked', ({ context, event, enqueue }) => {
    const ended = new Set(event.ended.map(nameOf));
    const whole = new Set(event.ended.filter(({ isWhole }) => isWhole).map(processOf));
    const ending = context.streams.filter(
      (stream) =>
        !stream.ended &&
        (whole.has(processOf(stream.app)) || (isAbsent(stream) && ended.has(nameOf(stream.app)))),
    );
    endStreams({ context, enqueue }, ending);
  }),

  restShortest: assign({ absentRestMs: ABSENT_CHECK_MS_MIN }),
  restLonger: assign(({ context }) => ({
    absentRestMs: Math.min(2 * context.absentRestMs, ABSENT_CHECK_MS_MAX),
  })),
});

/** The session with this writer. */
export function withJoined({ context, enqueue }: Parts, app: AppIdentity): SessionContext {
  const streams = context.streams.map((stream) =>
    isWriterOf(stream, app) ? { ...stream, app } : stream,
  );
  const parts = { context, enqueue };
  const now = changed(parts, {
    apps: [...context.apps.filter((other) => !isOverFor(other.app, app)), tracedApp(app)],
    streams,
  });
  const ending = streams.filter(
    (stream) => !stream.ended && stream.app !== app && isOverFor(stream.app, app),
  );
  return endStreams({ context: now, enqueue }, ending);
}

function threadOf({ pid, tid, startedAt }: AppIdentity): CheckedThread {
  return { pid, tid, startedAt };
}

function nameOf(thread: CheckedThread): string {
  return `${processOf(thread)} ${thread.tid}`;
}

function processOf({ pid, startedAt }: CheckedThread): string {
  return `${pid} ${startedAt}`;
}
