/** Which group may use the global registry, and when: its configuration, which it reloads at SIGHUP (R1.3). */
import { NS_PER_MS } from '../../src/base/time.ts';
import { DEFAULT_GROUP } from '../../src/wire/endpoints.ts';
import type { ScenarioInput } from '../input/scenario.ts';

/** So long after the signal the registry has the new group. */
const READ_MS_MAX = 5;

/** The period in which a group may use the registry. */
export interface GroupPeriod {
  readonly gid: number | undefined;
  readonly members: ReadonlySet<number>;
  /** Nanoseconds; at `until` the next group is certainly configured. */
  readonly from: number;
  readonly until: number;
}

/** The successive groups of a run. */
export function groupPeriodsIn({ users, groups, scripts }: ScenarioInput): readonly GroupPeriod[] {
  const changes = scripts.flatMap(({ user, steps }) =>
    steps.flatMap((step) => (user === 'root' && step.do === 'regroup' ? [step] : [])),
  );
  const begins = [{ at: 0, group: DEFAULT_GROUP }, ...changes];
  return begins.map(({ at, group }, index) => {
    const next = begins[index + 1];
    const gid = groups[group];
    const members = users.filter((user) => user.groups.includes(group) || user.gid === gid);
    return {
      gid,
      members: new Set(members.map(({ uid }) => uid)),
      from: at * NS_PER_MS,
      until: next === undefined ? Number.POSITIVE_INFINITY : (next.at + READ_MS_MAX) * NS_PER_MS,
    };
  });
}

/** The periods that may have been in force at a moment between the two. */
export function periodsBetween(
  periods: readonly GroupPeriod[],
  from: number,
  until: number,
): GroupPeriod[] {
  return periods.filter((period) => period.from <= until && from <= period.until);
}
