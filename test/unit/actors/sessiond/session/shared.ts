/** Streams that the threads of a user write one after another: who goes on in which, and when (R1.27). */
import { expect, it } from 'vitest';
import type { SessionInput } from '../../../../../actors/sessiond/messages.ts';
import { log } from '../../../../support/step-events.ts';
import {
  APP,
  addChannel,
  attached,
  CONSUMED,
  changesGathered,
  checked,
  consumerStream,
  created,
  createStream,
  enable,
  FLIGHT_RECORDER,
  INPUT,
  joined,
  left,
  OTHER,
  RULE,
  recorded,
  refusal,
  released,
  removeStream,
  restingSteps,
  SETTINGS,
  start,
  steps,
  streamRecord,
  toConsumer,
} from './words.ts';

const SHARED = { ...SETTINGS, bufferScheme: 'uid' } as const;
const RECORDING = [addChannel(SHARED), enable(), ...CONSUMED, start(), joined(), created(0)];
const { dataSegment, positionSegment } = consumerStream(0);
const inspected = (fault?: string, streamId = 0) =>
  ({ type: 'memory.inspected', streamId, ...(fault === undefined ? {} : { fault }) }) as const;
const inspect = {
  type: 'memory.inspectStream',
  streamId: 0,
  dataSegment,
  positionSegment,
  shape: SETTINGS.shape,
};
/** The first thread has left, and the memory of its stream is in order. */
const FREE = [...RECORDING, left(true), inspected()] as const;
const STRANGER = { ...OTHER, uid: 1001, gid: 1001 };
const madeBy = (...all: Parameters<typeof steps>) =>
  steps(...all).effects.filter(({ type }) => type === 'memory.createStream');
const told = (...all: Parameters<typeof steps>) =>
  steps(...all).effects.filter((effect) => JSON.stringify(effect).includes('part.changed'));

it('looks at the memory of a thread that has ended, and does not tell the consumer that it is over', () => {
  const { effects } = steps(INPUT, ...RECORDING, left(true));
  expect(effects[0]).toEqual(inspect);
  expect(effects).not.toContainEqual(toConsumer({ type: 'stream.ended', streamId: 0 }));
});

it('gives the stream to the next thread of the user, which the consumer and the record learn of', () => {
  const { effects } = steps(INPUT, ...FREE, joined(OTHER));
  const channels = [{ settings: SHARED, rules: [RULE] }];
  expect(effects.slice(0, 2)).toEqual([
    toConsumer({ type: 'stream.add', stream: { ...consumerStream(0, OTHER), sharedBy: 1000 } }),
    recorded('active', { channels, streams: [streamRecord(0, OTHER)], nextStreamId: 1 }),
  ]);
  expect(told(INPUT, ...FREE, joined(OTHER))).toHaveLength(1);
});

it('tells the next thread of the stream when the record names it, not before', () => {
  const first = [...RECORDING, changesGathered, left(true), inspected(), changesGathered] as const;
  const resting = (...more: Parameters<typeof restingSteps>[1][]) =>
    restingSteps(INPUT, ...first, joined(OTHER), ...more).effects.map((each) =>
      JSON.stringify(each),
    );
  expect(resting().filter((text) => text.includes('part.changed'))).toEqual([]);
  const [record = '', ...later] = resting(changesGathered);
  expect(record).toContain('journal.write');
  expect(later.filter((text) => text.includes('part.changed'))).toHaveLength(1);
});

it.each<[string, Parameters<typeof steps>[1][]]>([
  ['its writer has not ended', [...RECORDING]],
  ['its writer has lost its connection, and may live', [...RECORDING, left(false)]],
  ['its memory has not been looked at', [...RECORDING, left(true)]],
  ['its memory is damaged', [...RECORDING, left(true), inspected('the header has changed')]],
  ['another thread has it', [...FREE, joined({ ...OTHER, link: 'app-11', pid: 60, tid: 60 })]],
])('makes another stream while %s', (_, events) => {
  expect(madeBy(INPUT, ...events, joined(OTHER))).toEqual([createStream(1, OTHER)]);
});

it('gives the stream of a killed thread to the next one, after that is known', () => {
  const dead = [...RECORDING, left(false), checked(false)] as const;
  expect(steps(INPUT, ...dead).effects[0]).toEqual(inspect);
  expect(madeBy(INPUT, ...dead, inspected(), joined(OTHER))).toEqual([]);
});

