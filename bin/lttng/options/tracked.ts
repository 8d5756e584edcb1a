/** Formats the processes that a session traces. */
import type { World } from '../../../src/port/world.ts';
import type { Tracker } from '../../../src/wire/control/trackers.ts';
import type { Session } from '../../control/api/session.ts';

const CALLED = [
  ['vpid', 'processes'],
  ['vuid', 'users'],
  ['vgid', 'groups'],
] as const satisfies readonly (readonly [Tracker, string])[];

/** `users`, `alice, 1002` for each set that has not everything. */
export function trackedRows({ users }: World, { trackers = {} }: Session): string[][] {
  return CALLED.flatMap(([tracker, called]) => {
    const ids = trackers[tracker];
    if (ids === undefined) return [];
    const names = ids.map((id) => (tracker === 'vuid' ? users.userName(id) : undefined) ?? `${id}`);
    return [[called, names.length === 0 ? 'none' : names.join(', ')]];
  });
}

/** `users alice, 1002; groups none`. */
export function trackedText(world: World, session: Session): string {
  const rows = trackedRows(world, session);
  if (rows.length === 0) return 'all processes';
  return rows.map((row) => row.join(' ')).join('; ');
}
