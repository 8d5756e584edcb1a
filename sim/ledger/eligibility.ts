/** When a session may record a thread at all. */
import type { ThreadAccount } from './ledger.ts';
import { isFor, type SessionAccount } from './sessions.ts';
import { trackedWindows } from './trackers.ts';
import { NEVER, type Window } from './window.ts';

/** The channel of rules that name none. */
const DEFAULT_CHANNEL = 'default';

/**
 * Channels in which the thread may have streams: those with a rule for the thread while the session recorded (R1.18)
 * and traced the thread.
 * `lingersNs`: how long after its end the session may still have recorded; infinity: any of its changes may be undone.
 */
export function channelsFor(
  session: SessionAccount,
  thread: ThreadAccount,
  lingersNs = 0,
): ReadonlySet<string> {
  const meet = (one: Window, other: Window): boolean =>
    one.askedAt <= other.endedAt && other.askedAt <= one.endedAt;
  const perhapsUndone = (rule: Window): Window =>
    lingersNs === NEVER ? { ...rule, endedAt: NEVER } : rule;
  const tracked = trackedWindows(session.tracked, thread);
  const rules = session.rules.filter(
    (rule) =>
      isFor(rule, session, thread) &&
      session.windows.some(
        (window) =>
          meet(perhapsUndone(rule), window) &&
          tracked.some((one) => meet(one, perhapsUndone(rule)) && meet(one, window)) &&
          window.endedAt + lingersNs >= thread.startedAt,
      ),
  );
  return new Set(rules.map(({ channel = DEFAULT_CHANNEL }) => channel));
}

/** Whether some rule of the session ever applied to this thread, and its registry and its sets allow the thread. */
export function concerns(session: SessionAccount, thread: ThreadAccount): boolean {
  const isReachable = session.scope === 'global' || session.uid === thread.uid;
  const isCompatible = (session.ahead ?? 0) === (thread.ahead ?? 0);
  return (
    isReachable &&
    isCompatible &&
    session.rules.some((rule) => isFor(rule, session, thread)) &&
    trackedWindows(session.tracked, thread).length > 0
  );
}
