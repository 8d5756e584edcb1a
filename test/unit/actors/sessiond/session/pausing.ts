/** A session that pauses: recording halts, buffers and consumer stay (R1.29). */
import { expect, it } from 'vitest';
import { APPLY_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import { passed } from '../../../../support/step.ts';
import {
  ACTIVE,
  addChannel,
  applied,
  at,
  attached,
  busy,
  CHANNELS,
  CONSUMED,
  changesGathered,
  created,
  createStream,
  destroy,
  disable,
  enable,
  enableConsumer,
  ending,
  INPUT,
  joined,
  lost,
  noConsumer,
  ONE_CONSUMED,
  ONE_RECORD,
  OTHER,
  outcome,
  PAUSED,
  PAUSING,
  partOf,
  pause,
  published,
  RECORDING,
  RULE,
  recorded,
  refusal,
  reply,
  restingSteps,
  SETTINGS,
  STOPPED,
  sessionKept,
  setConsumer,
  start,
  steps,
  stop,
  TOLD,
  TOLD_VERSION,
  told,
  UUID,
  value,
} from './words.ts';

it('halts the application at once, and answers when that has applied it', () => {
  expect(steps(INPUT, ...PAUSING)).toEqual(
    at(
      'pausing',
      [recorded('paused', ONE_RECORD), published('pausing', ONE_CONSUMED), told(4, partOf(false))],
      APPLY_MS_MAX,
    ),
  );
  const done = at('paused', [
    recorded('paused', ONE_RECORD),
    published('paused', ONE_CONSUMED),
    reply('paused', ONE_CONSUMED),
  ]);
  expect(steps(INPUT, ...PAUSING, applied(TOLD_VERSION + 1))).toEqual(done);
  expect(steps(INPUT, ...PAUSING, passed(APPLY_MS_MAX))).toEqual(done);
});

it.each([
  ['pauses', pause(), 'pausing'],
  ['stops', stop(), { stopping: 'applying' }],
] as const)(
  '%s an application at once whose next buffers are not recorded yet',
  (_, end, state) => {
    const net = { ...SETTINGS, name: 'net' };
    const more = [applied(TOLD_VERSION), addChannel(net), applied(TOLD_VERSION + 1)] as const;
    const pending = [enable({ channel: 'net' }), created(1)] as const;
    const events = [...TOLD, changesGathered, ...more, ...pending, end] as const;
    const ended = restingSteps(INPUT, ...events);
    expect(ended.value).toEqual(value(state));
    expect(ended.effects).toContainEqual(told(TOLD_VERSION + 3, partOf(false)));
  },
);

it('waits for no consumer', () => {
  const { value: paused } = steps(INPUT, ...RECORDING, lost, pause(), applied(TOLD_VERSION + 1));
  expect(paused).toEqual(value('paused'));
});

it('refuses other commands while it pauses, and goes on with those who join and leave', () => {
  for (const event of [start(5), stop(5), pause(5), destroy(5), disable(RULE.pattern)]) {
    expect(steps(INPUT, ...PAUSING, event).effects).toEqual([busy(event.replyTo.id)]);
  }
  expect(steps(INPUT, ...PAUSING, joined(OTHER)).effects).toEqual([told(5, undefined, OTHER)]);
  const { effects } = steps(INPUT, ...ACTIVE, joined(), pause(), created(0));
  expect(effects).toContainEqual(recorded('paused', ONE_RECORD));
});

it('goes on with start, in the same buffers', () => {
  const { value: starting, effects } = steps(INPUT, ...PAUSED, start());
  expect(starting).toEqual(value({ starting: 'applying' }));
  expect(effects).toContainEqual(told(5, partOf(true)));
  expect(effects).not.toContainEqual(createStream(1));
  expect(steps(INPUT, ...PAUSED, start(), applied(5)).value).toEqual(value('active'));
});

it('stops and is destroyed as from a recording: what the buffers hold is written first', () => {
  expect(steps(INPUT, ...PAUSED, stop()).value).toEqual(value({ stopping: 'applying' }));
  expect(steps(INPUT, ...PAUSED, destroy()).value).toEqual(value({ destroying: 'applying' }));
  expect(steps(INPUT, ...PAUSED, lost, stop(5)).effects).toEqual([noConsumer(5)]);
});

it('changes its channels while it is paused', () => {
  const net = { ...SETTINGS, name: 'net' };
  const channels = [...CHANNELS, { settings: net, rules: [] }];
  expect(steps(INPUT, ...PAUSED, addChannel(net)).effects).toContainEqual(
    reply('paused', { ...ONE_CONSUMED, channels }),
  );
});

it.each([
  ['inactive', [], 'inactive'],
  ['stopped', STOPPED, 'stopped'],
  ['paused', PAUSED, 'paused'],
] as const)('does not pause what is %s', (_, before, state) => {
  expect(steps(INPUT, ...before, pause(5)).effects).toEqual([
    refusal('ALREADY', `Session "web" is already ${state}`, 5),
  ]);
});

it('goes on only with a consumer that can write', () => {
  expect(steps(INPUT, ...PAUSED, lost, start(5)).effects).toEqual([noConsumer(5)]);
  expect(steps(INPUT, ...PAUSED, lost, attached(), start(5)).effects).toEqual([busy(5)]);
  const relay = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
  const link = {
    state: 'lost',
    reason: 'it hung up',
    packetsInFlight: 0,
    bytesInFlight: 0,
  } as const;
  const events = [
    ...[enable(), ...CONSUMED, setConsumer(relay, 1), enableConsumer(2)],
    { type: 'link.settled', link: `relay-link-${UUID}-1`, isInvited: true } as const,
    ...[start(3), pause(4)],
    outcome({ link: { ...link, packetsStored: 0, bytesStored: 0 } }),
  ] as const;
  const { effects } = steps(INPUT, ...events, start(5));
  expect(effects).toMatchObject([{ event: { code: 'RELAY_LOST' } }]);
});

it('takes applications that join, and records streams whose memory comes late', () => {
  expect(steps(INPUT, ...PAUSED, joined(OTHER)).effects).toEqual([told(5, undefined, OTHER)]);
  const late = [
    ...ACTIVE,
    joined(),
    joined(OTHER),
    created(0),
    pause(),
    created(1, OTHER),
  ] as const;
  const { effects } = restingSteps(INPUT, ...late, changesGathered);
  expect(effects.at(-1)).toEqual(told(5, partOf(false, 1), OTHER));
  const pausing = steps(INPUT, ...RECORDING, joined(OTHER), pause(), created(1, OTHER));
  expect(pausing.value).toEqual(value('pausing'));
  expect(pausing.effects.at(-1)).toEqual(told(6, partOf(false, 1), OTHER));
});

it('ends with its registry, or waits for the next one without a consumer', () => {
  expect(steps(INPUT, ...PAUSED, ending).value).toHaveProperty('recording.destroying');
  expect(steps(INPUT, ...PAUSED, lost, ending).effects.at(-1)).toEqual(sessionKept);
});
