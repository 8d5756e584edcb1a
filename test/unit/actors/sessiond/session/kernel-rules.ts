/** The rules of a kernel part, which the kernel checks, and what such a part refuses (R1.24). */
import { expect, it } from 'vitest';
import type { ChannelSettings, Target } from '../../../../../src/wire/common.ts';
import {
  applied,
  CHANNEL,
  CHANNELS,
  checked,
  DOMAIN,
  ENABLE,
  KERNEL,
  LINK,
  PART,
  RECORDING,
  RULED,
  ready,
  toLink,
  wanted,
} from './kernel-words.ts';
import {
  addChannel,
  at,
  command,
  disable,
  enable,
  flushed,
  INPUT,
  pause,
  published,
  RULE,
  recorded,
  refusal,
  reply,
  SETTINGS,
  steps,
  stop,
} from './words.ts';

const asked = toLink({
  type: 'kernel.check',
  operation: ENABLE.operation,
  replyTo: ENABLE.replyTo,
});

it('its rules are checked by the kernel', () => {
  expect(steps(PART, ready(3), ENABLE)).toEqual(at('inactive', [asked]));
  const known = { channels: CHANNELS, ...DOMAIN };
  expect(steps(PART, ...RULED).effects).toEqual([
    recorded('inactive', { kernel: KERNEL, channels: CHANNELS }),
    reply('inactive', known),
    published('inactive', known),
  ]);
  expect(steps(PART, ready(3), ENABLE, checked('There is no such event'))).toEqual(
    at('inactive', [refusal('INVALID_RULE', 'There is no such event')]),
  );
});

it('its rules are changed while it records, too', () => {
  const other = enable({ patterns: ['other'] });
  expect(steps(PART, ...RECORDING, other).effects).toEqual([
    toLink({ type: 'kernel.check', operation: other.operation, replyTo: other.replyTo }),
  ]);
  const rules = [RULE, { ...RULE, pattern: 'other' }];
  const added = [...RECORDING, other, checked(undefined, other)] as const;
  expect(steps(PART, ...added).effects).toContainEqual(wanted(3, true, [{ ...CHANNEL, rules }]));
  expect(steps(PART, ...RECORDING, other, checked('no', other))).toEqual(
    at('active', [refusal('INVALID_RULE', 'no')]),
  );
  const late = [...RECORDING, other, pause(9), checked(undefined, other)] as const;
  expect(steps(PART, ...late).effects).toEqual([
    refusal(
      'SESSION_BUSY',
      'Session "web" is executing another command; try again when that has finished',
    ),
  ]);
});

it('its rules are changed while it records nothing, and CPUs come', () => {
  const paused = [...RECORDING, pause(), applied(3)] as const;
  const stopped = [...RECORDING, stop(), applied(3), flushed(1)] as const;
  for (const events of [paused, stopped]) {
    const other = enable({ patterns: ['other'] });
    expect(steps(PART, ...events, other).effects).toMatchObject([
      { to: LINK, event: { type: 'kernel.check' } },
    ]);
    expect(steps(PART, ...events, other, checked('no', other)).effects).toEqual([
      refusal('INVALID_RULE', 'no'),
    ]);
    const { effects } = steps(PART, ...events, other, checked(undefined, other));
    expect(effects).toHaveLength(3);
    expect(steps(PART, ...events, ready(3, 4)).effects).toEqual([wanted(4, false, [CHANNEL])]);
  }
  const stopping = [...RECORDING, stop(), ready(3, 4)] as const;
  expect(steps(PART, ...stopping).effects).toEqual([wanted(4, false, [CHANNEL])]);
});

