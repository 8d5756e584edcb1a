/** Records as earlier versions wrote them. */
import { expect, it } from 'vitest';
import { parseRecord } from '../../../../actors/sessiond/record.ts';

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

it('reads a record of version 1: the start time of a process is unknown', () => {
  const { version: _, ...expected } = VERSION_1;
  const [stream] = VERSION_1.streams;
  expect(parseRecord(UUID, JSON.stringify(VERSION_1))).toMatchObject({
    ok: true,
    value: { ...expected, streams: [{ ...stream, app: { ...stream?.app, startedAt: 0 } }] },
  });
});

it('rejects a member of a later version in a record of version 1', () => {
  const [stream] = VERSION_1.streams;
  const mixed = { ...VERSION_1, streams: [{ ...stream, app: { ...stream?.app, startedAt: 1 } }] };
  expect(parseRecord(UUID, JSON.stringify(mixed))).toMatchObject({ ok: false });
});

const [STREAM] = VERSION_1.streams;

it.each([
  ['two streams have the same id', { streams: [STREAM, STREAM] }],
  ['the next stream id is not greater than the id of every stream', { nextStreamId: 0 }],
  ['the channel of a stream does not exist', { channels: [] }],
])('sets a record aside when %s', (error, changes) => {
  const text = JSON.stringify({ ...VERSION_1, ...changes });
  expect(parseRecord(UUID, text)).toEqual({ ok: false, error });
});
