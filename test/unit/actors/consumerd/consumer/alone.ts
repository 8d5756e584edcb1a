/** A consumer without its registry, and with the next one (R1.19). */

import { expect, it } from 'vitest';
import { CONTROL_PROTOCOL_MAJOR } from '../../../../../src/wire/control/messages.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { passed } from '../../../../support/step.ts';
import {
  close,
  closed,
  LOST,
  log,
  open,
  opened,
  openFailed,
} from '../../../../support/step-events.ts';
import { STREAM } from '../stream.ts';
import {
  ALONE,
  adding,
  answers,
  attaching,
  CONSUMING,
  checked,
  endLine,
  greeting,
  INPUT,
  LEAVING,
  LOOKS_MAX,
  REJOINING,
  RELOOK_MS,
  refusal,
  SESSION,
  says,
  sessionOf,
  steps,
  terminated,
  traceClosed,
  welcomeOf,
  YIELDING,
} from './words.ts';

it('keeps writing without its registry, and asks whether its applications live', () => {
  expect(steps(INPUT, ...CONSUMING, adding, closed('registry-1'))).toEqual({
    value: 'alone',
    effects: [
      log('consumer.registryLost', { reason: LOST }),
      { type: 'recorder.noteAlone' },
      close('registry-1'),
      { type: 'process.check', pid: 40, startedAt: 9 },
    ],
    delays: [RELOOK_MS],
  });
});

it('asks once for a process with several streams', () => {
  const another = says({ type: 'stream.add', stream: { ...STREAM, streamId: 8, tid: 42 } });
  const { effects } = steps(INPUT, ...CONSUMING, adding, another, closed('registry-1'));
  expect(effects.filter(({ type }) => type === 'process.check')).toHaveLength(1);
});

it('asks no more for a process whose streams are released', () => {
  const released = { type: 'recorder.streamReleased', streamId: 7 } as const;
  const { effects } = steps(INPUT, ...CONSUMING, adding, released, closed('registry-1'));
  expect(effects.filter(({ type }) => type === 'process.check')).toEqual([]);
});

it('asks no more for a process whose stream the next registry does not know', () => {
  const { pid, startedAt, dataSegment } = STREAM;
  const known = {
    ...STREAM,
    streamId: 8,
    pid: pid + 1,
    dataSegment: segmentRef(dataSegment.id + 2),
  };
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
    says({ ...session, segments: [known.dataSegment.id] }, 2),
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

it('keeps of its streams what the next registry knows, and writes the same trace', () => {
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

it('lets go of its files for a consumer that has taken its place', () => {
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

/** One more look that finds no registry. */
const look = (attempt: number, isAlive: boolean) => [
  passed(RELOOK_MS),
  openFailed(`registry-${attempt}`, 'ENOENT'),
  checked(isAlive),
];
/** Alone for this many looks. */
const aloneFor = (looks: number, isAlive: boolean) => [
  ...CONSUMING,
  adding,
  closed('registry-1'),
  checked(isAlive),
  ...Array.from({ length: looks - 1 }, (_, index) => look(index + 2, isAlive)).flat(),
];

it('looks once more as long as it has not looked too often', () => {
  expect(steps(INPUT, ...aloneFor(LOOKS_MAX - 1, false), passed(RELOOK_MS)).value).toEqual({
    joining: 'connecting',
  });
});

it('ends when it has looked too often and no application is left', () => {
  expect(steps(INPUT, ...aloneFor(LOOKS_MAX, false), passed(RELOOK_MS))).toEqual({
    value: 'closing',
    effects: [
      endLine('there is no registry, and no application is left'),
      { type: 'recorder.close' },
    ],
  });
});

it('looks for ever as long as an application lives', () => {
  expect(steps(INPUT, ...aloneFor(LOOKS_MAX + 1, true), passed(RELOOK_MS)).value).toEqual({
    joining: 'connecting',
  });
});

it('writes what is left when a signal comes while it has no registry', () => {
  const closing = { value: 'closing', effects: [{ type: 'recorder.close' }] };
  expect(steps(INPUT, ...ALONE, terminated)).toEqual(closing);
  expect(steps(INPUT, ...REJOINING, terminated)).toEqual(closing);
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
