/** A consumer as a pure step: it joins a session, follows its streams, survives its registry (R1.19, R1.20). */
import { expect, it } from 'vitest';
import type { ConsumerInput } from '../../../../../actors/consumerd/consumer/context.ts';
import { consumerMachine } from '../../../../../actors/consumerd/consumer/machine.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToConsumer,
  type ToRegistry,
} from '../../../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT } from '../../../../../src/wire/exit-status.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import {
  adopt,
  close,
  closed,
  exit,
  LOST,
  log,
  open,
  opened,
  openFailed,
  osError,
  said,
  send,
  signalled,
} from '../../../../support/step-events.ts';
import { STREAM } from '../stream.ts';

const SESSION = '00000000-0000-4000-8000-000000000001';
const INPUT: ConsumerInput = {
  registry: { scope: 'global', clientPath: '/run/lttng-ts/client.sock', ownerUid: 0 },
  sessionUuid: SESSION,
  into: undefined,
};
/** Interval and number of the attempts to connect to a lost registry when no application is left. */
const RELOOK_MS = 250;
const LOOKS_MAX = 40;

const steps = stepsOf(consumerMachine);

const says = (message: ToConsumer, attempt = 1) => said(`registry-${attempt}`, message);
const answers = (message: ToRegistry, attempt = 1) => send(`registry-${attempt}`, message);
const welcomeOf = (major: number, attempt = 1) =>
  says({ type: 'welcome', major, minor: 0, scope: 'global', pid: 2 }, attempt);
const sessionOf = (attempt = 1) =>
  says(
    { type: 'session', name: 'web', uuid: SESSION, output: '/home/alice/trace', segments: [70] },
    attempt,
  );
const refusal = (code: 'ALREADY' | 'NO_SESSION', attempt = 1) =>
  says({ type: 'refused', code, reason: 'it is refused' }, attempt);
const adding = says({ type: 'stream.add', stream: STREAM });
const checked = (isAlive: boolean) =>
  ({ type: 'process.checked', pid: 40, tid: 40, startedAt: 9, isAlive }) as const;
const terminated = signalled('SIGTERM');
const traceClosed = { type: 'recorder.closed' } as const;

/** The events that lead to a state, on the connection of this attempt. */
const greeting = (attempt = 1) => [opened(`registry-${attempt}`, 0)];
const attaching = (attempt = 1) => [
  ...greeting(attempt),
  welcomeOf(CONTROL_PROTOCOL_MAJOR, attempt),
];
const CONSUMING = [...attaching(), sessionOf()];
const ALONE = [...CONSUMING, closed('registry-1')];
const REJOINING = [...ALONE, passed(RELOOK_MS)];
const CLOSING = [...CONSUMING, says({ type: 'finish' })];
const LEAVING = [...CLOSING, traceClosed];
const YIELDING = [...REJOINING, opened('registry-2', 0), refusal('ALREADY', 2)];
const ENDED = [...LEAVING, closed('registry-1')];

const endLine = (reason: string) => log('consumer.failed', { reason });
/** The end of a consumer that never had a session. */
const notJoined = (reason: string, code: number = CONSUMERD_EXIT.notAttached) => ({
  value: 'ended',
  effects: [endLine(reason), exit(code)],
});

it('connects to the registry first, and gives the whole joining ten seconds', () => {
  expect(steps(INPUT)).toEqual({
    value: { joining: 'connecting' },
    effects: [open('registry-1', INPUT.registry.clientPath, 'control.consumer')],
    delays: [10_000],
  });
});

it('greets a registry of the expected user', () => {
  expect(steps(INPUT, ...greeting())).toEqual({
    value: { joining: 'greeting' },
    effects: [
      adopt('registry-1'),
      answers({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }),
    ],
  });
});

it('names its session once it is welcome (R1.20)', () => {
  expect(steps(INPUT, ...attaching())).toEqual({
    value: { joining: 'attaching' },
    effects: [answers({ type: 'attach', session: SESSION })],
  });
});

it.each([
  [undefined, '/home/alice/trace'],
  ['/srv/traces', '/srv/traces/web'],
])(
  'opens the trace in the output of the session, or in the directory of its arguments (%s)',
  (into, output) => {
    expect(steps({ ...INPUT, into }, ...CONSUMING)).toEqual({
      value: 'consuming',
      effects: [{ type: 'recorder.open', sessionName: 'web', output }],
    });
  },
);

