/** The applications of a session and their streams, from creation to removal (R1.6, R1.7, R1.18). */

import { expect, it } from 'vitest';
import {
  ABSENT_CHECK_MS_MAX,
  ABSENT_CHECK_MS_MIN,
  ENDED_BYTES_MAX,
  ENDED_STREAMS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { AppIdentity } from '../../../../../actors/sessiond/messages.ts';
import type { RingShape } from '../../../../../src/ring/layout.ts';
import type { Target } from '../../../../../src/wire/common.ts';
import { STREAMS_MAX } from '../../../../../src/wire/limits.ts';
import { passed } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import {
  ACTIVE,
  APP,
  addChannel,
  applied,
  at,
  CHANNELS,
  CONSUMED,
  CONSUMED_BY,
  changesGathered,
  checked,
  created,
  createStream,
  disable,
  enable,
  FLIGHT_RECORDER,
  INPUT,
  joined,
  left,
  ONE_CONSUMED,
  ONE_RECORD,
  OTHER,
  PLACE,
  partOf,
  published,
  RECORDING,
  RULE,
  recorded,
  released,
  removeStream,
  restingSteps,
  SETTINGS,
  start,
  steps,
  stop,
  streamRecord,
  TOLD_VERSION,
  toConsumer,
  told,
  UUID,
  value,
} from './words.ts';

const LOOKING = { missing: 'looking' };
const beside = (more: object, effects: readonly object[], ...delays: number[]) => ({
  value: value('active', more),
  effects,
  ...(delays.length === 0 ? {} : { delays }),
});
const ended = (streamId: number) => toConsumer({ type: 'stream.ended', streamId });
const endedRecord = { ...ONE_RECORD, streams: [streamRecord(0, APP, true)] };
const ENDED = { ...ONE_CONSUMED, writers: 0 };
const check = ({ pid, tid, startedAt }: AppIdentity = APP) => ({
  type: 'process.checkThreads',
  threads: [{ pid, tid, startedAt }],
});
/** The connection of the application broke; it may still record. */
const ABSENT = [...RECORDING, left(false)];

const target = (chosen: Target) => [enable({ target: chosen }), ...CONSUMED, start()];

it.each<[string, Target, AppIdentity[]]>([
  ['all', { kind: 'all' }, [APP, OTHER]],
  ['one process', { kind: 'pid', pid: OTHER.pid }, [OTHER]],
  ['one program', { kind: 'command', name: APP.processName }, [APP]],
  ['those that were spawned for it (R1.17)', { kind: 'spawned' }, []],
])('records the applications that its rules are for: %s (R2.8)', (_, chosen, recording) => {
  const { effects } = steps({ ...INPUT, apps: [APP, OTHER] }, ...target(chosen));
  expect(effects.filter(({ type }) => type === 'memory.createStream')).toEqual(
    recording.map((app, streamId) => createStream(streamId, app)),
  );
});

it('records an application that was spawned for it, and none of another session (R1.17)', () => {
  const rule = target({ kind: 'spawned' });
  const spawnedFor = (sessionUuid: string) => joined({ ...APP, sessionUuid });
  expect(steps(INPUT, ...rule, spawnedFor(UUID)).effects).toEqual([createStream(0)]);
  expect(steps(INPUT, ...rule, spawnedFor('another')).effects).toEqual([told(2, undefined)]);
});

it('records the applications of all users in a global registry (R1.6)', () => {
  const stranger = { ...APP, uid: 1001, gid: 1001 };
  expect(steps(INPUT, ...ACTIVE, joined(stranger)).effects).toEqual([createStream(0, stranger)]);
});

it("records only its own user's applications in a user registry, and lets no group read (R1.6)", () => {
  const { groupId: _, ...rest } = PLACE;
  const input = { ...INPUT, location: { ...rest, scope: 'user' as const } };
  const stranger = { ...APP, uid: 1001, gid: 1001 };
  expect(steps(input, ...ACTIVE, joined(stranger)).effects).toEqual([told(2, undefined)]);
  const { readerGid: _group, ...own } = createStream(0);
  expect(steps(input, ...ACTIVE, joined()).effects).toEqual([own]);
});

it('lets the present group of its registry read the buffers (R1.25)', () => {
  const moved = { type: 'place.changed', location: { ...PLACE, groupId: 600 } } as const;
  expect(steps(INPUT, ...ACTIVE, moved)).toEqual(at('active', []));
  expect(steps(INPUT, ...ACTIVE, moved, joined()).effects).toEqual([
    createStream(0, APP, { readerGid: 600 }),
  ]);
});

it('creates each stream once', () => {
  expect(steps(INPUT, ...RECORDING, enable({ patterns: ['more'] })).effects).not.toContainEqual(
    expect.objectContaining({ type: 'memory.createStream' }),
  );
});

it(`has at most ${STREAMS_MAX} streams`, () => {
  const apps = Array.from({ length: STREAMS_MAX + 1 }, (_, index) => ({
    ...APP,
    link: `app-${index}`,
    pid: 1000 + index,
    tid: 1000 + index,
  }));
  const { effects } = steps({ ...INPUT, apps }, enable(), ...CONSUMED, start());
  const fields = { session: 'web', uid: 1000, 'streams-max': STREAMS_MAX };
  expect(effects.filter(({ type }) => type === 'memory.createStream')).toHaveLength(STREAMS_MAX);
  expect(effects.at(-1)).toEqual(
    log('session.streamsFull', { ...fields, pid: 1000 + STREAMS_MAX }),
  );
});

it('ends the streams of an application that has sent leaving', () => {
  expect(steps(INPUT, ...RECORDING, left(true))).toEqual(
    at('active', [ended(0), recorded('active', endedRecord), published('active', ENDED)]),
  );
  expect(steps(INPUT, ...ACTIVE, left(true))).toEqual(at('active', []));
});

it('removes an ended stream when its consumer has written it (R1.7)', () => {
  const record = { ...ONE_RECORD, streams: [] };
  expect(steps(INPUT, ...RECORDING, left(true), released(0))).toEqual(
    at('active', [
      recorded('active', record),
      published('active', { ...ENDED, streams: 0 }),
      removeStream(0),
    ]),
  );
});

it('removes no stream that has not ended, or that does not exist', () => {
  expect(steps(INPUT, ...RECORDING, released(0))).toEqual(at('active', []));
  expect(steps(INPUT, ...RECORDING, released(7))).toEqual(at('active', []));
});

it("keeps the pipe of a user's applications until the last of them is gone", () => {
  const both = [...RECORDING, joined(OTHER), created(1, OTHER), left(true), released(0)] as const;
  expect(steps(INPUT, ...both).effects.at(-1)).toEqual(removeStream(0, false));
  expect(steps(INPUT, ...both, left(true, OTHER), released(1)).effects.at(-1)).toEqual(
    removeStream(1),
  );
});

it('checks whether a thread lives whose connection broke, at growing intervals', () => {
  expect(steps(INPUT, ...ABSENT)).toEqual(beside(LOOKING, [check()], ABSENT_CHECK_MS_MIN));
  const rests: number[] = [];
  for (let rest = ABSENT_CHECK_MS_MIN; rests.length < 7; rest = 2 * rest) {
    rests.push(Math.min(rest, ABSENT_CHECK_MS_MAX));
  }
  const looks = rests.map((ms) => passed(ms));
  expect(steps(INPUT, ...ABSENT, ...looks)).toEqual(
    beside(LOOKING, [check()], ABSENT_CHECK_MS_MAX),
  );
});

it('keeps the streams of a thread that lives and registers again', () => {
  expect(steps(INPUT, ...ABSENT, checked(true))).toEqual(beside(LOOKING, []));
  const again = { ...APP, link: 'app-11' };
  expect(steps(INPUT, ...ABSENT, joined(again))).toEqual(
    at('active', [told(TOLD_VERSION + 1, partOf(true), again)]),
  );
});

it('ends the streams of a thread that has died', () => {
  expect(steps(INPUT, ...ABSENT, checked(false))).toEqual(
    at('active', [ended(0), recorded('active', endedRecord), published('active', ENDED)]),
  );
});

it('ends all streams of a process when it has ended, and records that once', () => {
  const second = { ...APP, link: 'app-12', tid: 44 };
  const both = [...RECORDING, joined(second), created(1, second)] as const;
  const events = [...both, left(false, second), checked(false, second, true)] as const;
  const { effects } = steps(INPUT, ...events);
  expect(effects.slice(0, 2)).toEqual([ended(0), ended(1)]);
  expect(effects.filter(({ type }) => type === 'journal.write')).toHaveLength(1);
  expect(steps(INPUT, ...events, left(false))).toEqual(at('active', []));
  expect(steps(INPUT, ...events, left(true))).toEqual(at('active', []));
});

it('ends only the streams of a thread whose process still runs', () => {
  const second = { ...APP, link: 'app-12', tid: 44 };
  const both = [...RECORDING, joined(second), created(1, second)] as const;
  const { effects } = steps(INPUT, ...both, left(false, second), checked(false, second));
  expect(effects[0]).toEqual(ended(1));
  expect(effects).not.toContainEqual(ended(0));
});

it('checks the threads that are missing together', () => {
  const second = { ...APP, link: 'app-12', tid: 44 };
  const both = [...RECORDING, joined(second), created(1, second)] as const;
  const events = [...both, left(false), left(false, second), passed(ABSENT_CHECK_MS_MIN)] as const;
  const threads = [APP, second].map(({ pid, tid, startedAt }) => ({ pid, tid, startedAt }));
  expect(steps(INPUT, ...events).effects).toEqual([{ type: 'process.checkThreads', threads }]);
});

it('records the ends of threads, and what is released, when changes are gathered', () => {
  const second = { ...APP, link: 'app-12', tid: 44 };
  const first = [...ACTIVE, joined(), created(0), changesGathered] as const;
  const both = [...first, joined(second), created(1, second), changesGathered] as const;
  const gone = [left(true), left(true, second), released(0), released(1)] as const;
  const resting = restingSteps(INPUT, ...both, ...gone);
  expect(resting.effects).toEqual([]);
  const { effects } = restingSteps(INPUT, ...both, ...gone, changesGathered);
  expect(effects).toEqual([
    recorded('active', { channels: CHANNELS, nextStreamId: 2 }),
    published('active', { channels: CHANNELS, streamsMade: 2, ...CONSUMED_BY }),
    removeStream(0),
    removeStream(1),
  ]);
});

it('checks at short intervals again when the next thread is missing', () => {
  const next = [...ABSENT, passed(ABSENT_CHECK_MS_MIN), checked(false)] as const;
  const other = [joined(OTHER), created(1, OTHER), left(false, OTHER)] as const;
  expect(steps(INPUT, ...next, ...other).delays).toEqual([ABSENT_CHECK_MS_MIN]);
});

it('checks a thread with several streams once', () => {
  const net = { ...SETTINGS, name: 'net' };
  const events = [addChannel(net), enable({ channel: 'net' }), ...ACTIVE, joined()] as const;
  const all = [...events, created(0), created(1), left(false)] as const;
  expect(steps(INPUT, ...all).effects).toEqual([check()]);
});

it('waits for a thread whose connection broke before it stops', () => {
  expect(steps(INPUT, ...ABSENT, stop()).value).toEqual(value({ stopping: 'applying' }, LOOKING));
  expect(steps(INPUT, ...ABSENT, stop(), checked(false)).value).toEqual(
    value({ stopping: 'flushing' }),
  );
});

it.each([
  ['another thread has its ids', { ...APP, link: 'app-11', incarnation: '6' }],
  ['another process has its id', { ...APP, link: 'app-11', tid: 41, startedAt: 10 }],
  ['it sends no incarnation', { ...APP, link: 'app-11', incarnation: undefined }],
])('ends the streams of a thread when %s', (_, { incarnation, ...other }) => {
  const app = incarnation === undefined ? other : { ...other, incarnation };
  const { effects } = steps(INPUT, ...ABSENT, joined(app));
  expect(effects.slice(0, 2)).toEqual([ended(0), createStream(1, app)]);
  expect(effects).toContainEqual(
    published('active', { ...ONE_CONSUMED, streamsMade: 2, streams: 2 }),
  );
});

it('ignores an answer about a thread that is not missing', () => {
  expect(steps(INPUT, ...RECORDING, checked(false))).toEqual(at('active', []));
});

it('keeps the newest version that an application has applied', () => {
  const changes = [disable(RULE.pattern), enable()] as const;
  const events = [...RECORDING, ...changes, applied(5), applied(4), stop()] as const;
  expect(steps(INPUT, ...events).value).toEqual(value({ stopping: 'applying' }));
  expect(steps(INPUT, ...events, applied(6)).value).toEqual(value({ stopping: 'flushing' }));
});

/** A flight recorder whose channel needs this much memory for each stream, with threads that join and leave. */
const recorderOf = (shape: RingShape) => [addChannel({ ...SETTINGS, shape }), enable(), start()];
const passing = (count: number, firstId = 0) =>
  Array.from({ length: count }, (_, index) => {
    const app = { ...APP, link: `app-${index}`, pid: 1000 + index, tid: 1000 + index };
    const made = [joined(app), created(firstId + index, app), changesGathered] as const;
    return index + 1 < count
      ? [...made, left(true, app), changesGathered]
      : [...made, left(true, app)];
  }).flat();
const letGo = (streams: number) =>
  log('stream.oldestReleased', {
    session: 'web',
    streams,
    'ended-streams-max': ENDED_STREAMS_MAX,
    'ended-bytes-max': ENDED_BYTES_MAX,
  });

/** What the last event removes, also with the changes gathered after it. */
const removedBy = (...[, ...events]: Parameters<typeof restingSteps>) =>
  [events, [...events, changesGathered]]
    .flatMap((all) => restingSteps(FLIGHT_RECORDER, ...all).effects)
    .filter(({ type }) => type === 'memory.removeStream' || type === 'log.write');

it(`keeps ${ENDED_STREAMS_MAX} streams of ended threads as a flight recorder, and removes the oldest (R1.23)`, () => {
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: true };
  const most = [...recorderOf(shape), ...passing(ENDED_STREAMS_MAX)];
  expect(removedBy(FLIGHT_RECORDER, ...most)).toEqual([]);
  const more = [...recorderOf(shape), ...passing(ENDED_STREAMS_MAX + 1)];
  expect(removedBy(FLIGHT_RECORDER, ...more)).toEqual([letGo(1), removeStream(0, false)]);
});

it('releases a stream that ended before its memory was made', () => {
  const shape = { subbufferBytes: 4096, subbufferCount: 2, overwrite: true };
  const soon = { ...APP, link: 'app-soon', pid: 999, tid: 999 };
  const late = ENDED_STREAMS_MAX + 1;
  const most = passing(late, 1);
  const events = [...recorderOf(shape), joined(soon), left(true, soon), ...most] as const;
  expect(removedBy(FLIGHT_RECORDER, ...events)).toEqual([letGo(1), removeStream(1, false)]);
  expect(removedBy(FLIGHT_RECORDER, ...events, changesGathered, created(0, soon))).toEqual([
    letGo(1),
    removeStream(0, false),
  ]);
});

it('keeps so many bytes of ended threads as a flight recorder, then lets go (R1.23)', () => {
  const shape = { subbufferBytes: 16 * 1024 * 1024, subbufferCount: 4, overwrite: true };
  expect(removedBy(FLIGHT_RECORDER, ...recorderOf(shape), ...passing(3))).toEqual([]);
  const more = [...recorderOf(shape), ...passing(4)];
  expect(removedBy(FLIGHT_RECORDER, ...more)).toEqual([letGo(1), removeStream(0, false)]);
});
