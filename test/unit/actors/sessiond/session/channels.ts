/** Channels that are disabled and enabled again, and buffers that differ by target (R2.6). */
import { expect, it } from 'vitest';
import { CHANNEL_TARGETS_MAX } from '../../../../../actors/sessiond/limits.ts';
import type { BufferSettings, Target } from '../../../../../src/wire/common.ts';
import {
  ACTIVE,
  APP,
  addChannel,
  applied,
  CONSUMED,
  changesGathered,
  created,
  createStream,
  disableChannels,
  enable,
  INPUT,
  joined,
  OTHER,
  partOf,
  RECORDING,
  RULE,
  refusal,
  SETTINGS,
  start,
  steps,
  TOLD_VERSION,
  told,
  value,
} from './words.ts';

const NAME = SETTINGS.name;
const DISABLED = [...RECORDING, disableChannels(NAME)] as const;

it('sends no rules of a disabled channel, and sends them again when the channel is enabled', () => {
  const [channel] = partOf(true).channels;
  expect(steps(INPUT, ...DISABLED).effects).toContainEqual(
    told(TOLD_VERSION + 1, { ...partOf(true), channels: [{ ...channel, rules: [] }] } as never),
  );
  expect(steps(INPUT, ...DISABLED, joined(OTHER)).effects).not.toContainEqual(
    createStream(1, OTHER),
  );
  const again = addChannel(SETTINGS, { orEnable: true });
  const { effects } = steps(INPUT, ...DISABLED, again);
  expect(effects).toContainEqual(told(TOLD_VERSION + 2, partOf(true)));
  expect(steps(INPUT, ...DISABLED, joined(OTHER), again).effects).toContainEqual(
    createStream(1, OTHER),
  );
});

it('keeps its rules and settings', () => {
  const { effects } = steps(INPUT, enable(), disableChannels(NAME));
  const channels = [{ settings: SETTINGS, rules: [RULE], disabled: true }];
  expect(effects[0]).toMatchObject({ record: { channels } });
});

it.each([
  [
    'a missing one',
    [disableChannels(NAME, 'net')],
    'NO_CHANNEL',
    'Session "web" has no channel "net"',
  ],
  [
    'one that is disabled',
    [disableChannels(NAME), disableChannels(NAME)],
    'ALREADY',
    `Channel "${NAME}" is already disabled`,
  ],
  [
    'to add one that is enabled',
    [addChannel(SETTINGS, { orEnable: true })],
    'CHANNEL_EXISTS',
    `Session "web" already has a channel "${NAME}"`,
  ],
  [
    'to add one that is disabled with other settings',
    [disableChannels(NAME), addChannel(SETTINGS)],
    'CHANNEL_EXISTS',
    `Session "web" already has a channel "${NAME}"`,
  ],
] as const)('refuses %s', (_, events, code, reason) => {
  expect(steps(INPUT, enable(), ...events).effects[0]).toEqual(refusal(code, reason));
});

const SHAPE = { ...SETTINGS.shape, subbufferBytes: 2 * SETTINGS.shape.subbufferBytes };
const THREE = { ...SETTINGS.shape, subbufferCount: 2 * SETTINGS.shape.subbufferCount };
const OF_COMMAND = { kind: 'command', name: APP.processName } as const;
const OF_PROCESS = { kind: 'pid', pid: APP.pid } as const;
const forTarget = (target: Target, shape = SHAPE) => addChannel({ ...SETTINGS, shape }, { target });
const shapeOf = (
  streamId: number,
  ...events: Parameters<typeof steps> extends [unknown, ...infer E] ? E : never
) =>
  steps(INPUT, ...events).effects.flatMap((effect) =>
    effect.type === 'memory.createStream' && 'streamId' in effect && effect.streamId === streamId
      ? [(effect as unknown as BufferSettings).shape]
      : [],
  );

it('gives the applications of a target buffers of their own', () => {
  const before = [enable(), forTarget(OF_PROCESS), ...CONSUMED, start()] as const;
  expect(shapeOf(0, ...before, joined())).toEqual([SHAPE]);
  expect(shapeOf(0, ...before, joined(OTHER))).toEqual([SETTINGS.shape]);
  const { effects } = steps(INPUT, ...before, joined(), created(0), changesGathered);
  expect(JSON.stringify(effects)).toContain(JSON.stringify(SHAPE));
});

