/** The creation of a session, its channels and rules, and its start (R1.1, R1.18, R2.5 to R2.8). */

import { expect, it } from 'vitest';
import {
  APPLY_MS_MAX,
  CHANNELS_MAX,
  DESCRIPTION_BYTES_MAX,
  RULES_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import type { SessionPart } from '../../../../../src/wire/app/messages.ts';
import type { ChannelSettings, EventRule } from '../../../../../src/wire/common.ts';
import type { ErrorCode } from '../../../../../src/wire/control/error-code.ts';
import { encodedBytes } from '../../../../../src/wire/frames.ts';
import { passed } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import {
  ACTIVE,
  APP,
  addChannel,
  applied,
  at,
  attached,
  busy,
  CHANNELS,
  CONSUMED,
  CONSUMED_BY,
  changesGathered,
  consumerStream,
  created,
  createStream,
  destroy,
  disable,
  enable,
  FLIGHT_RECORDER,
  INPUT,
  joined,
  left,
  noConsumer,
  ONE_CONSUMED,
  ONE_RECORD,
  OTHER,
  partOf,
  published,
  RECORDING,
  RECORDS,
  RULE,
  recorded,
  refusal,
  reply,
  restingSteps,
  SETTINGS,
  STOPPED,
  start,
  steps,
  stop,
  streamFailed,
  streamRecord,
  TOLD,
  TOLD_VERSION,
  toConsumer,
  told,
  UUID,
  value,
} from './words.ts';

const channelsOf = (...rules: EventRule[]) => ({ channels: [{ settings: SETTINGS, rules }] });
const another = (name: string): ChannelSettings => ({ ...SETTINGS, name });
/** The outcome of an accepted change of the channels. */
const changed = (state: 'inactive' | 'stopped', more: object) =>
  at(state, [recorded(state, more), reply(state, more), published(state, more)]);
const refused = (code: ErrorCode, reason: string) =>
  at('inactive', [refusal(code, reason), published('inactive')]);

it('writes its record and publishes itself from the beginning (R1.1)', () => {
  expect(steps(INPUT)).toEqual(at('inactive', [recorded('inactive'), published('inactive')]));
});

it('creates the default channel for the first rule (R2.8)', () => {
  expect(steps(INPUT, enable())).toEqual(changed('inactive', channelsOf(RULE)));
});

it('adds a channel (R2.6)', () => {
  expect(steps(INPUT, addChannel(another('net')))).toEqual(
    changed('inactive', { channels: [{ settings: another('net'), rules: [] }] }),
  );
});

it('keeps a rule that is disabled (R2.8)', () => {
  expect(steps(INPUT, enable(), disable(RULE.pattern))).toEqual(
    changed('inactive', channelsOf({ ...RULE, enabled: false })),
  );
});

it.each([
  [
    'an existing channel',
    [addChannel(another('net')), addChannel(another('net'))],
    'CHANNEL_EXISTS',
    'Session "web" already has a channel "net"',
  ],
  [
    'a rule in a missing channel',
    [enable({ channel: 'net' })],
    'NO_CHANNEL',
    'Session "web" has no channel "net"',
  ],
  [
    'to disable a rule in a missing channel',
    [disable('a', { channel: 'net' })],
    'NO_CHANNEL',
    'Session "web" has no channel "net"',
  ],
  [
    'to disable a missing rule',
    [enable(), disable('a')],
    'NO_RULE',
    'Channel "default" has no enabled rule "a"',
  ],
] as const)('refuses %s', (_, events, code, reason) => {
  expect(steps(INPUT, ...events).effects[0]).toEqual(refusal(code, reason));
});

it(`has at most ${CHANNELS_MAX} channels`, () => {
  const most = Array.from({ length: CHANNELS_MAX }, (_, index) => addChannel(another(`${index}`)));
  expect(steps(INPUT, ...most).effects[1]).toMatchObject({ event: { type: 'reply.value' } });
  expect(steps(INPUT, ...most, addChannel(another('more'))).effects[0]).toEqual(
    refusal('LIMIT', `A session has at most ${CHANNELS_MAX} channels`),
  );
});

it(`has at most ${RULES_MAX} rules`, () => {
  const patterns = Array.from({ length: RULES_MAX }, (_, index) => `${index}`);
  expect(steps(INPUT, enable({ patterns })).effects[1]).toMatchObject({
    event: { type: 'reply.value' },
  });
  expect(steps(INPUT, enable({ patterns: [...patterns, 'more'] }))).toEqual(
    refused('LIMIT', `A session has at most ${RULES_MAX} event rules`),
  );
  expect(steps(INPUT, enable({ patterns }), enable({ patterns: ['more'] })).effects[0]).toEqual(
    refusal('LIMIT', `A session has at most ${RULES_MAX} event rules`),
  );
});

it(`takes at most ${DESCRIPTION_BYTES_MAX} bytes for its channels and rules`, () => {
  const patternOf = (length: number) => 'x'.repeat(length);
  const other = encodedBytes(channelsOf({ ...RULE, pattern: patternOf(1000) }).channels) - 1000;
  const longest = DESCRIPTION_BYTES_MAX - other;
  const rule = { ...RULE, pattern: patternOf(longest) };
  expect(steps(INPUT, enable({ patterns: [patternOf(longest)] }))).toEqual(
    changed('inactive', channelsOf(rule)),
  );
  expect(steps(INPUT, enable({ patterns: [patternOf(longest + 1)] }))).toEqual(
    refused(
      'LIMIT',
      `A session's channels and rules take at most ${DESCRIPTION_BYTES_MAX} bytes: use fewer rules`,
    ),
  );
});

it('does not start without a consumer, nor before the consumer can write (R1.20)', () => {
  expect(steps(INPUT, start())).toEqual(at('inactive', [noConsumer()]));
  expect(steps(INPUT, attached(), start())).toEqual(at('inactive', [busy()]));
});

it('has nothing to stop before it was started', () => {
  expect(steps(INPUT, stop())).toEqual(
    at('inactive', [refusal('ALREADY', 'Session "web" is already inactive')]),
  );
});

it('starts at once when there is no application to wait for', () => {
  const channels = { channels: CHANNELS };
  const known = { ...channels, ...CONSUMED_BY };
  expect(steps(INPUT, ...ACTIVE)).toEqual(
    at('active', [
      recorded('active', channels),
      published('starting', known),
      reply('active', known),
      recorded('active', channels),
      published('active', known),
    ]),
  );
});

it('needs no consumer when it is a flight recorder, whose channels overwrite (R1.23)', () => {
  const shape = { ...SETTINGS.shape, overwrite: true };
  const channels = [{ settings: { ...SETTINGS, shape }, rules: [RULE] }];
  expect(steps(FLIGHT_RECORDER, enable(), start()).effects.at(-1)).toEqual(
    published('active', {
      channels,
      flightRecorder: true,
      snapshotOutput: { output: FLIGHT_RECORDER.output },
    }),
  );
});

/** An application has joined before the session starts. */
const WITH_APP = { ...INPUT, apps: [APP] };
const ALLOCATING = [enable(), ...CONSUMED, start()];
const APPLYING = [...ALLOCATING, created(0)];

it('creates memory for the applications that it records, when it starts and not before (R1.18)', () => {
  expect(steps(WITH_APP, enable(), ...CONSUMED).effects).toEqual([]);
  expect(steps(WITH_APP, ...ALLOCATING)).toEqual(
    at({ starting: 'allocating' }, [
      recorded('active', { channels: CHANNELS }),
      published('starting', { channels: CHANNELS, ...CONSUMED_BY }),
      createStream(0),
    ]),
  );
});

it('sends consumer and application the new memory, and waits until the application has applied it', () => {
  expect(steps(WITH_APP, ...APPLYING)).toEqual(
    at(
      { starting: 'applying' },
      [
        toConsumer({ type: 'stream.add', stream: consumerStream(0) }),
        recorded('active', ONE_RECORD),
        published('starting', ONE_CONSUMED),
        told(1, partOf(true)),
      ],
      APPLY_MS_MAX,
    ),
  );
  const done = at('active', [
    reply('active', ONE_CONSUMED),
    recorded('active', ONE_RECORD),
    published('active', ONE_CONSUMED),
  ]);
  expect(steps(WITH_APP, ...APPLYING, applied(1))).toEqual(done);
  expect(steps(WITH_APP, ...APPLYING, passed(APPLY_MS_MAX))).toEqual(done);
});

it('starts without the memory that cannot be created', () => {
  const { value: active, effects } = steps(WITH_APP, ...ALLOCATING, streamFailed(0));
  expect(active).toEqual(value({ starting: 'applying' }));
  const fields = { session: 'web', uid: 1000, 'stream-id': 0, code: 'ENOMEM', call: 'some.call' };
  const thread = { pid: 40, tid: 40, processName: 'shop', code: 'ENOMEM', state: 'waiting' };
  const unbuffered = { threads: [thread], more: 0 };
  expect(effects).toEqual([
    log('stream.createFailed', fields),
    told(1, undefined),
    recorded('active', { channels: CHANNELS, nextStreamId: 1 }),
    published('starting', { channels: CHANNELS, streamsMade: 1, ...CONSUMED_BY, unbuffered }),
  ]);
});

it('refuses other commands while it starts', () => {
  for (const event of [start(5), stop(5), destroy(5), enable()]) {
    const { effects } = steps(WITH_APP, ...APPLYING, event);
    expect(effects).toEqual([busy(event.replyTo.id)]);
  }
});

it('records an application that joins while it starts', () => {
  expect(steps(WITH_APP, ...APPLYING, joined(OTHER))).toEqual(
    at({ starting: 'applying' }, [createStream(1, OTHER)]),
  );
  const { effects } = steps(WITH_APP, ...APPLYING, joined(OTHER), created(1, OTHER));
  expect(effects.at(-1)).toEqual(told(3, partOf(true, 1), OTHER));
  expect(
    steps(WITH_APP, ...APPLYING, joined(OTHER), streamFailed(1, OTHER)).effects,
  ).toContainEqual(told(3, undefined, OTHER));
});

it('waits for the memory of an application that joins before the others have theirs', () => {
  const both = [...ALLOCATING, joined(OTHER)];
  expect(steps(WITH_APP, ...both).effects).toEqual([createStream(1, OTHER)]);
  expect(steps(WITH_APP, ...both, created(0)).value).toEqual(value({ starting: 'allocating' }));
  expect(steps(WITH_APP, ...both, created(0), created(1, OTHER)).effects.slice(-2)).toEqual([
    told(2, partOf(true, 0), APP),
    told(2, partOf(true, 1), OTHER),
  ]);
});

it('does not wait a second time for an application that let a command wait too long', () => {
  const late = [...APPLYING, passed(APPLY_MS_MAX)];
  expect(steps(WITH_APP, ...late, stop()).value).toEqual(value({ stopping: 'flushing' }));
  expect(steps(WITH_APP, ...late, applied(1), stop()).value).toEqual(
    value({ stopping: 'applying' }),
  );
});

it('refuses to start again', () => {
  expect(steps(INPUT, ...ACTIVE, start(5))).toEqual(
    at('active', [refusal('ALREADY', 'Session "web" is already active', 5)]),
  );
});

it('records an application that joins while it is active', () => {
  expect(steps(INPUT, ...ACTIVE, joined())).toEqual(at('active', [createStream(0)]));
  expect(steps(INPUT, ...TOLD)).toEqual(
    at('active', [
      toConsumer({ type: 'stream.add', stream: consumerStream(0) }),
      recorded('active', ONE_RECORD),
      published('active', ONE_CONSUMED),
      told(TOLD_VERSION, partOf(true)),
    ]),
  );
  expect(steps(INPUT, ...ACTIVE, joined(), streamFailed(0)).effects).toContainEqual(
    told(TOLD_VERSION, undefined),
  );
});

it('sends an application changed rules at once', () => {
  const channels = [{ settings: SETTINGS, rules: [{ ...RULE, enabled: false }] }];
  const [channel] = partOf(true).channels;
  const part = { ...partOf(true), channels: [{ ...channel, rules: [] }] } as SessionPart;
  const known = { ...ONE_CONSUMED, channels };
  expect(steps(INPUT, ...RECORDING, disable(RULE.pattern))).toEqual(
    at('active', [
      recorded('active', { ...ONE_RECORD, channels }),
      reply('active', known),
      told(TOLD_VERSION + 1, part),
      published('active', known),
    ]),
  );
});

it('creates memory for a channel that an application needs from now on (R1.18)', () => {
  const events = [...RECORDING, addChannel(another('net')), enable({ channel: 'net' })];
  expect(steps(INPUT, ...events).effects).toContainEqual(createStream(1));
});

it('sends an application only existing streams while it does not record', () => {
  expect(steps(INPUT, enable(), joined())).toEqual(at('inactive', [told(1, undefined)]));
});

it('keeps memory that is created while it stops', () => {
  expect(steps(INPUT, ...ACTIVE, joined(), stop(), created(0)).effects).toEqual([
    toConsumer({ type: 'stream.add', stream: consumerStream(0) }),
    recorded('stopped', ONE_RECORD),
    published('stopping', ONE_CONSUMED),
    told(4, partOf(false)),
  ]);
});

it('lets no application write a stream before the record names it', () => {
  const { effects } = restingSteps(INPUT, ...ACTIVE, joined(), created(0));
  expect(effects).toEqual([
    { type: 'journal.gather', directory: RECORDS, name: UUID },
    toConsumer({ type: 'stream.add', stream: consumerStream(0) }),
  ]);
  const gathered = restingSteps(INPUT, ...ACTIVE, joined(), created(0), changesGathered);
  expect(gathered.effects.slice(-1)).toEqual([told(TOLD_VERSION, partOf(true))]);
});

it('does not start before the record names the streams', () => {
  expect(restingSteps(WITH_APP, ...APPLYING).value).toEqual(value({ starting: 'allocating' }));
  expect(restingSteps(WITH_APP, ...APPLYING, changesGathered).value).toEqual(
    value({ starting: 'applying' }),
  );
});

it('says which user has no share of memory left', () => {
  const share = { streams: 2, bytes: 4096 };
  const { effects } = steps(INPUT, ...ACTIVE, joined(), { ...streamFailed(0), share });
  const fields = { session: 'web', uid: 1000, 'stream-id': 0, 'streams-max': 2, 'bytes-max': 4096 };
  expect(effects).toContainEqual(log('stream.shareExhausted', fields));
});

it('records an end also while it does not record events', () => {
  const { effects } = steps(INPUT, ...STOPPED, left(true));
  expect(effects.slice(1)).toEqual([
    recorded('stopped', { ...ONE_RECORD, streams: [streamRecord(0, APP, true)] }),
    published('stopped', { ...ONE_CONSUMED, writers: 0 }),
  ]);
});