it('reports that it can write when the trace is open', () => {
  expect(steps(INPUT, ...CONSUMING, { type: 'recorder.opened' })).toEqual({
    value: 'consuming',
    effects: [answers({ type: 'opened' })],
  });
});

it('ends with a status of its own when the trace cannot be made', () => {
  const failed = {
    type: 'recorder.openFailed',
    error: osError('EACCES', '/home/alice/trace'),
  } as const;
  expect(steps(INPUT, ...CONSUMING, failed)).toEqual(
    notJoined('cannot create /home/alice/trace (EACCES)', CONSUMERD_EXIT.noOutput),
  );
});

it.each([
  [
    'is run by another user',
    [opened('registry-1', 1000)],
    'the registry runs as another user, uid 1000',
  ],
  [
    'cannot be reached',
    [openFailed('registry-1', 'ENOENT')],
    'cannot connect to /the/socket (ENOENT)',
  ],
  ['closes the connection', [...attaching(), closed('registry-1')], LOST],
  [
    'takes longer than ten seconds',
    [...attaching(), passed(10_000)],
    'the registry does not answer',
  ],
])('ends when the first registry %s', (_, events, reason) => {
  expect(steps(INPUT, ...events)).toEqual(notJoined(reason));
});

it('ends with a status of its own when the session has another consumer (R1.19)', () => {
  expect(steps(INPUT, ...attaching(), refusal('ALREADY'))).toEqual(
    notJoined('it is refused', CONSUMERD_EXIT.hasAnother),
  );
});

it('closes its trace before it ends when the registry refuses it for another reason', () => {
  expect(steps(INPUT, ...attaching(), refusal('NO_SESSION'))).toEqual({
    value: 'closing',
    effects: [endLine('it is refused'), { type: 'recorder.close' }],
  });
});

it('does not wait for a registry that speaks another version, or out of place', () => {
  const otherVersion = [...greeting(), welcomeOf(CONTROL_PROTOCOL_MAJOR + 1)] as const;
  expect(steps(INPUT, ...otherVersion)).toEqual(notJoined('it said "welcome" out of place'));
  const tooEarly = [...attaching(), says({ type: 'finish' })] as const;
  expect(steps(INPUT, ...tooEarly)).toEqual(notJoined('it said "finish" out of place'));
});

it('ends at a signal before it has a session', () => {
  expect(steps(INPUT, terminated)).toEqual({ value: 'ended', effects: [exit(0)] });
});

it.each([
  [
    'adds a stream',
    { type: 'stream.add', stream: STREAM },
    { type: 'recorder.addStream', stream: STREAM },
  ],
  [
    'ends a stream',
    { type: 'stream.ended', streamId: 7 },
    { type: 'recorder.endStream', streamId: 7 },
  ],
  ['flushes', { type: 'flush', token: 3 }, { type: 'recorder.flush', token: 3 }],
] as const)('%s when the registry requests it', (_, message, effect) => {
  expect(steps(INPUT, ...CONSUMING, says(message))).toEqual({
    value: 'consuming',
    effects: [effect],
  });
});

it('reports a flush and a released stream', () => {
  const flushed = { type: 'recorder.flushed', token: 3 } as const;
  expect(steps(INPUT, ...CONSUMING, flushed)).toEqual({
    value: 'consuming',
    effects: [answers({ type: 'flushed', token: 3 })],
  });
  const released = { type: 'recorder.streamReleased', streamId: 7 } as const;
  expect(steps(INPUT, ...CONSUMING, adding, released)).toEqual({
    value: 'consuming',
    effects: [answers({ type: 'stream.released', streamId: 7 })],
  });
});

it.each([
  ['the registry says finish', says({ type: 'finish' })],
  ['a signal comes', terminated],
])('writes what is left when %s', (_, event) => {
  expect(steps(INPUT, ...CONSUMING, event)).toEqual({
    value: 'closing',
    effects: [{ type: 'recorder.close' }],
  });
});

