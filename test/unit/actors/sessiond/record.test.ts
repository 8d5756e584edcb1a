/** Records as earlier versions wrote them. */
import { expect, it } from 'vitest';
import { parseRecord } from '../../../../actors/sessiond/record.ts';
import { CONTEXTS_MAX } from '../../../../src/wire/limits.ts';

const UUID = 'f4665ae0-2aca-48eb-8a3c-f50795eee887';
/** Written by a registry of version 1, but for the paths. */
const VERSION_1 = {
  version: 1,
  name: 'web',
  uuid: UUID,
  owner: { uid: 0, gid: 0 },
  output: '/root/trace',
  isFlightRecorder: false,
  state: 'active',
  channels: [
    {
      settings: {
        name: 'default',
        switchTimerUs: 1000000,
        readTimerUs: 200000,
        shape: { subbufferBytes: 524288, subbufferCount: 4, overwrite: false },
      },
      rules: [{ pattern: 'a:*', logLevelMax: 14, target: { kind: 'all' }, enabled: true }],
    },
  ],
  streams: [
    {
      streamId: 0,
      channel: 'default',
      app: {
        pid: 3173,
        uid: 0,
        gid: 0,
        tid: 3173,
        processName: 'app.mjs',
        incarnation: '789290411572',
      },
      wakePath: `/run/lttng-ts/wake-${UUID}-0`,
      memory: { dataSegment: 2293808, positionSegment: 2293809 },
      ended: false,
    },
  ],
  nextStreamId: 1,
};

const CREATOR = 1000;
const memoryOf = (key: { data: number; position: number }, creatorUid: number) => ({
  dataSegment: { id: 2293808, key: key.data, creatorUid },
  positionSegment: { id: 2293809, key: key.position, creatorUid },
});
const [OLD_STREAM] = VERSION_1.streams;
const streamOf = (startedAt: number, memory?: object) => ({
  ...OLD_STREAM,
  app: { ...OLD_STREAM?.app, startedAt },
  ...(memory === undefined ? {} : { memory }),
});

it.each([
  ['1: the start time of a process is unknown', VERSION_1, 0],
  ['2: segments have no key', { ...VERSION_1, version: 2, streams: [streamOf(5)] }, 5],
])('reads a record of version %s', (_, text, startedAt) => {
  const { version: _version, ...expected } = VERSION_1;
  const memory = memoryOf({ data: 0, position: 0 }, CREATOR);
  expect(parseRecord(UUID, JSON.stringify(text), CREATOR)).toMatchObject({
    ok: true,
    value: { ...expected, streams: [streamOf(startedAt, memory)] },
  });
});

it('reads the segments of a record of version 3 with their keys and creators', () => {
  const streams = [streamOf(5, memoryOf({ data: 8, position: 9 }, 0))];
  const text = JSON.stringify({ ...VERSION_1, version: 3, streams });
  expect(parseRecord(UUID, text, CREATOR)).toMatchObject({ ok: true, value: { streams } });
});

it('rejects a member of a later version in a record of version 1', () => {
  const [stream] = VERSION_1.streams;
  const mixed = { ...VERSION_1, streams: [{ ...stream, app: { ...stream?.app, startedAt: 1 } }] };
  expect(parseRecord(UUID, JSON.stringify(mixed), CREATOR)).toMatchObject({ ok: false });
});

const [STREAM] = VERSION_1.streams;

it.each([
  ['two streams have the same id', { streams: [STREAM, STREAM] }],
  ['the next stream id is not greater than the id of every stream', { nextStreamId: 0 }],
  ['the channel of a stream does not exist', { channels: [] }],
  [
    'an event rule contradicts itself',
    {
      channels: VERSION_1.channels.map((channel) => ({
        ...channel,
        rules: channel.rules.map((rule) => ({ ...rule, filter: 'a ==' })),
      })),
    },
  ],
  [
    'a channel has too many contexts',
    {
      channels: VERSION_1.channels.map((channel) => ({
        ...channel,
        contexts: Array.from({ length: CONTEXTS_MAX }, (_, index) => `$app.c${index}`),
        rules: channel.rules.map((rule) => ({ ...rule, contexts: ['vpid'] })),
      })),
    },
  ],
])('sets a record aside when %s', (error, changes) => {
  const text = JSON.stringify({ ...VERSION_1, ...changes });
  expect(parseRecord(UUID, text, CREATOR)).toEqual({ ok: false, error });
});

const RELAY = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
const WITHOUT = { ...VERSION_1, output: undefined, version: 3, streams: [] };
const FILES = { output: '/root/other' };

it.each([
  [{ destination: RELAY, use: 'enabled', present: 'relay' }, {}],
  [{ destination: RELAY, use: 'set', present: 'files' }, { output: '/root/trace' }],
  [{ destination: FILES, use: 'enabled', present: 'files' }, { output: '/root/other' }],
  [{ destination: FILES, use: 'disabled', present: 'nowhere' }, {}],
])('reads that the trace is at %j', (place, more) => {
  const text = JSON.stringify({ ...WITHOUT, ...more, place });
  expect(parseRecord(UUID, text, CREATOR)).toMatchObject({ ok: true, value: { place } });
});

it.each([
  [undefined],
  [{ destination: RELAY, use: 'set', present: 'files' }],
  [{ destination: RELAY, use: 'set', present: 'relay' }],
  [{ destination: FILES, use: 'enabled', present: 'relay' }],
  [{ destination: RELAY, use: 'enabled', present: 'nowhere' }],
  [{ destination: RELAY, use: 'disabled', present: 'relay' }],
])('sets a record aside whose trace without a directory is at %j', (place) => {
  expect(parseRecord(UUID, JSON.stringify({ ...WITHOUT, place }), CREATOR)).toEqual({
    ok: false,
    error: 'the place of the trace contradicts itself',
  });
});