it('prefers a process to its name, whichever came first', () => {
  const both = [forTarget(OF_COMMAND), forTarget(OF_PROCESS, THREE)] as const;
  expect(shapeOf(0, enable(), ...both, ...CONSUMED, start(), joined())).toEqual([THREE]);
  expect(shapeOf(0, enable(), ...both.toReversed(), ...CONSUMED, start(), joined())).toEqual([
    THREE,
  ]);
});

it('keeps the buffers that threads have', () => {
  const later = [...ACTIVE, joined(), created(0), forTarget(OF_PROCESS)] as const;
  const { effects } = steps(INPUT, ...later);
  expect(effects).toContainEqual(told(TOLD_VERSION + 1, partOf(true)));
  expect(steps(INPUT, ...later, applied(TOLD_VERSION + 1)).value).toEqual(value('active'));
});

it('adds the channel with default settings if it is missing', () => {
  const net = { ...SETTINGS, name: 'net', shape: SHAPE };
  const { effects } = steps(INPUT, addChannel(net, { target: OF_PROCESS }));
  const { switchTimerUs, readTimerUs } = SETTINGS;
  const buffers = { shape: SHAPE, switchTimerUs, readTimerUs };
  expect(effects[0]).toMatchObject({
    record: {
      channels: [
        { settings: { ...SETTINGS, name: 'net' }, targets: [{ target: OF_PROCESS, buffers }] },
      ],
    },
  });
});

it('has settings for a target once, and for a bounded number of targets', () => {
  const twice = [forTarget(OF_PROCESS), forTarget(OF_PROCESS, THREE)] as const;
  expect(steps(INPUT, ...twice).effects[0]).toEqual(
    refusal(
      'CHANNEL_EXISTS',
      `Channel "${NAME}" of session "web" already has settings for this target`,
    ),
  );
  const most = Array.from({ length: CHANNEL_TARGETS_MAX }, (_, at) =>
    forTarget({ kind: 'pid', pid: 100 + at }),
  );
  expect(steps(INPUT, ...most).effects[1]).toMatchObject({ event: { type: 'reply.value' } });
  expect(steps(INPUT, ...most, forTarget(OF_PROCESS)).effects[0]).toEqual(
    refusal('LIMIT', `A channel has settings for at most ${CHANNEL_TARGETS_MAX} targets`),
  );
});

const TRACEFILES = { bytes: 1, count: 3 };
const SHARED_NAMES = refusal(
  'CHANNEL_EXISTS',
  'The files of channel "a" have numbers, and could have the same names as those of channel "a_1"',
);
/** A full sub-buffer and two headers. */
const LEAST_BYTES = SETTINGS.shape.subbufferBytes + 168;

it('makes files large enough for a full sub-buffer, and tells the consumer', () => {
  const bounded = { ...SETTINGS, name: 'bounded', tracefiles: TRACEFILES };
  const { effects } = steps(INPUT, addChannel(bounded));
  const settings = { ...bounded, tracefiles: { bytes: LEAST_BYTES, count: 3 } };
  expect(effects[0]).toMatchObject({ record: { channels: [{ settings }] } });
  const large = { ...bounded, tracefiles: { bytes: 2 ** 30, count: 0 } };
  expect(steps(INPUT, addChannel(large)).effects[0]).toMatchObject({
    record: { channels: [{ settings: large }] },
  });
});

it.each([
  ['channel', [addChannel({ ...SETTINGS, name: 'a', tracefiles: TRACEFILES })], 'a_1', true],
  [
    'name without a number',
    [addChannel({ ...SETTINGS, name: 'a', tracefiles: TRACEFILES })],
    'a_b',
    false,
  ],
  ['channel with one file', [addChannel({ ...SETTINGS, name: 'a' })], 'a_1', false],
  [
    'channel that has such files for some applications',
    [
      addChannel(
        { ...SETTINGS, name: 'a', tracefiles: TRACEFILES },
        { target: { kind: 'command', name: 'x' } },
      ),
    ],
    'a_1',
    true,
  ],
] as const)(
  'compares the names of its files with those of another %s',
  (_what, before, name, isRefused) => {
    const added = addChannel({ ...SETTINGS, name });
    const answer = isRefused ? SHARED_NAMES : { type: 'journal.write' };
    expect(steps(INPUT, ...before, added).effects[0]).toMatchObject(answer);
    expect(steps(INPUT, added, ...before).effects[0]).toMatchObject(answer);
  },
);
