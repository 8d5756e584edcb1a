/** When a session has reason to record a thread at all. */
import type { ThreadAccount } from './ledger.ts';
import { isFor, type SessionAccount, type Window } from './sessions.ts';

/** Where rules go that name no channel. */
const DEFAULT_CHANNEL = 'default';

/**
 * Channels in which the thread may have streams: while the session recorded there was a rule for the thread (R1.18).
 * `lingersNs`: the session may have been recorded so long after its end.
 */
export function channelsFor(
  session: SessionAccount,
  thread: ThreadAccount,
  lingersNs = 0,
): ReadonlySet<string> {
  const meet = (one: Window, other: Window): boolean =>
    one.askedAt <= other.endedAt && other.askedAt <= one.endedAt;
  const rules = session.rules.filter(
    (rule) =>
      isFor(rule, session, thread) &&
      session.windows.some(
        (window) => meet(rule, window) && window.endedAt + lingersNs >= thread.startedAt,
      ),
  );
  return new Set(rules.map(({ channel = DEFAULT_CHANNEL }) => channel));
}