it('its rules have filters in the language of the kernel, and a kind', () => {
  const filtered = enable({ filter: 'comm ~ "a*" && (', kind: 'syscall' });
  const events = [ready(3), filtered, checked(undefined, filtered)] as const;
  const rule = { ...RULE, filter: 'comm ~ "a*" && (', kind: 'syscall' };
  const channels = [{ settings: SETTINGS, rules: [rule] }];
  expect(steps(PART, ...events).effects).toContainEqual(reply('inactive', { channels, ...DOMAIN }));
  // A rule of a kind is beside the one of the other kind, and the default kind is left out.
  const both = enable({ kind: 'tracepoint' });
  const two = [...events, both, checked(undefined, both)] as const;
  const rules = [rule, RULE];
  const known = { channels: [{ settings: SETTINGS, rules }], ...DOMAIN };
  expect(steps(PART, ...two).effects).toContainEqual(reply('inactive', known));
  const off = command({
    op: 'event.disable',
    session: 'web',
    patterns: [RULE.pattern],
    kind: 'syscall',
  });
  const after = [{ ...rule, enabled: false }, RULE];
  expect(steps(PART, ...two, off).effects).toContainEqual(
    reply('inactive', { channels: [{ settings: SETTINGS, rules: after }], ...DOMAIN }),
  );
  expect(steps(PART, ...two, disable(RULE.pattern)).effects).toContainEqual(
    reply('inactive', {
      channels: [{ settings: SETTINGS, rules: rules.map((one) => ({ ...one, enabled: false })) }],
      ...DOMAIN,
    }),
  );
});

it('its rules of a disabled channel are all disabled in the kernel', () => {
  const off = command({ op: 'channel.disable', session: 'web', channels: ['default'] });
  const rules = [{ ...RULE, enabled: false }];
  expect(steps(PART, ...RECORDING, off).effects).toContainEqual(
    wanted(3, true, [{ ...CHANNEL, rules }]),
  );
});

it('its rules have no kind in a user part', () => {
  expect(steps(INPUT, enable({ kind: 'syscall' })).effects).toEqual([
    refusal('INVALID_RULE', 'Session "web" has rules of kinds in its kernel part alone'),
    published('inactive'),
  ]);
});

const OF_PROCESS: Target = { kind: 'pid', pid: 5 };
const withShape = (of: Partial<ChannelSettings>) => addChannel({ ...SETTINGS, ...of });

it.each([
  ['buffers of users', withShape({ bufferScheme: 'uid' }), 'There are no buffers of users'],
  [
    'buffers of one application',
    addChannel(SETTINGS, { target: OF_PROCESS }),
    'There are no buffers of single applications',
  ],
  [
    'sub-buffers smaller than a page',
    withShape({ shape: { ...SETTINGS.shape, subbufferBytes: 2048 } }),
    'Sub-buffers have at least 4096 bytes',
  ],
  [
    'a rule for one application',
    enable({ target: OF_PROCESS }),
    'Rules concern no single applications',
  ],
  ['excluded names', enable({ exclusions: ['x'] }), 'Rules exclude no names'],
  ['levels', enable({ logLevelMin: 1 }), 'Events have no levels'],
  ['a level', enable({ logLevelMax: 5 }), 'Events have no levels'],
  [
    'contexts',
    command({ op: 'context.add', session: 'web', contexts: ['vpid'] }),
    'Events carry no contexts',
  ],
  [
    'tracking',
    command({ op: 'tracker.add', session: 'web', tracker: 'vpid', ids: [5] }),
    'There is no tracking of processes',
  ],
  [
    'the end of tracking',
    command({ op: 'tracker.remove', session: 'web', tracker: 'vpid', ids: [5] }),
    'There is no tracking of processes',
  ],
  [
    'an output of snapshots',
    command({ op: 'snapshot.add', session: 'web', output: '/x' }),
    'There are no snapshots',
  ],
  [
    'its end',
    command({ op: 'snapshot.remove', session: 'web', id: '1' }),
    'There are no snapshots',
  ],
])('refuses %s', (_, event, reason) => {
  expect(steps(PART, event).effects[0]).toEqual(
    refusal('NOT_ALLOWED', `${reason} in the kernel part of session "web"`),
  );
});
