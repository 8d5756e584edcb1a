/** A snapshot as a pure step: it joins the registry, attaches the streams of the session, copies them (R1.23). */
import { expect, it } from 'vitest';
import type { SnapshotInput } from '../../../../../actors/consumerd/snapshot/context.ts';
import { snapshotMachine } from '../../../../../actors/consumerd/snapshot/machine.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToConsumer,
  type ToRegistry,
} from '../../../../../src/wire/control/messages.ts';
import { SNAPSHOT_EXIT } from '../../../../../src/wire/exit-status.ts';
import { passed, stepsOf, untried } from '../../../../support/step.ts';
import {
  adopt,
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
const INPUT: SnapshotInput = {
  registry: { scope: 'global', clientPath: '/run/lttng-ts/client.sock', ownerUid: 0 },
  sessionUuid: SESSION,
  output: '/home/alice/crash',
};

const steps = stepsOf(snapshotMachine);

const says = (message: ToConsumer) => said('registry-1', message);
const answers = (message: ToRegistry) => send('registry-1', message);
const welcomeOf = (major: number) =>
  says({ type: 'welcome', major, minor: 0, scope: 'global', pid: 2 });
const finish = says({ type: 'finish' });
const terminated = signalled('SIGTERM');

/** The events that lead to a state. */
const GREETING = [opened('registry-1', 0)] as const;
const ATTACHING = [...GREETING, welcomeOf(CONTROL_PROTOCOL_MAJOR)] as const;
const COLLECTING = [
  ...ATTACHING,
  says({
    type: 'session',
    name: 'web',
    uuid: SESSION,
    output: '/home/alice/trace',
    segments: [70],
  }),
] as const;
const COPYING = [...COLLECTING, says({ type: 'stream.add', stream: STREAM }), finish] as const;

/** The end of a snapshot without a trace. */
const endedBy = (code: number, reason: string) => ({
  value: 'ended',
  effects: [log('snapshot.failed', { reason }), exit(code)],
});
const notJoined = (reason: string) => endedBy(SNAPSHOT_EXIT.notAttached, reason);

it('connects to the registry first, and gives the whole joining ten seconds', () => {
  expect(steps(INPUT)).toEqual({
    value: { joining: 'connecting' },
    effects: [open('registry-1', INPUT.registry.clientPath, 'control.consumer')],
    delays: [10_000],
  });
});

it('greets a registry of the expected user', () => {
  expect(steps(INPUT, ...GREETING)).toEqual({
    value: { joining: 'greeting' },
    effects: [
      adopt('registry-1'),
      answers({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }),
    ],
  });
});

it('says nothing to a registry of another user', () => {
  expect(steps(INPUT, opened('registry-1', 1000))).toEqual(
    notJoined('the registry runs as another user, uid 1000'),
  );
});

it('asks for the session as a snapshot once it is welcome', () => {
  expect(steps(INPUT, ...ATTACHING)).toEqual({
    value: { joining: 'attaching' },
    effects: [answers({ type: 'attach', session: SESSION, snapshot: true })],
  });
});

it('creates its trace in the directory of the user, not in the output of the session', () => {
  expect(steps(INPUT, ...COLLECTING)).toEqual({
    value: { joining: 'collecting' },
    effects: [
      {
        type: 'snapshot.open',
        session: { name: 'web', uuid: INPUT.sessionUuid },
        output: INPUT.output,
      },
    ],
  });
});

it('says of which kernel its trace is (R1.24)', () => {
  const kernel = { release: '6.1', version: '#1 SMP' };
  const part = says({ type: 'session', name: 'web', uuid: SESSION, segments: [], kernel });
  expect(steps(INPUT, ...ATTACHING, part).effects).toMatchObject([
    { session: { name: 'web', uuid: INPUT.sessionUuid, kernel } },
  ]);
});

it('says how much it may copy', () => {
  const limited = { ...INPUT, bytesMax: 65_536 };
  expect(steps(limited, ...COLLECTING).effects).toContainEqual({
    type: 'snapshot.open',
    session: { name: 'web', uuid: INPUT.sessionUuid },
    output: INPUT.output,
    bytesMax: 65_536,
  });
});

it('attaches each stream when the registry names it', () => {
  expect(steps(INPUT, ...COLLECTING, says({ type: 'stream.add', stream: STREAM }))).toEqual({
    value: { joining: 'collecting' },
    effects: [{ type: 'snapshot.attach', stream: STREAM }],
  });
});

it('reports that it has attached all streams, then copies without a time limit', () => {
  expect(steps(INPUT, ...COPYING)).toEqual({
    value: 'copying',
    effects: [answers({ type: 'opened' }), { type: 'snapshot.write' }],
  });
});

it.each([
  [0, 0, 4096, 0],
  [1, 0, 4096, SNAPSHOT_EXIT.incomplete],
  [0, 3, 4096, SNAPSHOT_EXIT.short],
  [1, 3, 4096, SNAPSHOT_EXIT.shortAndIncomplete],
  [0, 3, 0, SNAPSHOT_EXIT.noRoom],
])(
  'ends when the copy is written: %i streams lost, %i packets left out',
  (lost, packets, bytes, code) => {
    const leftOut = { packets, events: 10 * packets };
    const written = { type: 'snapshot.written', streams: 2, lost, bytes, leftOut } as const;
    const fields = {
      output: INPUT.output,
      streams: 2,
      'streams-lost': lost,
      bytes,
      'packets-left-out': packets,
      'events-left-out': 10 * packets,
    };
    expect(steps(INPUT, ...COPYING, written)).toEqual({
      value: 'ended',
      effects: [log('snapshot.written', fields), exit(code)],
    });
  },
);

it('ends when the copy cannot be written', () => {
  const failed = { type: 'snapshot.failed', error: osError('ENOSPC', INPUT.output) } as const;
  expect(steps(INPUT, ...COPYING, failed)).toEqual(
    endedBy(SNAPSHOT_EXIT.notWritten, 'cannot write /home/alice/crash (ENOSPC)'),
  );
});

it('needs no registry while it copies', () => {
  const undisturbed = { value: 'copying', effects: [] };
  expect(steps(INPUT, ...COPYING, closed('registry-1'))).toEqual(undisturbed);
  expect(steps(INPUT, ...COPYING, finish)).toEqual(undisturbed);
});

it.each([
  [
    'cannot be reached',
    [openFailed('registry-1', 'EACCES')],
    'cannot connect to /the/socket (EACCES)',
  ],
  ['closes the connection', [...COLLECTING, closed('registry-1')], LOST],
  [
    'takes longer than ten seconds',
    [...COLLECTING, passed(10_000)],
    'the registry does not answer',
  ],
  [
    'has another version',
    [...GREETING, welcomeOf(CONTROL_PROTOCOL_MAJOR + 1)],
    'it speaks protocol version 4, and this program 3',
  ],
  ['skips the session', [...ATTACHING, finish], 'it sent an unexpected "finish" message'],
  [
    'flushes, which only a consumer does',
    [...COLLECTING, says({ type: 'flush', token: 1 })],
    'it sent an unexpected "flush" message',
  ],
  [
    'refuses the session',
    [...ATTACHING, says({ type: 'refused', code: 'NO_SESSION', reason: 'There is no session' })],
    'There is no session',
  ],
])('ends when the registry %s', (_, events, reason) => {
  expect(steps(INPUT, ...events)).toEqual(notJoined(reason));
});

it('ends with a status of its own when the session has too many snapshots', () => {
  const full = says({ type: 'refused', code: 'LIMIT', reason: 'There are 16 snapshots already' });
  expect(steps(INPUT, ...ATTACHING, full)).toEqual(
    endedBy(SNAPSHOT_EXIT.tooMany, 'There are 16 snapshots already'),
  );
});

it('ends at a signal while it joins', () => {
  expect(steps(INPUT, ...COLLECTING, terminated)).toEqual(
    endedBy(SNAPSHOT_EXIT.interrupted, 'interrupted'),
  );
});

it('removes its copy when a signal comes before the end', () => {
  const { value, effects } = endedBy(SNAPSHOT_EXIT.interrupted, 'interrupted');
  expect(steps(INPUT, ...COPYING, terminated)).toEqual({
    value,
    effects: [{ type: 'snapshot.abandon' }, ...effects],
  });
});

it('ignores late events', () => {
  const late = [closed('registry-1'), finish, terminated] as const;
  for (const event of late) {
    expect(steps(INPUT, ...COPYING, terminated, event)).toEqual({ value: 'ended', effects: [] });
  }
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(snapshotMachine)).toEqual([]);
});