it('ends, with its trace, over a registry that breaks the protocol', () => {
  expect(steps(INPUT, ...CONSUMING, sessionOf())).toEqual({
    value: 'closing',
    effects: [
      endLine('the registry sent an unexpected "session" message'),
      { type: 'recorder.close' },
    ],
  });
});

it('keeps writing without its registry, and checks whether its applications live', () => {
  expect(steps(INPUT, ...CONSUMING, adding, closed('registry-1'))).toEqual({
    value: 'alone',
    effects: [
      log('consumer.registryLost', { reason: LOST }),
      close('registry-1'),
      { type: 'process.check', pid: 40, startedAt: 9 },
    ],
    delays: [RELOOK_MS],
  });
});

it('checks a process with several streams once', () => {
  const another = says({ type: 'stream.add', stream: { ...STREAM, streamId: 8, tid: 42 } });
  const { effects } = steps(INPUT, ...CONSUMING, adding, another, closed('registry-1'));
  expect(effects.filter(({ type }) => type === 'process.check')).toHaveLength(1);
});

it('stops checking a process whose streams are released', () => {
  const released = { type: 'recorder.streamReleased', streamId: 7 } as const;
  const { effects } = steps(INPUT, ...CONSUMING, adding, released, closed('registry-1'));
  expect(effects.filter(({ type }) => type === 'process.check')).toEqual([]);
});

it('asks no more for a process whose stream the next registry does not know', () => {
  const { pid, startedAt, dataSegment } = STREAM;
  const known = { ...STREAM, streamId: 8, pid: pid + 1, dataSegment: dataSegment + 2 };
  const alone = [...CONSUMING, adding, says({ type: 'stream.add', stream: known })];
  const session = {
    type: 'session',
    name: 'web',
    uuid: SESSION,
    output: '/home/alice/trace',
  } as const;
  const { effects } = steps(
    INPUT,
    ...alone,
    closed('registry-1'),
    passed(RELOOK_MS),
    ...attaching(2),
    says({ ...session, segments: [known.dataSegment] }, 2),
    closed('registry-2'),
  );
  expect(effects.filter(({ type }) => type === 'process.check')).toEqual([
    { type: 'process.check', pid: known.pid, startedAt },
  ]);
});

it('looks for the next registry', () => {
  expect(steps(INPUT, ...REJOINING)).toEqual({
    value: { joining: 'connecting' },
    effects: [open('registry-2', INPUT.registry.clientPath, 'control.consumer')],
    delays: [10_000],
  });
});

it('keeps the streams that the next registry lists, and writes the same trace', () => {
  expect(steps(INPUT, ...REJOINING, ...attaching(2), sessionOf(2))).toEqual({
    value: 'consuming',
    effects: [{ type: 'recorder.keepOnly', segments: [70] }, answers({ type: 'opened' }, 2)],
  });
});

it.each([
  ['is run by another user', [opened('registry-2', 1000)]],
  ['cannot be reached', [openFailed('registry-2', 'ENOENT')]],
  ['closes the connection', [...attaching(2), closed('registry-2')]],
  ['takes longer than ten seconds', [...attaching(2), passed(10_000)]],
  ['speaks another version', [...greeting(2), welcomeOf(CONTROL_PROTOCOL_MAJOR + 1, 2)]],
])('stays alone when the next registry %s', (_, events) => {
  expect(steps(INPUT, ...REJOINING, ...events)).toEqual({
    value: 'alone',
    effects: [close('registry-2')],
    delays: [RELOOK_MS],
  });
});

it('closes its files for the consumer that has replaced it', () => {
  expect(steps(INPUT, ...YIELDING)).toEqual({
    value: 'yielding',
    effects: [endLine('it is refused'), { type: 'recorder.close', isReplaced: true }],
  });
  expect(steps(INPUT, ...YIELDING, traceClosed)).toEqual({
    value: 'leaving',
    effects: [close('registry-2')],
    delays: [1000],
  });
});

/** One more attempt that finds no registry. */
const look = (attempt: number, isAlive: boolean) => [
  passed(RELOOK_MS),
  openFailed(`registry-${attempt}`, 'ENOENT'),
  checked(isAlive),
];
/** Without a registry for this many attempts. */
const aloneFor = (looks: number, isAlive: boolean) => [
  ...CONSUMING,
  adding,
  closed('registry-1'),
  checked(isAlive),
  ...Array.from({ length: looks - 1 }, (_, index) => look(index + 2, isAlive)).flat(),
];

