/** What a kernel link sends to the consumer: formats, and pages (R1.24). */
import { expect, it } from 'vitest';
import {
  PAGES_RETRY_MS,
  PAGES_TAKE_MS_MAX,
  PASSAGE_REACH_MS_MAX,
} from '../../../../../actors/sessiond/limits.ts';
import { PASSED_PAGES_MAX } from '../../../../../src/port/kernel-tracer.ts';
import { passed } from '../../../../support/step.ts';
import { log } from '../../../../support/step-events.ts';
import {
  at,
  CHANNEL,
  CONSUMER,
  closePassage,
  describe_,
  described,
  error,
  eventsSet,
  FORMAT,
  failedLine,
  going,
  gone,
  here,
  INPUT,
  INVITING,
  LAYOUT,
  NAME,
  OPENING,
  opened,
  openPassage,
  PASSING,
  pagesPassed,
  path,
  prepare,
  prepared,
  reached,
  record,
  recordingSet,
  SETTLED,
  SWITCH,
  steps,
  TAKEN,
  TAKING,
  taken,
  toConsumer,
  wanted,
} from './words.ts';

const layout = toConsumer({ type: 'kernel.layout', text: LAYOUT });
const formats = toConsumer({ type: 'kernel.formats', formats: [FORMAT] });

it('the consumer learns of layout and formats before events are enabled, and then gets the pages', () => {
  expect(steps(INPUT, ...OPENING)).toEqual(
    at('changing', going('opening'), [
      layout,
      formats,
      { type: 'kernel.setEvents', changes: [SWITCH] },
      openPassage(1),
    ]),
  );
  expect(steps(INPUT, ...INVITING)).toEqual(
    at(
      'changing',
      going('inviting'),
      [toConsumer({ type: 'kernel.passage', token: 1, passage: path(1) })],
      PASSAGE_REACH_MS_MAX,
    ),
  );
  const buffers = [0, 1].map((cpu) => ({ name: NAME, cpu }));
  expect(steps(INPUT, ...PASSING)).toEqual(
    at('changing', going('passing'), [{ type: 'kernel.pass', to: CONSUMER, buffers }]),
  );
  expect(steps(INPUT, ...TAKING)).toEqual(
    at(
      'changing',
      going('taking'),
      [toConsumer({ type: 'kernel.passed', token: 1, streams: [4, 5] })],
      PAGES_TAKE_MS_MAX,
    ),
  );
  expect(steps(INPUT, ...TAKEN)).toEqual(at('changing', 'idle', [closePassage]));
});

it('the consumer learns nothing twice, and a consumer in its place learns all of it', () => {
  const again = [...TAKEN, eventsSet, recordingSet, wanted(2), described] as const;
  expect(steps(INPUT, ...again).effects).toEqual([prepare(true, ['sched:sched_switch'])]);
  expect(steps(INPUT, ...again, prepared([], [])).effects).toEqual([record(true)]);
  const next = [...TAKEN, eventsSet, recordingSet, gone, here] as const;
  expect(steps(INPUT, ...next)).toEqual(at('renewing', 'idle', [describe_]));
  expect(steps(INPUT, ...next, described).effects).toEqual([prepare(true)]);
  expect(steps(INPUT, ...next, described, prepared([])).effects).toEqual([
    layout,
    formats,
    record(true),
    openPassage(2),
  ]);
});

it(`the consumer gets at most ${PASSED_PAGES_MAX} pages at once, then the others`, () => {
  const streams = Array.from({ length: PASSED_PAGES_MAX + 1 }, (_, cpu) => ({
    streamId: cpu + 100,
    cpu,
  }));
  const all = wanted(1, true, [{ ...CHANNEL, streams }]);
  const begun = [described, here, all, described, prepared(), opened, reached()] as const;
  const [pass] = steps(INPUT, ...begun).effects;
  expect(pass).toMatchObject({ buffers: { length: PASSED_PAGES_MAX } });
  const rest = [...begun, pagesPassed, taken(), opened, reached(2)] as const;
  expect(steps(INPUT, ...rest).effects).toMatchObject([{ buffers: [{ cpu: PASSED_PAGES_MAX }] }]);
});

it('the consumer gets no pages of a CPU that has no buffer, and those of the others', () => {
  const lacking = (...cpus: number[]) => {
    const missing = cpus.map((cpu) => ({ name: NAME, cpu, error: error('ENOENT') }));
    return { type: 'kernel.pagesPassed', missing } as const;
  };
  const line = (cpu: number, buffers: number) =>
    log('kernel.buffersMissing', { instance: NAME, cpu, code: 'ENOENT', buffers });
  expect(steps(INPUT, ...PASSING, lacking(1)).effects).toEqual([
    line(1, 1),
    toConsumer({ type: 'kernel.passed', token: 1, streams: [4] }),
  ]);
  expect(steps(INPUT, ...PASSING, lacking(0, 1))).toEqual(
    at('changing', 'idle', [line(0, 2), closePassage]),
  );
});

