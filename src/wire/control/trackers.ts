/**
 * The processes that a session traces: sets of process, user and group ids, which include (LTTng 2.13's `track` and
 * `untrack`). A session traces a process that is in every set.
 */
import * as v from 'valibot';
import type { Credentials } from '../../port/identity.ts';
import { list, sessionKey, u32 } from '../common.ts';
import { TRACKED_IDS_MAX } from '../limits.ts';

/** What the ids of each set are of: a process, its user, its group. */
export const TRACKERS = ['vpid', 'vuid', 'vgid'] as const;
export type Tracker = (typeof TRACKERS)[number];

const trackedIds = v.exactOptional(v.pipe(v.array(u32), v.maxLength(TRACKED_IDS_MAX)));

/** An absent set has every id, an empty one none: then the session traces nothing. */
export const trackers = v.strictObject({ vpid: trackedIds, vuid: trackedIds, vgid: trackedIds });
export type Trackers = Readonly<Partial<Record<Tracker, readonly number[]>>>;

/** The first set that the process is not in; undefined: it is in every one. */
export function untrackedBy(
  { vpid, vuid, vgid }: Trackers,
  { pid, uid, gid }: Credentials,
): Tracker | undefined {
  if (vpid?.includes(pid) === false) return 'vpid';
  if (vuid?.includes(uid) === false) return 'vuid';
  return vgid?.includes(gid) === false ? 'vgid' : undefined;
}

/** Without `ids`: all of them. */
const change = {
  session: sessionKey,
  tracker: v.picklist(TRACKERS),
  ids: v.exactOptional(v.pipe(list(u32), v.minLength(1))),
};

/** All of the ids or none. The first ones that are added to a set of every id become the set. */
export const trackerOperations = [
  v.strictObject({ op: v.literal('tracker.add'), ...change }),
  v.strictObject({ op: v.literal('tracker.remove'), ...change }),
] as const;