it('looks for a registry again until the maximum of attempts', () => {
  expect(steps(INPUT, ...aloneFor(LOOKS_MAX - 1, false), passed(RELOOK_MS)).value).toEqual({
    joining: 'connecting',
  });
});

it('ends after the maximum of attempts when no application is left', () => {
  expect(steps(INPUT, ...aloneFor(LOOKS_MAX, false), passed(RELOOK_MS))).toEqual({
    value: 'closing',
    effects: [
      endLine('there is no registry, and no application is left'),
      { type: 'recorder.close' },
    ],
  });
});

it('looks without limit as long as an application lives', () => {
  expect(steps(INPUT, ...aloneFor(LOOKS_MAX + 1, true), passed(RELOOK_MS)).value).toEqual({
    joining: 'connecting',
  });
});

it('writes what is left when a signal comes while it has no registry', () => {
  const closing = { value: 'closing', effects: [{ type: 'recorder.close' }] };
  expect(steps(INPUT, ...ALONE, terminated)).toEqual(closing);
  expect(steps(INPUT, ...REJOINING, terminated)).toEqual(closing);
});

it('sends finished, and ends when the connection is closed', () => {
  expect(steps(INPUT, ...LEAVING)).toEqual({
    value: 'leaving',
    effects: [answers({ type: 'finished' }), close('registry-1')],
    delays: [1000],
  });
  expect(steps(INPUT, ...ENDED)).toEqual({ value: 'ended', effects: [exit(0)] });
});

it('ends a second later when the connection does not close', () => {
  expect(steps(INPUT, ...LEAVING, passed(1000))).toEqual({ value: 'ended', effects: [exit(0)] });
});

it.each([
  [{ joining: 'connecting' }, REJOINING],
  [{ joining: 'greeting' }, [...REJOINING, ...greeting(2)]],
  [{ joining: 'attaching' }, [...REJOINING, ...attaching(2)]],
  ['consuming', CONSUMING],
  ['alone', ALONE],
  ['closing', CLOSING],
  ['yielding', YIELDING],
  ['leaving', LEAVING],
])('closes a connection that comes too late when it is %j', (value, events) => {
  expect(steps(INPUT, ...events, opened('registry-9', 0))).toEqual({
    value,
    effects: [close('registry-9')],
  });
});

it('reports a stream that is released while it closes its trace', () => {
  const released = { type: 'recorder.streamReleased', streamId: 7 } as const;
  expect(steps(INPUT, ...CLOSING, released)).toEqual({
    value: 'closing',
    effects: [answers({ type: 'stream.released', streamId: 7 })],
  });
});

it('ignores late events', () => {
  const late = [
    closed('registry-1'),
    adding,
    openFailed('registry-1', 'ENOENT'),
    terminated,
    checked(true),
    { type: 'recorder.flushed', token: 3 },
  ] as const;
  for (const event of late) {
    expect(steps(INPUT, ...ENDED, event)).toEqual({ value: 'ended', effects: [] });
  }
});

it('does not take the end of an earlier connection, or of an earlier attempt, for that of the present one', () => {
  const late = [
    openFailed('registry-1', 'ECONNREFUSED'),
    closed('registry-1'),
    refusal('ALREADY', 1),
    refusal('NO_SESSION', 1),
  ];
  for (const event of late) {
    expect(steps(INPUT, ...REJOINING, event)).toEqual({
      value: { joining: 'connecting' },
      effects: [],
    });
    expect(steps(INPUT, ...REJOINING, ...attaching(2), event)).toEqual({
      value: { joining: 'attaching' },
      effects: [],
    });
  }
  expect(steps(INPUT, ...LEAVING, closed('registry-0'))).toEqual({ value: 'leaving', effects: [] });
});

it('does nothing at the words of a connection that does not count any more', () => {
  const back = [...REJOINING, ...attaching(2), sessionOf(2)];
  for (const event of [closed('registry-1'), adding, says({ type: 'finish' })]) {
    expect(steps(INPUT, ...back, event)).toEqual({ value: 'consuming', effects: [] });
  }
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(consumerMachine)).toEqual([]);
});