it('the consumer is offered the pages again when it does not take them, and that is logged once', () => {
  const why = 'it did not come for them in time';
  const resting = (reason?: string) =>
    at(
      'changing',
      'resting',
      reason === undefined ? [closePassage] : [closePassage, failedLine(reason)],
      PAGES_RETRY_MS,
    );
  expect(steps(INPUT, ...INVITING, passed(PASSAGE_REACH_MS_MAX))).toEqual(resting(why));
  expect(steps(INPUT, ...TAKING, passed(PAGES_TAKE_MS_MAX))).toEqual(resting(why));
  const passageFailed = { type: 'kernel.passageFailed', error: error('EMFILE') } as const;
  expect(steps(INPUT, ...OPENING, passageFailed)).toEqual(resting('EMFILE'));
  const passFailed = { type: 'kernel.passFailed', error: error('EPIPE') } as const;
  expect(steps(INPUT, ...PASSING, passFailed)).toEqual(resting('EPIPE'));
  const failed = { code: 'EIO', reason: 'no pages' };
  expect(steps(INPUT, ...TAKING, { ...taken(), failed })).toEqual(resting('no pages'));
  expect(steps(INPUT, ...INVITING, { ...taken(), failed })).toEqual(resting('no pages'));
  const again = [...PASSING, passFailed, passed(PAGES_RETRY_MS)] as const;
  expect(steps(INPUT, ...again)).toEqual(at('changing', going('opening'), [openPassage(2)]));
  const twice = [...again, opened, reached(2), passFailed] as const;
  expect(steps(INPUT, ...twice)).toEqual(resting());
  const later = [...again, opened, reached(2), pagesPassed, taken(2), here, eventsSet] as const;
  expect(steps(INPUT, ...later).value).toEqual({
    serving: { tracing: 'recording', passing: 'idle', forwarding: {} },
  });
});

it('the consumer ignores answers about other attempts', () => {
  expect(steps(INPUT, ...INVITING, reached(0))).toEqual(at('changing', going('inviting'), []));
  expect(steps(INPUT, ...TAKING, taken(0))).toEqual(at('changing', going('taking'), []));
  const failed = { ...taken(0), failed: { code: 'EIO', reason: 'no pages' } };
  expect(steps(INPUT, ...TAKING, failed)).toEqual(at('changing', going('taking'), []));
  for (const late of [opened, pagesPassed, reached(), taken()]) {
    expect(steps(INPUT, ...SETTLED, late)).toEqual(at('settled', 'idle', []));
  }
});

it('the consumer is forgotten when it has left, at any moment', () => {
  for (const events of [OPENING, INVITING, PASSING, TAKING]) {
    expect(steps(INPUT, ...events, gone)).toEqual(at('changing', 'idle', [closePassage]));
  }
  expect(steps(INPUT, ...SETTLED, gone)).toEqual(at('settled', 'idle', []));
});

const write = { type: 'consumer.write', message: { type: 'flush', token: 4 } } as const;
const finish = { type: 'consumer.write', message: { type: 'finish' } } as const;
const forwarded = toConsumer({ type: 'flush', token: 4 });

it('the consumer writes everything when it has the pages of all streams', () => {
  const RUNNING = [...TAKEN, eventsSet, recordingSet] as const;
  expect(steps(INPUT, ...RUNNING, write).effects).toEqual([forwarded]);
  for (const events of [OPENING, INVITING, PASSING, TAKING]) {
    expect(steps(INPUT, ...events, write).effects).toEqual([]);
  }
  expect(steps(INPUT, ...TAKING, write, finish, taken()).effects).toEqual([
    closePassage,
    forwarded,
    toConsumer({ type: 'finish' }),
  ]);
  // Not while it lacks those of instances that are to be made, nor after pages could not be passed.
  expect(steps(INPUT, ...RUNNING, wanted(2), write).effects).toEqual([]);
  expect(steps(INPUT, ...RUNNING, wanted(2), write, described, prepared([], [])).effects).toEqual([
    forwarded,
    record(true),
  ]);
  const passFailed = { type: 'kernel.passFailed', error: error('EPIPE') } as const;
  expect(steps(INPUT, ...PASSING, passFailed, write).effects).toEqual([]);
});

it('the consumer of a session without streams writes at once', () => {
  expect(steps(INPUT, described, here, write).effects).toEqual([forwarded]);
  const empty = [described, here, wanted(1, true, [])] as const;
  expect(steps(INPUT, ...empty, write).effects).toEqual([forwarded]);
});

it('the next consumer does not write what the one before it should have', () => {
  expect(
    steps(INPUT, ...TAKING, write, gone, here, described, prepared([])).effects,
  ).not.toContainEqual(forwarded);
  expect(steps(INPUT, described, write, here, wanted(1, true, [])).effects).not.toContainEqual(
    forwarded,
  );
});
