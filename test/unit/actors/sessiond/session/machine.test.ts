/**
 * A recording session as a pure step. This file tests a session restored from a record; the other files test its
 * recording, its end, its applications, consumers and snapshots. This file imports them all, so that its last test
 * covers every step.
 */
import './recording.ts';
import './rules.ts';
import './ending.ts';
import './consumers.ts';
import './outcomes.ts';
import './snapshots.ts';
import './unbuffered.ts';
import './outputs.ts';
import './datagrams.ts';
import './applications.ts';
import './pausing.ts';
import './channels.ts';
import './rotations.ts';
import './trackers.ts';
import './unawaited.ts';
import './shared.ts';
import './snapshot-outputs.ts';
import './kernel.ts';
import './kernel-rules.ts';
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
  sessionKept,
  steps,
  stop,
  toConsumer,
  told,
  value,
  watchConsumer,
} from './words.ts';

/** The record that the previous registry wrote of a session, with the stream of one application. */
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
const check = {
  type: 'process.checkThreads',
  threads: [{ pid: APP.pid, tid: APP.tid, startedAt: APP.startedAt }],
};

it('continues as a session that records, and looks for its applications', () => {
  expect(steps(restoredAs('active'))).toEqual(
    restored(
      'active',
      [check, recorded('active', ONE_RECORD), published('active', ONE)],
      ABSENT_CHECK_MS_MIN,
    ),
  );
});

it('keeps the streams of an application that registers again', () => {
  expect(steps(restoredAs('active'), joined())).toEqual(at('active', [told(1, partOf(true))]));
});

it('continues as a stopped session, and repeats the flush', () => {
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

it('continues as a paused session, whose buffers are not flushed yet', () => {
  expect(steps(restoredAs('paused')).value).toEqual(value('paused', LOOKING));
  expect(steps(restoredAs('paused'), ...CONSUMED, stop()).value).toEqual(
    value({ stopping: 'applying' }, LOOKING),
  );
});

it('continues its end, and waits for its consumer to reconnect', () => {
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

it('becomes a stopped session when no consumer attaches for its end', () => {
  const events = [checked(false), passed(DRAIN_MS_MAX)] as const;
  expect(steps(restoredAs('destroying'), ...events).value).toEqual(value('stopped'));
});

it('does not request a consumer when its user has stopped consuming', () => {
  const input = restoredAs('active', { isDismissed: true });
  expect(steps(input, watchConsumer()).effects).toEqual([]);
});

it('discards nothing of a record that no session can have written', () => {
  const input = restoredAs('inactive');
  expect(steps(input, destroy()).effects).toEqual([noConsumer()]);
  expect(steps(input, ending).effects.at(-1)).toEqual(sessionKept);
});

/**
 * A session that has not started has no data and no streams, so it never repeats a stop and gathers no changes:
 * `inactive` has these transitions only because it shares its transitions with `stopped`, and so has `paused`.
 */
const NO_WAY = [
  'session.recording.inactive: session.command, way 7',
  'session.recording.inactive: journal.gathered, way 1',
  // A paused session always owes a flush.
  'session.recording.paused: session.command, way 8',
];

it('has been in each state and gone each way of its chart', () => {
  expect(untried(sessionMachine)).toEqual(NO_WAY);
});
