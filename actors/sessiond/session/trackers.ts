/** The processes that a session traces: how commands change its sets. */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Tracker, Trackers } from '../../../src/wire/control/trackers.ts';
import { TRACKED_IDS_MAX } from '../../../src/wire/limits.ts';
import type { Refusal } from '../reply.ts';

type Change = Extract<Operation, { op: 'tracker.add' | 'tracker.remove' }>;

/** What a change needs of its session. */
interface Tracking {
  readonly name: string;
  readonly trackers: Trackers;
}

/** How messages name the members of a set. */
const CALLED: Readonly<Record<Tracker, string>> = {
  vpid: 'process',
  vuid: 'user',
  vgid: 'group',
};

/** As clients and records have them; none: every process is in every set. */
export function trackersInfo(trackers: Trackers): Pick<SessionInfo, 'trackers'> {
  const sets = Object.entries(trackers);
  if (sets.length === 0) return {};
  return { trackers: Object.fromEntries(sets.map(([tracker, ids]) => [tracker, [...ids]])) };
}

/** The sets after the command, which has effect whole or not at all. */
export function trackersAfter(session: Tracking, operation: Change): Result<Trackers, Refusal> {
  const { op, tracker, ids } = operation;
  const { [tracker]: before, ...others } = session.trackers;
  if (ids === undefined) return all(session, operation);
  const given = [...new Set(ids)];
  const known = (before ?? []).filter((id) => given.includes(id));
  if (op === 'tracker.remove') {
    if (before === undefined) return already(session, `traces every ${CALLED[tracker]}`);
    const missing = given.find((id) => !known.includes(id));
    if (missing !== undefined) {
      return already(session, `does not track ${CALLED[tracker]} ${missing}`);
    }
    return ok({ ...others, [tracker]: before.filter((id) => !given.includes(id)) });
  }
  const [first] = known;
  if (first !== undefined) {
    return already(session, `already tracks ${CALLED[tracker]} ${first}`);
  }
  const after = [...(before ?? []), ...given];
  if (after.length <= TRACKED_IDS_MAX) return ok({ ...others, [tracker]: after });
  return fail({
    code: 'LIMIT',
    reason: `A session tracks at most ${TRACKED_IDS_MAX} ids of one kind`,
  });
}

/** The set has every id, or none. */
function all(session: Tracking, { op, tracker }: Change): Result<Trackers, Refusal> {
  const { [tracker]: before, ...others } = session.trackers;
  if (op === 'tracker.add') {
    if (before === undefined) return already(session, `already traces every ${CALLED[tracker]}`);
    return ok(others);
  }
  if (before?.length === 0) return already(session, `already traces no ${CALLED[tracker]}`);
  return ok({ ...others, [tracker]: [] });
}

function already({ name }: Tracking, what: string): { ok: false; error: Refusal } {
  return fail({ code: 'ALREADY', reason: `Session "${name}" ${what}` });
}
