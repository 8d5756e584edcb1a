/** Rotations of a session's trace: by commands and by schedules, with consumers that die or cannot do it. */
import { describe, expect, it } from 'vitest';
import { OUTPUT_CHANGE_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import type { SessionInput } from '../../../../../actors/sessiond/messages.ts';
import { passed } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import {
  ACTIVE,
  attached,
  busy,
  CHANNELS,
  CONSUMED,
  CONSUMED_BY,
  clear,
  destroy,
  disableRotation,
  enableConsumer,
  enableRotation,
  FLIGHT_RECORDER,
  INPUT,
  lost,
  noConsumer,
  opened,
  published,
  recorded,
  refusal,
  regenerate,
  reply,
  rotate,
  setConsumer,
  steps,
  stopConsumer,
  toConsumer,
} from './words.ts';

const OUTPUT = INPUT.output ?? '';
const ARCHIVE = `${OUTPUT}/archives/B-E-0`;
const AT_MS = 1_764_500_000_000;
const begunAt = (number: number, begunAtMs?: number) => ({
  chunk: { number, ...(begunAtMs === undefined ? {} : { begunAtMs }) },
});
const done = (token = 1, more: object = { archive: ARCHIVE }) =>
  ({ type: 'consumer.changed', token, atMs: AT_MS, ...more }) as const;
const toldToRotate = (token: number, more: object = {}) =>
  toConsumer({ type: 'output.rotate', token, output: OUTPUT, ...begunAt(0), ...more });
const rotatedOnce = { rotation: { archives: 1, archive: ARCHIVE } };
const ROTATING = [...CONSUMED, rotate(1)] as const;
const ROTATED = [...ROTATING, done()] as const;
const effectsOf = (...all: Parameters<typeof steps>) => steps(...all).effects;
const outputOf = (...all: Parameters<typeof steps>): unknown =>
  (steps(...all).value as { output: unknown }).output;
const restoredWith = (rotation: object): SessionInput => {
  const { record } = recorded('stopped', { rotation });
  return { ...INPUT, restored: record as unknown as SessionInput['restored'] & object };
};

describe('rotate and clear', () => {
  it('have the consumer move the files, and answer with the archive', () => {
    const pending = { rotation: { ...begunAt(0), pending: 'archive' } };
    expect(steps(INPUT, ...ROTATING)).toMatchObject({
      value: { output: { changing: 'rotating' } },
      effects: [recorded('inactive', pending), toldToRotate(1)],
    });
    const present = { ...CONSUMED_BY, ...rotatedOnce };
    expect(steps(INPUT, ...ROTATED)).toMatchObject({
      value: { output: 'apart' },
      effects: [
        recorded('inactive', { rotation: { ...begunAt(1, AT_MS), archive: ARCHIVE } }),
        published('inactive', present),
        reply('inactive', present, 1),
      ],
    });
  });

  it('have it remove them, which makes no archive', () => {
    expect(effectsOf(INPUT, ...CONSUMED, clear())).toEqual([
      recorded('inactive', { rotation: { ...begunAt(0), pending: 'clear' } }),
      toldToRotate(1, { clear: true }),
    ]);
    expect(effectsOf(INPUT, ...CONSUMED, clear(), done(1, {}))).toContainEqual(
      reply('inactive', CONSUMED_BY),
    );
  });

  it('make no archive when nothing was recorded', () => {
    expect(effectsOf(INPUT, ...ROTATING, done(1, {}))).toContainEqual(
      reply('inactive', CONSUMED_BY, 1),
    );
  });

  it('need a consumer that can write, and files', () => {
    expect(effectsOf(INPUT, rotate())).toEqual([noConsumer()]);
    expect(effectsOf(INPUT, attached(), rotate())).toEqual([busy()]);
    const files =
      'does not write into files of this machine; "lttng rotate" and "lttng clear" are for files';
    const elsewhere = (why: string) => refusal('NOT_ALLOWED', `Session "web" ${why}`);
    expect(effectsOf(FLIGHT_RECORDER, rotate())).toEqual([
      elsewhere(
        'is a flight recorder: each of its snapshots is a trace of its own, and nothing is left to rotate',
      ),
    ]);
    const relay = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
    const remote = { ...INPUT, output: undefined, relay };
    expect(effectsOf(remote, rotate())).toEqual([elsewhere(files)]);
    expect(effectsOf(INPUT, setConsumer(relay, 1), rotate())).toEqual([elsewhere(files)]);
  });

  it('wait for one that is underway', () => {
    expect(effectsOf(INPUT, ...ROTATING, clear())).toEqual([busy()]);
    expect(effectsOf(INPUT, ...ROTATING, rotate())).toEqual([busy()]);
    expect(effectsOf(INPUT, ...ROTATING, enableConsumer())).toEqual([busy()]);
  });
});

describe('regenerate', () => {
  const told = (token: number) => toConsumer({ type: 'output.regenerate', token, output: OUTPUT });
  const pending = { rotation: { ...begunAt(0), pending: 'metadata' } };
  const REGENERATING = [...CONSUMED, regenerate(1)] as const;

  it('has the consumer write metadata anew, which changes no chunk', () => {
    expect(steps(INPUT, ...REGENERATING)).toMatchObject({
      value: { output: { changing: 'rotating' } },
      effects: [recorded('inactive', pending), told(1)],
    });
    expect(steps(INPUT, ...REGENERATING, done(1, {}))).toMatchObject({
      value: { output: 'apart' },
      effects: [
        recorded('inactive', { rotation: begunAt(0) }),
        published('inactive', CONSUMED_BY),
        reply('inactive', CONSUMED_BY, 1),
      ],
    });
    const archived = [...ROTATED, regenerate(2)] as const;
    expect(effectsOf(INPUT, ...archived, done(2, {}))).toContainEqual(
      reply('inactive', { ...CONSUMED_BY, ...rotatedOnce }, 2),
    );
  });

  it('says what the consumer cannot write', () => {
    const failed = { code: 'EAGAIN', reason: `${OUTPUT}/ust/pid/app/metadata` };
    const why = `The consumer cannot write the metadata anew: ${OUTPUT}/ust/pid/app/metadata (EAGAIN)`;
    const after = effectsOf(INPUT, ...REGENERATING, done(1, { failed }));
    expect(after).toContainEqual(refusal('NO_OUTPUT', why, 1));
    expect(after).toContainEqual(recorded('inactive', { rotation: begunAt(0) }));
  });

  it('needs a consumer, and files', () => {
    expect(effectsOf(INPUT, regenerate())).toEqual([noConsumer()]);
    expect(effectsOf(INPUT, attached(), regenerate())).toEqual([busy()]);
    expect(effectsOf(INPUT, ...ROTATING, regenerate())).toEqual([busy()]);
    expect(effectsOf(INPUT, ...REGENERATING, rotate())).toEqual([busy()]);
    const relay = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
    const remote = { ...INPUT, output: undefined, relay };
    const why =
      'Session "web" has no traces in files of this machine; at a relay, "lttng disable-consumer" and ' +
      '"lttng enable-consumer" begin new ones with the present time';
    expect(effectsOf(remote, regenerate())).toEqual([refusal('NOT_ALLOWED', why)]);
  });

  it('has nothing to do for a flight recorder', () => {
    expect(effectsOf(FLIGHT_RECORDER, regenerate())).toMatchObject([
      { event: { type: 'reply.value' } },
    ]);
  });

  it('is finished by the next consumer, also if the registry dies, too', () => {
    const left = [...REGENERATING, lost] as const;
    expect(effectsOf(INPUT, ...left)).toContainEqual(noConsumer(1));
    expect(effectsOf(INPUT, ...left, attached(), opened)).toContainEqual(told(2));
    expect(effectsOf(INPUT, ...left, destroy())).toEqual([noConsumer()]);
    const restored = restoredWith({ ...begunAt(3, AT_MS), pending: 'metadata' });
    const next = [attached(), opened] as const;
    expect(effectsOf(restored, ...next)).toContainEqual(told(1));
    expect(effectsOf(restored, ...next, regenerate())).toEqual([]);
    expect(effectsOf(restored, ...next, regenerate(), done(1, {})).at(-1)).toMatchObject({
      event: { type: 'reply.value' },
    });
  });

  it('makes no archive of the last chunk', () => {
    const ended = effectsOf(INPUT, ...REGENERATING, destroy());
    expect(ended).toContainEqual(toConsumer({ type: 'finish' }));
  });
});

describe('a consumer that cannot rotate', () => {
  it('says why the files stay, and writes on', () => {
    const failed = { code: 'EACCES', reason: '/home/alice/trace/archives' };
    const why = 'The consumer cannot move the files: /home/alice/trace/archives (EACCES)';
    const after = effectsOf(INPUT, ...ROTATING, done(1, { failed }));
    expect(after).toContainEqual(recorded('inactive', { rotation: begunAt(0) }));
    expect(after).toContainEqual(
      log('session.outputFailed', { session: 'web', code: 'NO_OUTPUT', reason: why }),
    );
    expect(after).toContainEqual(refusal('NO_OUTPUT', why, 1));
    expect(outputOf(INPUT, ...ROTATING, done(1, { failed }))).toBe('apart');
  });

  it('is given up when it is silent', () => {
    const late = [...ROTATING, passed(OUTPUT_CHANGE_MS_MAX)] as const;
    expect(effectsOf(INPUT, ...late)).toContainEqual(
      recorded('inactive', { rotation: begunAt(0) }),
    );
    expect(outputOf(INPUT, ...late)).toBe('apart');
    expect(effectsOf(INPUT, ...late, done())).toEqual([]);
  });
});

describe('a consumer that dies meanwhile', () => {
  it('leaves the rest to the next one, and the command is repeated', () => {
    const left = [...ROTATING, lost] as const;
    expect(effectsOf(INPUT, ...left)).toContainEqual(noConsumer(1));
    const next = [...left, attached(), opened] as const;
    expect(effectsOf(INPUT, ...next)).toContainEqual(toldToRotate(2));
    expect(effectsOf(INPUT, ...next, clear())).toEqual([busy()]);
    const again = [...next, rotate(2)] as const;
    expect(effectsOf(INPUT, ...again)).toEqual([]);
    expect(effectsOf(INPUT, ...again, done(2))).toContainEqual(
      reply('inactive', { ...CONSUMED_BY, ...rotatedOnce }, 2),
    );
  });

  it('leaves it also if its registry dies, too', () => {
    const restored = restoredWith({ ...begunAt(3, AT_MS), pending: 'clear' });
    expect(effectsOf(restored, attached(), opened)).toContainEqual(
      toldToRotate(1, { ...begunAt(3, AT_MS), clear: true }),
    );
  });

  it('is not told when it was told to finish', () => {
    const dismissed = [...ROTATING, lost, attached(), stopConsumer(), opened] as const;
    expect(effectsOf(INPUT, ...dismissed)).toEqual([]);
  });
});

it('notes when the first chunk began', () => {
  const begun = [attached(), { ...opened, atMs: AT_MS }, rotate()] as const;
  expect(effectsOf(INPUT, ...begun)).toContainEqual(toldToRotate(1, begunAt(0, AT_MS)));
});

describe('the end of a session', () => {
  it('archives the last chunk if the others are archives', () => {
    expect(effectsOf(INPUT, ...ROTATED, destroy())).toContainEqual(
      toConsumer({ type: 'finish', archive: { output: OUTPUT, ...begunAt(1, AT_MS) } }),
    );
    expect(effectsOf(INPUT, ...CONSUMED, destroy())).toContainEqual(toConsumer({ type: 'finish' }));
  });

  it('needs a consumer for that', () => {
    expect(effectsOf(INPUT, ...ROTATED, lost, destroy())).toEqual([noConsumer()]);
    expect(effectsOf(INPUT, ...CONSUMED, lost, destroy())).not.toContainEqual(noConsumer());
  });
});

describe('schedules', () => {
  const EVERY = { everyUs: 2_000_000 } as const;
  const AT = { atBytes: 65_536 } as const;
  const scheduled = (of: object) => ({ rotation: { archives: 0, ...of } });
  const ACTIVE_BY = { ...CONSUMED_BY, channels: CHANNELS };
  const kept = { rotation: { ...begunAt(0), pending: 'archive', ...EVERY }, channels: CHANNELS };

  it('rotate a session that records, by time', () => {
    const timed = [...ACTIVE, enableRotation(EVERY)] as const;
    expect(effectsOf(INPUT, ...timed)).toContainEqual(
      reply('active', { ...ACTIVE_BY, ...scheduled(EVERY) }),
    );
    const due = [...timed, passed(2000)] as const;
    expect(effectsOf(INPUT, ...due)).toEqual([recorded('active', kept), toldToRotate(1)]);
    const rotated = [...due, done()] as const;
    expect(outputOf(INPUT, ...rotated, passed(2000))).toEqual({ changing: 'rotating' });
    expect(effectsOf(INPUT, ...CONSUMED, enableRotation(EVERY), passed(2000))).toEqual([]);
    expect(steps(INPUT, ...timed, disableRotation('everyUs')).value).toMatchObject({
      rotating: 'never',
    });
  });

  it('rotate it by size, which its consumer learns', () => {
    const sized = [...ACTIVE, enableRotation(AT)] as const;
    expect(effectsOf(INPUT, ...sized)).toContainEqual(
      toConsumer({ type: 'output.limit', bytes: AT.atBytes }),
    );
    const full = { type: 'consumer.full' } as const;
    expect(effectsOf(INPUT, ...sized, full)).toContainEqual(toldToRotate(1));
    expect(effectsOf(INPUT, ...ACTIVE, full)).toEqual([]);
    expect(effectsOf(INPUT, ...sized, lost, attached())).toContainEqual(
      toConsumer({ type: 'output.limit', bytes: AT.atBytes }),
    );
    expect(effectsOf(INPUT, ...sized, disableRotation('atBytes'))).toContainEqual(
      toConsumer({ type: 'output.limit' }),
    );
  });

  it('wait for a consumer', () => {
    const timed = [...ACTIVE, enableRotation(EVERY), lost, passed(2000)] as const;
    expect(outputOf(INPUT, ...timed)).toBe('apart');
    expect(outputOf(INPUT, ...timed, attached(), opened)).toEqual({ changing: 'rotating' });
  });

  it('are one of each kind', () => {
    const both = [enableRotation(EVERY), enableRotation(AT, 9)] as const;
    expect(effectsOf(INPUT, ...both)).toContainEqual(
      reply('inactive', scheduled({ ...EVERY, ...AT }), 9),
    );
    const twice = 'Session "web" has a schedule of this kind; "lttng disable-rotation" comes first';
    expect(effectsOf(INPUT, enableRotation(EVERY), enableRotation({ everyUs: 5_000_000 }))).toEqual(
      [refusal('ALREADY', twice)],
    );
    expect(effectsOf(INPUT, enableRotation(EVERY), disableRotation('atBytes'))).toEqual([
      refusal('ALREADY', 'Session "web" has no schedule of this kind'),
    ]);
    expect(effectsOf(FLIGHT_RECORDER, enableRotation(EVERY))).toMatchObject([
      { event: { code: 'NOT_ALLOWED' } },
    ]);
  });
});
