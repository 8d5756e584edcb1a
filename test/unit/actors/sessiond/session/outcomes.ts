/** Outcomes that a consumer reports: what it cannot write, and what is lost (R1.19, R2.5). */

import { expect, it } from 'vitest';
import { DRAIN_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { passed } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import {
  abandon,
  applied,
  at,
  attached,
  busy,
  CONSUMED_BY,
  counted,
  destroy,
  ending,
  FINISHING,
  FLUSHING,
  FULL,
  FULL_REASON,
  finished,
  flushed,
  INPUT,
  lost,
  measure,
  noConsumer,
  notWritten,
  ONE,
  ONE_CONSUMED,
  ONE_RECORD,
  outcome,
  published,
  RECORDING,
  recorded,
  removeStream,
  reply,
  sessionEnded,
  sessionKept,
  start,
  steps,
  stop,
  TOLD_VERSION,
  UUID,
  unrecorded,
  value,
} from './words.ts';

const TOO_SLOW = 'its consumer has not written its events within 30 s';
const COUNTING = { destroying: 'counting' };
const slow = log('consumer.tooSlow', { session: 'web', 'limit-ms': DRAIN_MS_MAX });
const kept = log('session.kept', { session: 'web', uuid: UUID, uid: 1000, streams: 1 });
const countUnread = {
  type: 'memory.countUnread',
  streams: [{ dataSegment: segmentRef(70), positionSegment: segmentRef(71) }],
};
/** Stopped again, with a consumer that has been told to finish. */
const givenBack = (more: object = {}) => [
  recorded('stopped', ONE_RECORD),
  published('stopped', { ...ONE_CONSUMED, ...more }),
];
/** The last effects of a session. */
const destroyed = (known: object) => [
  removeStream(0),
  unrecorded,
  reply('destroying', { ...ONE, streams: 0, writers: 0, ...known }),
  sessionEnded,
];

it('says that it is stopped, but not written, when the consumer cannot write, and flushes again', () => {
  const full = [...FLUSHING, outcome(FULL), flushed(1)] as const;
  expect(steps(INPUT, ...FLUSHING, outcome(FULL)).effects).toEqual([
    published('stopping', { ...ONE_CONSUMED, ...FULL }),
  ]);
  expect(steps(INPUT, ...full)).toEqual(
    at('stopped', [notWritten(FULL_REASON), ...givenBack(FULL)]),
  );
  expect(steps(INPUT, ...full, stop(9)).value).toEqual(value({ stopping: 'applying' }));
  const again = [...full, stop(9), applied(TOLD_VERSION + 2), outcome({}), flushed(2)] as const;
  expect(steps(INPUT, ...again).effects.at(-1)).toEqual(reply('stopped', ONE_CONSUMED, 9));
});

it('is not destroyed when the consumer has ended and could not write everything', () => {
  const refused = [...FINISHING, outcome(FULL), finished] as const;
  expect(steps(INPUT, ...refused)).toEqual(
    at('stopped', [notWritten(FULL_REASON), ...givenBack(FULL)]),
  );
  // The consumer has been told to finish: it writes no other recording.
  expect(steps(INPUT, ...refused, start(9))).toEqual(at('stopped', [busy(9)]));
  expect(steps(INPUT, ...refused, lost, destroy(9))).toEqual(at('stopped', [noConsumer(9)]));
  expect(steps(INPUT, ...refused, lost, stop(9))).toEqual(at('stopped', [noConsumer(9)]));
});

it('is not destroyed when the consumer takes too long', () => {
  expect(steps(INPUT, ...FINISHING, passed(DRAIN_MS_MAX))).toEqual(
    at('stopped', [slow, notWritten(TOO_SLOW), ...givenBack()]),
  );
});

it('gives up what the consumer cannot write, or not in time, when its user says so', () => {
  const events = [...RECORDING, abandon(), applied(TOLD_VERSION + 1)] as const;
  const abandoned = { events: 3, streams: 1 };
  const line = log('session.dataAbandoned', { session: 'web', ...abandoned });
  expect(steps(INPUT, ...events, outcome(FULL), finished, counted(3, 1))).toEqual(
    at({ destroying: 'removing' }, [line, ...destroyed({ ...CONSUMED_BY, ...FULL, abandoned })]),
  );
  expect(steps(INPUT, ...events, passed(DRAIN_MS_MAX))).toEqual(at(COUNTING, [slow, countUnread]));
});

it('measures its buffers in every state, also while it answers other commands', () => {
  const { streams } = countUnread;
  const asked = { type: 'memory.measure', link: 'client-0', id: 9, streams };
  expect(steps(INPUT, ...RECORDING, measure(9))).toEqual(at('active', [asked]));
  expect(steps(INPUT, ...FLUSHING, measure(9)).effects).toEqual([asked]);
  expect(steps(INPUT, ...FINISHING, measure(9)).effects).toEqual([asked]);
  const buffered = { events: 7, bytes: 90, streams: 1 };
  const measured = { type: 'memory.measured', link: 'client-0', id: 9, ...buffered } as const;
  expect(steps(INPUT, ...RECORDING, measured)).toEqual(
    at('active', [reply('active', { ...ONE_CONSUMED, buffered }, 9)]),
  );
});

it('adds up what its consumers have lost, and counts none twice', () => {
  const losing = (events: number) => outcome({ lost: { events, streams: 1, moved: 1 } });
  const sum = (events: number, streams: number) =>
    published('active', { ...ONE_CONSUMED, lost: { events, streams, moved: streams } });
  const events = [...RECORDING, losing(5)] as const;
  expect(steps(INPUT, ...events).effects).toEqual([sum(5, 1)]);
  // The same process comes back, and reports all of its losses again.
  expect(steps(INPUT, ...events, lost, attached(), losing(6)).effects).toEqual([sum(6, 1)]);
  const other = { ...attached(), pid: 91 };
  const most = { lost: { events: Number.MAX_SAFE_INTEGER, streams: 0, moved: 0 } };
  expect(steps(INPUT, ...events, lost, other, losing(2)).effects).toEqual([
    published('active', { ...ONE, consumerPid: 91, lost: { events: 7, streams: 2, moved: 2 } }),
  ]);
  expect(steps(INPUT, ...events, lost, other, outcome(most)).effects).toEqual([
    published('active', {
      ...ONE,
      consumerPid: 91,
      lost: { events: Number.MAX_SAFE_INTEGER, streams: 1, moved: 1 },
    }),
  ]);
});

it('is kept for the next registry when the consumer cannot write', () => {
  const refused = [
    ...RECORDING,
    ending,
    applied(TOLD_VERSION + 1),
    outcome(FULL),
    finished,
  ] as const;
  expect(steps(INPUT, ...refused)).toEqual(at('stopped', givenBack(FULL)));
  // The registry repeats the request when the session is stopped.
  expect(steps(INPUT, ...refused, lost, ending)).toEqual(
    at('stopped', [recorded('stopped', ONE_RECORD), kept, sessionKept]),
  );
});
