/**
 * A consumer as a pure step: it joins a session and follows its streams (R1.19, R1.20). What it does when its registry
 * is lost, and how its outputs change, is in files of their own, which are taken in here, so that the last test knows
 * of every step.
 */
import './alone.ts';
import './kernel.ts';
import './outputs.ts';
import { expect, it } from 'vitest';
import { consumerMachine } from '../../../../../actors/consumerd/consumer/machine.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../../../src/wire/control/messages.ts';
import { CONSUMERD_EXIT } from '../../../../../src/wire/exit-status.ts';
import { passed, untried } from '../../../../support/step.ts';
import {
  adopt,
  close,
  closed,
  exit,
  LOST,
  open,
  opened,
  openFailed,
  osError,
} from '../../../../support/step-events.ts';
import { STREAM } from '../stream.ts';

import {
  ALONE,
  adding,
  answers,
  attaching,
  CLOSING,
  CONSUMING,
  checked,
  ENDED,
  endLine,
  greeting,
  INPUT,
  LEAVING,
  notJoined,
  REJOINING,
  RELOOK_MS,
  refusal,
  SESSION,
  SHORT,
  says,
  sessionOf,
  steps,
  terminated,
  welcomeOf,
  YIELDING,
} from './words.ts';

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
  [undefined, '/home/alice/trace', {}],
  ['/srv/traces', '/srv/traces/web', { isApart: true }],
])(
  'opens the trace in the output of the session, or in the directory of its arguments (%s)',
  (into, output, apart) => {
    expect(steps({ ...INPUT, into }, ...CONSUMING)).toEqual({
      value: 'consuming',
      effects: [
        {
          type: 'recorder.open',
          session: { name: 'web', uuid: INPUT.sessionUuid },
          output,
          ...apart,
        },
      ],
    });
  },
);

it('reports that it can write when the trace is open', () => {
  expect(steps(INPUT, ...CONSUMING, { type: 'recorder.opened', atMs: 7 })).toEqual({
    value: 'consuming',
    effects: [answers({ type: 'opened', atMs: 7 })],
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

it('does not wait for a registry that speaks another version, or sends what it does not expect', () => {
  const otherVersion = [...greeting(), welcomeOf(CONTROL_PROTOCOL_MAJOR + 1)] as const;
  expect(steps(INPUT, ...otherVersion)).toEqual(
    notJoined('it speaks protocol version 4, and this program 3'),
  );
  const tooEarly = [...attaching(), says({ type: 'finish' })] as const;
  expect(steps(INPUT, ...tooEarly)).toEqual(notJoined('it sent an unexpected "finish" message'));
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
  const flushed = { type: 'recorder.flushed', token: 3, outcome: {} } as const;
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

it('reports what it could not write, with a flush, at its end, and whenever that changes', () => {
  const flushed = { type: 'recorder.flushed', token: 3, outcome: SHORT } as const;
  expect(steps(INPUT, ...CONSUMING, flushed).effects).toEqual([
    answers({ type: 'flushed', token: 3, ...SHORT }),
  ]);
  const changed = { type: 'recorder.changed', outcome: SHORT } as const;
  expect(steps(INPUT, ...CONSUMING, changed).effects).toEqual([
    answers({ type: 'outcome', ...SHORT }),
  ]);
  const ended = { type: 'recorder.closed', outcome: SHORT } as const;
  expect(steps(INPUT, ...CLOSING, ended).effects).toEqual([
    answers({ type: 'finished', ...SHORT }),
    close('registry-1'),
  ]);
});

it('reports it to the next registry, too', () => {
  const changed = { type: 'recorder.changed', outcome: SHORT } as const;
  const back = [...ALONE, changed, passed(RELOOK_MS), ...attaching(2), sessionOf(2)] as const;
  expect(steps(INPUT, ...back).effects).toEqual([
    { type: 'recorder.keepOnly', segments: [70] },
    answers({ type: 'outcome', ...SHORT }, 2),
    answers({ type: 'opened' }, 2),
  ]);
});

it('says that it has finished, and ends when the connection is closed', () => {
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
    { type: 'recorder.flushed', token: 3, outcome: {} },
  ] as const;
  for (const event of late) {
    expect(steps(INPUT, ...ENDED, event)).toEqual({ value: 'ended', effects: [] });
  }
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(consumerMachine)).toEqual([]);
});