it.each([
  ['another user', STRANGER],
  ['another group of the user', { ...OTHER, gid: 1002 }],
])('never gives the stream to a thread of %s', (_, app) => {
  expect(madeBy(INPUT, ...FREE, joined(app))).toEqual([createStream(1, app)]);
});

it('has the consumer read a damaged stream to its end, and removes it then', () => {
  const events = [...RECORDING, left(true), inspected('the header has changed')] as const;
  const fields = { session: 'web', uid: 1000, 'stream-id': 0, reason: 'the header has changed' };
  expect(steps(INPUT, ...events).effects).toEqual([
    toConsumer({ type: 'stream.ended', streamId: 0 }),
    log('stream.retired', fields),
  ]);
  expect(steps(INPUT, ...events, released(0)).effects.at(-1)).toEqual(removeStream(0));
});

it('removes no shared stream that threads may go on in, and takes one answer about it', () => {
  const gone = (events: readonly Parameters<typeof steps>[1][]) =>
    steps(INPUT, ...events).effects.filter(({ type }) => type === 'memory.removeStream');
  expect(gone([...FREE, released(0)])).toEqual([]);
  expect(steps(INPUT, ...FREE, inspected('too late')).effects).toEqual([]);
  expect(steps(INPUT, ...RECORDING, inspected()).effects).toEqual([]);
  expect(steps(INPUT, ...RECORDING, inspected(undefined, 7)).effects).toEqual([]);
});

it('looks at the memory of a thread that ended before it was made', () => {
  const early = [addChannel(SHARED), enable(), ...CONSUMED, start(), joined(), left(true)] as const;
  expect(steps(INPUT, ...early, created(0)).effects).toContainEqual(inspect);
});

it('looks at the memory that an earlier registry left, and gives it on', () => {
  const channels = [{ settings: SHARED, rules: [] }];
  const { record } = recorded('active', {
    channels,
    streams: [streamRecord(0, APP, true)],
    nextStreamId: 1,
  });
  const restored = { ...INPUT, restored: record as unknown as SessionInput['restored'] & object };
  expect(steps(restored).effects).toContainEqual(inspect);
  expect(steps(restored, inspected(), attached()).effects).not.toContainEqual(
    toConsumer({ type: 'stream.ended', streamId: 0 }),
  );
  expect(madeBy(restored, inspected(), enable(), joined(OTHER))).toEqual([]);
});

it('keeps the events of dead threads for the snapshots of a flight recorder, and gives their streams on', () => {
  const events = [addChannel(SHARED), enable(), start(), joined(), created(0), left(true)] as const;
  expect(madeBy(FLIGHT_RECORDER, ...events, inspected(), joined(OTHER))).toEqual([]);
});

it.each([
  [
    'a channel per process beside one per user',
    [addChannel(SHARED), addChannel({ ...SETTINGS, name: 'net', bufferScheme: 'pid' })],
    'The buffers of session "web" are per user: so are those of all its channels',
  ],
  [
    'a channel per user beside one per process',
    [addChannel(SETTINGS), addChannel({ ...SHARED, name: 'net' })],
    'The buffers of session "web" are per process: so are those of all its channels',
  ],
  [
    'buffers of one application where all share them',
    [addChannel(SHARED), addChannel(SETTINGS, { target: { kind: 'pid', pid: 40 } })],
    'Applications share the buffers of session "web": none can have its own',
  ],
  [
    'shared buffers of one application',
    [addChannel(SHARED, { target: { kind: 'pid', pid: 40 } })],
    'Applications share the buffers of session "web": none can have its own',
  ],
] as const)('refuses %s', (_, events, reason) => {
  expect(steps(INPUT, ...events).effects[0]).toEqual(refusal('NOT_ALLOWED', reason));
});

it('makes further channels like the first one, unless the command says otherwise', () => {
  const net = { ...SETTINGS, name: 'net' };
  const channelsAfter = (...events: Parameters<typeof steps>[1][]) =>
    JSON.stringify(steps(INPUT, ...events).effects).match(/"bufferScheme":"uid"/g)?.length ?? 0;
  // Each is in the record, the description for the registry and the answer.
  expect(channelsAfter(addChannel(SHARED))).toBe(3);
  expect(channelsAfter(addChannel(SHARED), addChannel(net))).toBe(6);
  expect(channelsAfter(addChannel({ ...SHARED, name: 'net' }), enable())).toBe(6);
  expect(channelsAfter(addChannel({ ...SETTINGS, bufferScheme: 'pid' }), enable())).toBe(0);
});
