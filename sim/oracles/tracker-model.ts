/** Model of a session's sets of processes: what changes them, and how answers show them (`session-model.ts`). */
import type { Operation } from '../../src/wire/control/messages.ts';
import { TRACKERS, type Tracker, type Trackers } from '../../src/wire/control/trackers.ts';

export type TrackerChange = Extract<Operation, { op: 'tracker.add' | 'tracker.remove' }>;

/** Each set: its ids as a text, or `all`. */
export type ModelTrackers = Readonly<Record<Tracker, string>>;

const ALL = 'all';
/** A new session traces every process. */
export const NEW_TRACKERS: ModelTrackers = { vpid: ALL, vuid: ALL, vgid: ALL };

/** The sets after the change; undefined: it is refused, because it changes nothing. */
export function withTracker(
  trackers: ModelTrackers,
  { op, tracker, ids }: TrackerChange,
): ModelTrackers | undefined {
  const before = trackers[tracker];
  const isAdding = op === 'tracker.add';
  const to = (after: string): ModelTrackers => ({ ...trackers, [tracker]: after });
  if (ids === undefined) {
    const whole = isAdding ? ALL : '';
    return before === whole ? undefined : to(whole);
  }
  const members = before === ALL ? [] : before.split(' ').filter((id) => id !== '');
  if (before === ALL && !isAdding) return undefined;
  const named = ids.map(String);
  if (named.some((id) => members.includes(id) === isAdding)) return undefined;
  return to(
    (isAdding ? [...members, ...named] : members.filter((id) => !named.includes(id))).join(' '),
  );
}

/** Whether an answer has these sets. */
export function areTracked(trackers: ModelTrackers, told: Trackers = {}): boolean {
  return TRACKERS.every((tracker) => trackers[tracker] === (told[tracker]?.join(' ') ?? ALL));
}
