/** Which group may use the global registry, and when: its configuration says so, and is read again at SIGHUP (R1.3). */
import { NS_PER_MS } from '../../src/base/time.ts';
import { DEFAULT_GROUP } from '../../src/wire/endpoints.ts';
import type { ScenarioInput } from '../input/scenario.ts';

/** A signal was sent: its registry has the new group by then. */
const READ_MS_MAX = 5;

/** A group while it may. */
export interface GroupPeriod {
  readonly gid: number | undefined;
  readonly members: ReadonlySet<number>;
  /** Nanoseconds; `until` is when the next one certainly has taken over. */
  readonly from: number;
  readonly until: number;
}

/** The groups of a run, one after the other. */
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

/** Those that may have been in force at one moment between the two. */
export function periodsBetween(
  periods: readonly GroupPeriod[],
  from: number,
  until: number,
): GroupPeriod[] {
  return periods.filter((period) => period.from <= until && from <= period.until);
}
