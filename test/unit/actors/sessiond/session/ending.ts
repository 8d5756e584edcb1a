/** A session stops, and is destroyed: the consumer writes the contents of the buffers first (R2.5). */

import { expect, it } from 'vitest';
import { APPLY_MS_MAX, AWAITING_MAX, DRAIN_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { passed } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import {
  ACTIVE,
  abandon,
  applied,
  at,
  attached,
  busy,
  CHANNELS,
  CONSUMED_BY,
  changesGathered,
  counted,
  created,
  DESTROYING,
  destroy,
  disable,
  enable,
  ending,
  FINISHING,
  FLIGHT_RECORDER,
  FLUSHING,
  finished,
  flushed,
  INPUT,
  joined,
  left,
  lost,
  noConsumer,
  notWritten,
  ONE,
  ONE_CONSUMED,
  ONE_RECORD,
  OTHER,
  opened,
  partOf,
  published,
  RECORDING,
  RULE,
  recorded,
  refusal,
  removeStream,
  reply,
  SETTINGS,
  STOPPED,
  STOPPING,
  sessionEnded,
  sessionKept,
  start,
  steps,
  stop,
  streamFailed,
  TOLD_VERSION,
  toConsumer,
  told,
  UUID,
  unrecorded,
  value,
} from './words.ts';

const told4 = told(TOLD_VERSION + 1, partOf(false));
const gone = told(TOLD_VERSION + 1, undefined);
const flush = (token: number) => toConsumer({ type: 'flush', token });
const finish = toConsumer({ type: 'finish' });
const stoppedEffects = (known: object = ONE_CONSUMED) => [
  recorded('stopped', ONE_RECORD),
  published('stopped', known),
  reply('stopped', known),
];
const slow = log('consumer.tooSlow', {
  session: 'web',
  'limit-ms': DRAIN_MS_MAX,
});
const NONE_LEFT = { ...ONE, streams: 0, writers: 0 };
/** The last effects of a session; the requests that wait for its end have these ids. */
const destroyed = (known: object, ...ids: number[]) => [
  removeStream(0),
  unrecorded,
  ...ids.map((id) => reply('destroying', { ...NONE_LEFT, ...known }, id)),
  sessionEnded,
];
const REMOVED = { destroying: 'removing' };
const COUNTING = { destroying: 'counting' };
const countUnread = {
  type: 'memory.countUnread',
  streams: [{ dataSegment: segmentRef(70), positionSegment: segmentRef(71) }],
};
const TOO_SLOW = 'its consumer has not written its events within 30 s';
/** A session with data in its buffers that has lost its consumer. */
const ALONE = [...RECORDING, lost];

it('stops its applications first, for a limited time', () => {
  expect(steps(INPUT, ...STOPPING)).toEqual(
    at(
      { stopping: 'applying' },
      [recorded('stopped', ONE_RECORD), published('stopping', ONE_CONSUMED), told4],
      APPLY_MS_MAX,
    ),
  );
});

it('flushes the buffers when all applications have stopped', () => {
  const flushing = at({ stopping: 'flushing' }, [flush(1)], DRAIN_MS_MAX);
  expect(steps(INPUT, ...FLUSHING)).toEqual(flushing);
  expect(steps(INPUT, ...STOPPING, passed(APPLY_MS_MAX))).toEqual(flushing);
});

it('answers when the flush is done, or has taken too long', () => {
  expect(steps(INPUT, ...FLUSHING, flushed(1))).toEqual(at('stopped', stoppedEffects()));
  expect(steps(INPUT, ...FLUSHING, passed(DRAIN_MS_MAX))).toEqual(
    at('stopped', [slow, notWritten(TOO_SLOW), ...stoppedEffects().slice(0, 2)]),
  );
});

it('does not mistake an earlier flush for the present one', () => {
  const late = [...FLUSHING, passed(DRAIN_MS_MAX), stop(9), applied(TOLD_VERSION + 2)] as const;
  expect(steps(INPUT, ...late).effects.at(-1)).toEqual(flush(2));
  expect(steps(INPUT, ...late, flushed(1))).toEqual(at({ stopping: 'flushing' }, []));
  expect(steps(INPUT, ...late, flushed(2)).value).toEqual(value('stopped'));
});

it('flushes again when it is stopped and the last flush was not done', () => {
  expect(steps(INPUT, ...STOPPED, stop(9))).toEqual(
    at('stopped', [refusal('ALREADY', 'Session "web" is already stopped', 9)]),
  );
  expect(steps(INPUT, ...FLUSHING, passed(DRAIN_MS_MAX), stop(9)).value).toEqual(
    value({ stopping: 'applying' }),
  );
});

it('stops at once without a consumer when there is nothing to write', () => {
  const known = { channels: CHANNELS };
  expect(steps(INPUT, ...ACTIVE, lost, stop())).toEqual(
    at('stopped', [
      recorded('stopped', known),
      published('stopping', known),
      recorded('stopped', known),
      published('stopped', known),
      reply('stopped', known),
    ]),
  );
});

it('does not stop without a consumer while the buffers may hold data', () => {
  expect(steps(INPUT, ...ALONE, stop(9))).toEqual(at('active', [noConsumer(9)]));
  const { value: stopped, effects } = steps(INPUT, ...STOPPING, lost, applied(TOLD_VERSION + 1));
  expect(stopped).toEqual(value('stopped'));
  expect(effects).toEqual([
    noConsumer(),
    recorded('stopped', ONE_RECORD),
    published('stopped', ONE),
  ]);
  const asked = [...STOPPING, lost, applied(TOLD_VERSION + 1), stop(9)] as const;
  expect(steps(INPUT, ...asked)).toEqual(at('stopped', [noConsumer(9)]));
});

it('refuses other commands while it stops', () => {
  for (const event of [start(5), stop(5), destroy(5)]) {
    expect(steps(INPUT, ...STOPPING, event)).toEqual(at({ stopping: 'applying' }, [busy(5)]));
  }
});

it('sends an application that joins meanwhile only existing streams', () => {
  expect(steps(INPUT, ...FLUSHING, joined(OTHER))).toEqual(
    at({ stopping: 'flushing' }, [told(TOLD_VERSION + 2, undefined, OTHER)]),
  );
  expect(steps(INPUT, ...STOPPED, joined(OTHER))).toEqual(
    at('stopped', [told(TOLD_VERSION + 2, undefined, OTHER)]),
  );
});

it('starts again with the buffers that it has', () => {
  expect(steps(INPUT, ...STOPPED, start(9))).toEqual(
    at(
      { starting: 'applying' },
      [
        recorded('active', ONE_RECORD),
        published('starting', ONE_CONSUMED),
        told(TOLD_VERSION + 2, partOf(true)),
      ],
      APPLY_MS_MAX,
    ),
  );
});

it('does not start again without a consumer, nor before the next one can write', () => {
  expect(steps(INPUT, ...STOPPED, lost, start(9))).toEqual(at('stopped', [noConsumer(9)]));
  expect(steps(INPUT, ...STOPPED, lost, attached(), start(9))).toEqual(at('stopped', [busy(9)]));
});

it('accepts changes while it is stopped', () => {
  const channels = [{ settings: SETTINGS, rules: [{ ...RULE, enabled: false }] }];
  expect(steps(INPUT, ...STOPPED, disable(RULE.pattern))).toEqual(
    at('stopped', [
      recorded('stopped', { ...ONE_RECORD, channels }),
      reply('stopped', { ...ONE_CONSUMED, channels }),
      published('stopped', { ...ONE_CONSUMED, channels }),
    ]),
  );
});

it('tells its applications first when it is destroyed, for a limited time', () => {
  expect(steps(INPUT, ...DESTROYING)).toEqual(
    at(
      { destroying: 'applying' },
      [recorded('destroying', ONE_RECORD), published('destroying', ONE_CONSUMED), gone],
      APPLY_MS_MAX,
    ),
  );
});

it('then makes the consumer write everything and end', () => {
  const finishing = at({ destroying: 'finishing' }, [finish], DRAIN_MS_MAX);
  expect(steps(INPUT, ...FINISHING)).toEqual(finishing);
  expect(steps(INPUT, ...DESTROYING, passed(APPLY_MS_MAX))).toEqual(finishing);
});

it('removes its buffers and its record when the consumer has ended', () => {
  expect(steps(INPUT, ...FINISHING, finished)).toEqual(at(REMOVED, destroyed(CONSUMED_BY, 8)));
});

it('is destroyed at once without a consumer when there is nothing to write', () => {
  const effects = [
    recorded('destroying'),
    published('destroying'),
    unrecorded,
    reply('destroying'),
    sessionEnded,
  ];
  expect(steps(INPUT, destroy())).toEqual(at(REMOVED, effects));
  expect(steps(INPUT, ...STOPPED, destroy(9)).value).toEqual(value({ destroying: 'applying' }));
});

it('removes also the memory that was still being made when it was destroyed', () => {
  const events = [enable(), start(), joined(), left(true), destroy()] as const;
  expect(steps(FLIGHT_RECORDER, ...events).value).toEqual(value({ destroying: 'unpinning' }));
  const { value: made, effects } = steps(FLIGHT_RECORDER, ...events, created(0));
  expect(made).toEqual(value(REMOVED));
  expect(effects).toContainEqual(removeStream(0));
  expect(effects.at(-1)).toEqual(sessionEnded);
  const failed = steps(FLIGHT_RECORDER, ...events, streamFailed(0));
  expect(failed.value).toEqual(value(REMOVED));
  expect(failed.effects.at(-1)).toEqual(sessionEnded);
});

it('is not destroyed without a consumer while the buffers may hold something', () => {
  expect(steps(INPUT, ...ALONE, destroy(9))).toEqual(at('active', [noConsumer(9)]));
  expect(steps(INPUT, ...STOPPED, lost, destroy(9))).toEqual(at('stopped', [noConsumer(9)]));
  const given = steps(INPUT, ...DESTROYING, lost, applied(TOLD_VERSION + 1));
  expect(given).toEqual(
    at('stopped', [noConsumer(), recorded('stopped', ONE_RECORD), published('stopped', ONE)]),
  );
});

it('is destroyed without a consumer when its user abandons the data', () => {
  const events = [...ALONE, abandon(9), applied(TOLD_VERSION + 1)] as const;
  expect(steps(INPUT, ...events)).toEqual(at(COUNTING, [countUnread]));
  const abandoned = { events: 7, streams: 1 };
  expect(steps(INPUT, ...events, counted(7, 1))).toEqual(
    at(REMOVED, [
      log('session.dataAbandoned', { session: 'web', ...abandoned }),
      ...destroyed({ abandoned }, 9),
    ]),
  );
  expect(steps(INPUT, ...events, counted(0, 0))).toEqual(at(REMOVED, destroyed({}, 9)));
});

it('answers all requests for its end when it ends', () => {
  expect(steps(INPUT, ...FINISHING, destroy(9))).toEqual(at({ destroying: 'finishing' }, []));
  expect(steps(INPUT, ...FINISHING, destroy(9), finished).effects).toEqual(
    destroyed(CONSUMED_BY, 8, 9),
  );
  expect(steps(INPUT, ...FINISHING, abandon(9), lost).value).toEqual(value(COUNTING));
});

it(`lets ${AWAITING_MAX} requests wait for its end, and refuses one more`, () => {
  const most = Array.from({ length: AWAITING_MAX - 1 }, (_, index) => destroy(index + 100));
  expect(steps(INPUT, ...FINISHING, ...most).effects).toEqual([]);
  const reason = `${AWAITING_MAX} requests already wait for the end of session "web"`;
  expect(steps(INPUT, ...FINISHING, ...most, destroy(9)).effects).toEqual([
    refusal('LIMIT', reason, 9),
  ]);
});

it('refuses other commands while it is destroyed', () => {
  for (const event of [start(5), stop(5)]) {
    expect(steps(INPUT, ...FINISHING, event)).toEqual(at({ destroying: 'finishing' }, [busy(5)]));
  }
});

it('sends its removal to an application that joins meanwhile', () => {
  expect(steps(INPUT, ...FINISHING, joined(OTHER))).toEqual(
    at({ destroying: 'finishing' }, [told(TOLD_VERSION + 2, undefined, OTHER)]),
  );
});

it('asks a consumer to finish as soon as it can write', () => {
  const { effects } = steps(INPUT, ...RECORDING, lost, attached(), destroy(), applied(4), opened);
  expect(effects).toEqual([finish]);
});

it('is destroyed with its registry in each resting state', () => {
  for (const events of [[], ACTIVE, STOPPED]) {
    expect(steps(INPUT, ...events, ending).value).toHaveProperty('recording.destroying');
  }
  const end = [...RECORDING, ending, applied(TOLD_VERSION + 1), finished] as const;
  expect(steps(INPUT, ...end)).toEqual(at(REMOVED, destroyed({})));
});

const kept = log('session.kept', { session: 'web', uuid: UUID, uid: 1000, streams: 1 });

it('is kept for the next registry when the buffers hold unwritten data', () => {
  expect(steps(INPUT, ...ALONE, ending)).toEqual(
    at('active', [recorded('active', ONE_RECORD), kept, sessionKept]),
  );
  expect(steps(INPUT, ...STOPPED, lost, ending)).toEqual(
    at('stopped', [recorded('stopped', ONE_RECORD), kept, sessionKept]),
  );
  const late = [...RECORDING, ending, lost, applied(TOLD_VERSION + 1)] as const;
  expect(steps(INPUT, ...late).value).toEqual(value('stopped'));
});

it('does not end with the registry in a transitional state; the registry repeats the request', () => {
  expect(steps(INPUT, ...STOPPING, ending)).toEqual(at({ stopping: 'applying' }, []));
  const late = [...DESTROYING, ending, lost, applied(TOLD_VERSION + 1)] as const;
  expect(steps(INPUT, ...late).value).toEqual(value('stopped'));
});

it('ignores late events', () => {
  const over = [...FINISHING, finished] as const;
  for (const event of [flushed(1), finished, applied(4), ending, changesGathered]) {
    expect(steps(INPUT, ...over, event)).toEqual(at(REMOVED, []));
  }
  for (const event of [flushed(1), finished, ending]) {
    expect(steps(INPUT, ...STOPPING, event)).toEqual(at({ stopping: 'applying' }, []));
  }
});
