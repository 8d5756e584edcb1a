/**
 * Threads that should have buffers and have none: the system or a bound refused the memory, or the thread cannot attach
 * it. They record nothing. The session names them in its description, and tries again at intervals.
 */
import type { UnbufferedThread } from '../../../src/wire/control/unbuffered.ts';
import { UNBUFFERED_ENDED_MAX, UNBUFFERED_SHOWN_MAX } from '../limits.ts';
import type { AppIdentity } from '../messages.ts';

export interface Unbuffered {
  readonly app: AppIdentity;
  /** An errno name, LIMIT or UNABLE. */
  readonly code: string;
  /** What the thread itself says, if it cannot record at all. */
  readonly reason?: string | undefined;
  /** `ended`: it left without having had them; `served`: it has them by now. */
  readonly state: UnbufferedThread['state'];
}

/** All threads of a session that had no buffers when they should. */
export interface UnbufferedThreads {
  /** Invariant: each has ids of its own; at most UNBUFFERED_ENDED_MAX of them do not wait. */
  readonly threads: readonly Unbuffered[];
  /** Threads that do not wait any more and were dropped from the list. */
  readonly dropped: number;
}

export const ALL_BUFFERED: UnbufferedThreads = { threads: [], dropped: 0 };

export function isWaiting({ state }: Unbuffered): boolean {
  return state === 'waiting';
}

/** The thread has no buffers, for this reason; the latest attempt is the last of the list. */
export function withRefusal(
  { threads, dropped }: UnbufferedThreads,
  app: AppIdentity,
  code: string,
  reason?: string,
): UnbufferedThreads {
  const others = threads.filter((other) => other.app.pid !== app.pid || other.app.tid !== app.tid);
  return { threads: [...others, { app, code, reason, state: 'waiting' }], dropped };
}

/** The waiting thread at this link does not wait any more. */
export function withEnd(
  unbuffered: UnbufferedThreads,
  link: string,
  state: 'served' | 'ended',
): UnbufferedThreads {
  const isMeant = (one: Unbuffered): boolean => one.app.link === link && isWaiting(one);
  if (!unbuffered.threads.some(isMeant)) return unbuffered;
  const threads = unbuffered.threads.map((one) => (isMeant(one) ? { ...one, state } : one));
  const excess = threads.filter((one) => !isWaiting(one)).slice(0, -UNBUFFERED_ENDED_MAX);
  return {
    threads: threads.filter((one) => !excess.includes(one)),
    dropped: unbuffered.dropped + excess.length,
  };
}

/** For the description of the session: those that wait come first. */
export function unbufferedInfo({ threads, dropped }: UnbufferedThreads) {
  if (threads.length === 0) return {};
  const ordered = [...threads.filter(isWaiting), ...threads.filter((one) => !isWaiting(one))];
  const shown = ordered.slice(0, UNBUFFERED_SHOWN_MAX).map(
    ({ app: { pid, tid, processName }, code, reason, state }): UnbufferedThread => ({
      pid,
      tid,
      processName,
      code,
      ...(reason === undefined ? {} : { reason }),
      state,
    }),
  );
  return { unbuffered: { threads: shown, more: threads.length - shown.length + dropped } };
}
