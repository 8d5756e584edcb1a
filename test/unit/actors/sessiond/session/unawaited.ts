/** Commands whose clients do not wait: they are answered when the session has begun, and never again. */
import { expect, it } from 'vitest';
import { APPLY_MS_MAX, DRAIN_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import { passed } from '../../../../support/step.ts';
import {
  applied,
  CONSUMED,
  CONSUMED_BY,
  command,
  destroy,
  flushed,
  INPUT,
  noConsumer,
  ONE_CONSUMED,
  ONE_RECORD,
  partOf,
  published,
  RECORDING,
  recorded,
  refusal,
  reply,
  STOPPED,
  steps,
  TOLD_VERSION,
  told,
  value,
} from './words.ts';

const NO_WAIT = { session: 'web', noWait: true } as const;
const stopUnawaited = command({ op: 'session.stop', ...NO_WAIT });
const destroyUnawaited = (id?: number) => command({ op: 'session.destroy', ...NO_WAIT }, id);
const rotateUnawaited = command({ op: 'session.rotate', ...NO_WAIT });
const STOPPING = [...RECORDING, stopUnawaited];
const DESTROYING = [...RECORDING, destroyUnawaited()];
const PART = TOLD_VERSION + 1;
const effectsOf = (...all: Parameters<typeof steps>) => steps(...all).effects;

it('stop is answered after its record', () => {
  expect(steps(INPUT, ...STOPPING)).toMatchObject({
    value: value({ stopping: 'applying' }),
    effects: [
      recorded('stopped', ONE_RECORD),
      published('stopping', ONE_CONSUMED),
      reply('stopping', ONE_CONSUMED),
      told(PART, partOf(false)),
    ],
  });
  expect(effectsOf(INPUT, ...STOPPING, applied(PART), flushed(1))).toEqual([
    recorded('stopped', ONE_RECORD),
    published('stopped', ONE_CONSUMED),
  ]);
});

it('stop that is not written in time is answered no second time', () => {
  const late = [...STOPPING, passed(APPLY_MS_MAX), passed(DRAIN_MS_MAX)];
  expect(steps(INPUT, ...late).value).toEqual(value('stopped'));
  expect(JSON.stringify(effectsOf(INPUT, ...late))).not.toContain('reply.');
});

it('destroy is answered after its record, and a further one at once', () => {
  expect(effectsOf(INPUT, ...DESTROYING)).toEqual([
    recorded('destroying', ONE_RECORD),
    published('destroying', ONE_CONSUMED),
    reply('destroying', ONE_CONSUMED),
    told(PART, undefined),
  ]);
  expect(effectsOf(INPUT, ...DESTROYING, destroyUnawaited(9))).toEqual([
    reply('destroying', ONE_CONSUMED, 9),
  ]);
  // One that waits is answered at the end.
  expect(effectsOf(INPUT, ...DESTROYING, destroy(9))).toEqual([]);
});

it('rotate is answered after its record, and not when the archive is there', () => {
  const [kept, , answer] = effectsOf(INPUT, ...CONSUMED, rotateUnawaited);
  expect(kept).toMatchObject({ type: 'journal.write' });
  expect(answer).toEqual(reply('inactive', CONSUMED_BY));
});

it('are refused as those that wait', () => {
  expect(effectsOf(INPUT, rotateUnawaited)).toEqual([noConsumer()]);
  expect(effectsOf(INPUT, ...STOPPED, stopUnawaited)).toEqual([
    refusal('ALREADY', 'Session "web" is already stopped'),
  ]);
});
