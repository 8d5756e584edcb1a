/** Finds out what has become of sessions, from one list of them to the next. */
import type { Session, StateChange } from './types.ts';

/** How often a watch asks, unless its caller says otherwise; and the bounds of what it may say. */
export const WATCH_PERIOD_MS = 1000;
export const WATCH_PERIOD_MS_MIN = 10;
export const WATCH_PERIOD_MS_MAX = 3_600_000;

/** The changes between two lists: sessions that are gone, then those that are new or in another state. */
export function changesBetween(
  before: readonly Session[],
  now: readonly Session[],
): readonly StateChange[] {
  const known = new Map(before.map((session) => [session.uuid, session]));
  const present = new Set(now.map(({ uuid }) => uuid));
  const gone = before
    .filter(({ uuid }) => !present.has(uuid))
    .map((session) => ({ session, before: session.state, now: undefined }));
  const changed = now
    .map((session) => ({ session, before: known.get(session.uuid)?.state, now: session.state }))
    .filter((change) => change.before !== change.now);
  return [...gone, ...changed];
}
