/** The processes that a session traces: what its sets become, what is refused, and what applications get. */

import { expect, it } from 'vitest';
import type { ErrorCode } from '../../../../../src/wire/control/error-code.ts';
import { TRACKERS, type Tracker, type Trackers } from '../../../../../src/wire/control/trackers.ts';
import { TRACKED_IDS_MAX } from '../../../../../src/wire/limits.ts';
import {
  APP,
  at,
  command,
  INPUT,
  published,
  RECORDING,
  recorded,
  refusal,
  reply,
  steps,
} from './words.ts';

const changing =
  (op: 'tracker.add' | 'tracker.remove') =>
  (tracker: Tracker, ...ids: number[]) =>
    command({ op, session: 'web', tracker, ...(ids.length === 0 ? {} : { ids }) });
/** Without ids: all. */
const track = changing('tracker.add');
const untrack = changing('tracker.remove');

/** The outcome of a command that made these sets; without any: a session that traces everything. */
const tracking = (trackers?: Trackers) => {
  const more = trackers === undefined ? {} : { trackers };
  return at('inactive', [
    recorded('inactive', more),
    reply('inactive', more),
    published('inactive', more),
  ]);
};
const refused = (code: ErrorCode, reason: string, trackers?: Trackers) =>
  at('inactive', [
    refusal(code, reason),
    published('inactive', trackers === undefined ? {} : { trackers }),
  ]);

it.each(TRACKERS)('begins a set of %s with the first values, and ends it with all', (tracker) => {
  const one = track(tracker, 5);
  expect(steps(INPUT, one)).toEqual(tracking({ [tracker]: [5] }));
  expect(steps(INPUT, one, track(tracker, 6, 7, 6))).toEqual(tracking({ [tracker]: [5, 6, 7] }));
  expect(steps(INPUT, one, untrack(tracker, 5))).toEqual(tracking({ [tracker]: [] }));
  expect(steps(INPUT, untrack(tracker))).toEqual(tracking({ [tracker]: [] }));
  expect(steps(INPUT, one, untrack(tracker))).toEqual(tracking({ [tracker]: [] }));
  expect(steps(INPUT, untrack(tracker), one)).toEqual(tracking({ [tracker]: [5] }));
  expect(steps(INPUT, one, track(tracker))).toEqual(tracking());
});

it('keeps the three sets apart', () => {
  const three = [track('vuid', 1), track('vgid', 2), untrack('vpid')] as const;
  expect(steps(INPUT, ...three)).toEqual(tracking({ vpid: [], vuid: [1], vgid: [2] }));
  expect(steps(INPUT, ...three, track('vuid'))).toEqual(tracking({ vpid: [], vgid: [2] }));
});

it('refuses what changes nothing, whole', () => {
  const two = track('vpid', 5, 6);
  const sets = { vpid: [5, 6] };
  const says = (what: string, trackers?: Trackers) =>
    refused('ALREADY', `Session "web" ${what}`, trackers);
  expect(steps(INPUT, two, track('vpid', 7, 6))).toEqual(says('already tracks process 6', sets));
  expect(steps(INPUT, two, untrack('vpid', 5, 7))).toEqual(says('does not track process 7', sets));
  expect(steps(INPUT, untrack('vgid', 5))).toEqual(says('traces every group'));
  expect(steps(INPUT, track('vuid'))).toEqual(says('already traces every user'));
  expect(steps(INPUT, untrack('vuid'), untrack('vuid'))).toEqual(
    says('already traces no user', { vuid: [] }),
  );
});

it(`has at most ${TRACKED_IDS_MAX} ids in a set`, () => {
  const ids = Array.from({ length: TRACKED_IDS_MAX }, (_, index) => index);
  const full = track('vpid', ...ids);
  const more = track('vpid', TRACKED_IDS_MAX);
  expect(steps(INPUT, full)).toEqual(tracking({ vpid: ids }));
  expect(steps(INPUT, full, untrack('vpid', 0), more)).toEqual(
    tracking({ vpid: [...ids.slice(1), TRACKED_IDS_MAX] }),
  );
  expect(steps(INPUT, full, more)).toEqual(
    refused('LIMIT', `A session tracks at most ${TRACKED_IDS_MAX} ids of one kind`, { vpid: ids }),
  );
});

/** The rules of the part that the last event sent to the application; undefined: it sent none. */
const rulesSent = (...events: Parameters<typeof steps>[1][]) => {
  const { effects } = steps(INPUT, ...RECORDING, ...events);
  return /"rules":(\[.*?\])/.exec(JSON.stringify(effects.filter(isPart)))?.[1];
};
const isPart = (effect: object) => JSON.stringify(effect).includes('part.changed');

const OWN: Readonly<Record<Tracker, number>> = { vpid: APP.pid, vuid: APP.uid, vgid: APP.gid };
it.each(TRACKERS)('sends an application whose %s is not in the set no rule, at once', (tracker) => {
  const others = track(tracker, OWN[tracker] + 1);
  expect(rulesSent(others)).toBe('[]');
  expect(rulesSent(untrack(tracker))).toBe('[]');
  expect(rulesSent(others, track(tracker, OWN[tracker]))).toContain('pattern');
  expect(rulesSent(others, track(tracker))).toContain('pattern');
});
