/** Options of `track` and `untrack`: processes, users and groups, by id or name, or all (LTTng 2.13). */
import type { Users } from '../../../src/port/identity.ts';
import { TRACKERS, type Tracker } from '../../../src/wire/control/trackers.ts';
import { TRACKED_IDS_MAX } from '../../../src/wire/limits.ts';
import type { TrackOptions } from '../../control/api/options.ts';
import { usageFailure } from '../failure.ts';
import { type OptionsOf, option, partsOf, type Suggestion, type Value } from '../table/declare.ts';
import { PID_MAX } from './rule.ts';

/** Largest user or group id of a Linux kernel; the one after it means none. */
const ID_MAX = 2 ** 32 - 2;

/** `true`: the option has no value. */
type Words = readonly string[] | true;

const words = (suggests: Suggestion | readonly string[]): Value<Words> => ({
  parse: (word, before) => [...(before === undefined || before === true ? [] : before), word],
  suggests,
});

export const TRACKER_OPTIONS = [
  option('-p, --vpid [pid[,pid]]', 'these processes, running or not', {
    value: words('pids'),
    spellings: ['--pid'],
  }),
  option('--vuid [user[,user]]', 'processes of these users, by name or id', {
    value: words([]),
    spellings: ['--uid'],
  }),
  option('--vgid [group[,group]]', 'processes of these groups, by name or id', {
    value: words([]),
    spellings: ['--gid'],
  }),
  option('-a, --all', 'all of them, for --vpid, --vuid and --vgid without a value'),
] as const;

/** What the options name; throws a usage failure when they contradict each other, or a name does not exist. */
export function trackersNamed(
  users: Users,
  options: OptionsOf<typeof TRACKER_OPTIONS>,
): TrackOptions {
  const isAll = options.all === true;
  const given = TRACKERS.filter((tracker) => options[tracker] !== undefined);
  const bare = given.filter((tracker) => options[tracker] === true);
  const [first] = bare;
  if (given.length === 0 || (isAll && first === undefined)) {
    throw usageFailure('Name --vpid, --vuid or --vgid, each with values or with --all');
  }
  if (first !== undefined && !isAll) {
    throw usageFailure(`Give --${first} values, or use --all with it`);
  }
  return Object.fromEntries(
    given.map((tracker) => {
      const of = options[tracker];
      const isEvery = of === undefined || of === true;
      return [tracker, isEvery ? 'all' : idsOf(users, tracker, of.flatMap(partsOf))];
    }),
  );
}

function idsOf(users: Users, tracker: Tracker, named: readonly string[]): number[] {
  const ids = [...new Set(named.map((word) => idOf(users, tracker, word)))];
  if (ids.length === 0) throw usageFailure(`Give --${tracker} values, or use --all with it`);
  if (ids.length <= TRACKED_IDS_MAX) return ids;
  throw usageFailure(`Name at most ${TRACKED_IDS_MAX} values of --${tracker} at once`);
}

function idOf(users: Users, tracker: Tracker, word: string): number {
  const [least, most] = tracker === 'vpid' ? [1, PID_MAX] : [0, ID_MAX];
  const isNumber = /^\d+$/.test(word);
  const id = isNumber ? Number(word) : named(users, tracker, word);
  if (id !== undefined && id >= least && id <= most) return id;
  if (tracker === 'vpid' || isNumber) {
    throw usageFailure(`A value of --${tracker} is from ${least} to ${most}, not "${word}"`);
  }
  throw usageFailure(`There is no ${tracker === 'vuid' ? 'user' : 'group'} "${word}"`);
}

function named(users: Users, tracker: Tracker, word: string): number | undefined {
  if (tracker === 'vpid') return undefined;
  return tracker === 'vuid' ? users.userId(word) : users.groupId(word);
}
