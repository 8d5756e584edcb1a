/**
 * A recording session as a pure step. Here: a session that an earlier registry wrote down; the other files have what it
 * records, its end, its applications, consumers and snapshots. One test file takes them all in, so that its last test
 * knows of every step.
 */
import './recording.ts';
import './ending.ts';
import './consumers.ts';
import './snapshots.ts';
import './applications.ts';
import { expect, it } from 'vitest';
import {
  ABSENT_CHECK_MS_MIN,
  APPLY_MS_MAX,
  DRAIN_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { SessionInput } from '../../../../../actors/sessiond/messages.ts';
import { sessionMachine } from '../../../../../actors/sessiond/session/machine.ts';
import { passed, untried } from '../../../../support/step.ts';
import {
  APP,
  at,
  attached,
  CONSUMED,
  checked,
  destroy,
  ending,
  INPUT,
  joined,
  noConsumer,
  ONE,
  ONE_RECORD,
  opened,
  partOf,
  published,
  type RecordedState,
  recorded,
  sessionEnded,
  steps,
  stop,
  toConsumer,
  told,
  value,
  watchConsumer,
} from './words.ts';

/** A session as the registry before this one wrote it down, with the stream of an application that it knew. */
const restoredAs = (state: RecordedState, more: object = {}): SessionInput => {
  const { record } = recorded(state, { ...ONE_RECORD, ...more });
  return { ...INPUT, restored: record as unknown as SessionInput['restored'] & object };
};
const LOOKING = { missing: 'looking' };
const restored = (state: string | object, effects: readonly object[], ...delays: number[]) => ({
  value: value(state, LOOKING),
  effects,
  delays,
});
const check = { type: 'process.check', pid: APP.pid, tid: APP.tid, startedAt: APP.startedAt };

it('continues as a session that records, and looks for its applications', () => {
  expect(steps(restoredAs('active'))).toEqual(
    restored(
      'active',
      [check, recorded('active', ONE_RECORD), published('active', ONE)],
      ABSENT_CHECK_MS_MIN,
    ),
  );
});

it('keeps the streams of an application that comes back', () => {
  expect(steps(restoredAs('active'), joined())).toEqual(at('active', [told(1, partOf(true))]));
});

it('continues as a session that has stopped, and asks again for what may not be written', () => {
  expect(steps(restoredAs('stopped'))).toEqual(
    restored(
      'stopped',
      [check, recorded('stopped', ONE_RECORD), published('stopped', ONE)],
      ABSENT_CHECK_MS_MIN,
    ),
  );
  expect(steps(restoredAs('stopped'), stop()).effects).toEqual([noConsumer()]);
  expect(steps(restoredAs('stopped'), ...CONSUMED, stop()).value).toEqual(
    value({ stopping: 'applying' }, LOOKING),
  );
});

it('continues its end, and waits for its consumer to come back', () => {
  const input = restoredAs('destroying');
  expect(steps(input)).toEqual(
    restored(
      { destroying: 'applying' },
      [check, recorded('destroying', ONE_RECORD), published('destroying', ONE)],
      ABSENT_CHECK_MS_MIN,
      APPLY_MS_MAX,
    ),
  );
  const finishing = [checked(false)] as const;
  expect(steps(input, ...finishing).value).toEqual(value({ destroying: 'finishing' }));
  expect(steps(input, ...finishing, attached(), opened).effects).toEqual([
    toConsumer({ type: 'finish' }),
  ]);
});

it('stays as a stopped session when no consumer comes for its end', () => {
  const events = [checked(false), passed(DRAIN_MS_MAX)] as const;
  expect(steps(restoredAs('destroying'), ...events).value).toEqual(value('stopped'));
});

it('does not want a consumer that its user has stopped', () => {
  const input = restoredAs('active', { isDismissed: true });
  expect(steps(input, watchConsumer()).effects).toEqual([]);
});

it('gives up nothing of what a record says that no session can have written', () => {
  const input = restoredAs('inactive');
  expect(steps(input, destroy()).effects).toEqual([noConsumer()]);
  expect(steps(input, ending).effects.at(-1)).toEqual(sessionEnded);
});

/**
 * A session that has not started owes nothing, so no stop has to be repeated: `inactive` has this way from what it
 * shares with `stopped`.
 */
const NO_WAY = ['session.recording.inactive: session.command, way 6'];

it('has been in each state and gone each way of its chart', () => {
  expect(untried(sessionMachine)).toEqual(NO_WAY);
});
