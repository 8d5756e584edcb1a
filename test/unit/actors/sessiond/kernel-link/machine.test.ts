/** The kernel link of a kernel part as a pure step: its instances, and its end (R1.24). */
import './passing.ts';
import { describe, expect, it } from 'vitest';
import { kernelLinkMachine } from '../../../../../actors/sessiond/kernel-link/machine.ts';
import {
  EVENTS_SET_MAX,
  INSTANCES_RELEASE_MS_MAX,
  KERNEL_RETRY_MS,
} from '../../../../../actors/sessiond/limits.ts';
import type { EventEnable } from '../../../../../actors/sessiond/messages.ts';
import { passed, untried } from '../../../../support/step.ts';
import { log, tell } from '../../../../support/step-events.ts';
import {
  applied,
  at,
  check,
  closePassage,
  describe_,
  described,
  describedOn,
  ENABLE,
  error,
  eventsSet,
  gone,
  here,
  INPUT,
  NAME,
  opened,
  over,
  PREPARING,
  pagesPassed,
  prepare,
  prepared,
  RECORDING,
  REPLY_TO,
  reached,
  ready,
  record,
  recordingSet,
  release,
  removed,
  SETTLED,
  SWITCH,
  say,
  steps,
  TAKING,
  TRIAL,
  taken,
  UUID,
  unusable,
  wanted,
} from './words.ts';

describe('what the kernel records', () => {
  it('begins by asking which CPUs there are', () => {
    expect(steps(INPUT)).toEqual(at('opening', 'idle', [describe_]));
    expect(steps(INPUT, described)).toEqual(at('settled', 'idle', [ready([0, 1])]));
  });

  it('asks again before it starts, and tells of CPUs that have come', () => {
    expect(steps(INPUT, described, wanted(1))).toEqual(at('renewing', 'idle', [describe_]));
    expect(steps(INPUT, ...PREPARING)).toEqual(at('preparing', 'idle', [prepare(true)]));
    expect(steps(INPUT, described, wanted(1), describedOn([0, 1, 2])).effects).toEqual([
      ready([0, 1, 2]),
      prepare(true),
    ]);
    expect(steps(INPUT, described, wanted(1), describedOn([0])).effects).toEqual([
      ready([0]),
      prepare(true),
    ]);
  });

  it('starts all events at once, after all of them are enabled', () => {
    expect(steps(INPUT, ...PREPARING, prepared())).toEqual(
      at('changing', 'idle', [{ type: 'kernel.setEvents', changes: [SWITCH] }]),
    );
    expect(steps(INPUT, ...RECORDING)).toEqual(at('recording', 'idle', [record(true)]));
    expect(steps(INPUT, ...SETTLED)).toEqual(at('settled', 'idle', [applied(1)]));
    expect(steps(INPUT, ...PREPARING, prepared([])).effects).toEqual([record(true)]);
  });

  it('stops at once, and disables the events afterwards', () => {
    expect(steps(INPUT, ...SETTLED, wanted(2, false))).toEqual(
      at('halting', 'idle', [record(false)]),
    );
    const halted = [...SETTLED, wanted(2, false), recordingSet] as const;
    expect(steps(INPUT, ...halted)).toEqual(at('renewing', 'idle', [applied(2), describe_]));
    expect(steps(INPUT, ...halted, described).effects).toEqual([prepare(false)]);
    const off = { ...SWITCH, isOn: false } as unknown as typeof SWITCH;
    expect(steps(INPUT, ...halted, described, prepared([off])).effects).toEqual([
      { type: 'kernel.setEvents', changes: [off] },
    ]);
    expect(steps(INPUT, ...halted, described, prepared([off]), eventsSet)).toEqual(
      at('settled', 'idle', []),
    );
  });

  it(`changes at most ${EVENTS_SET_MAX} events before anything else is done`, () => {
    const many = Array.from({ length: EVENTS_SET_MAX + 1 }, (_, index) => ({
      ...SWITCH,
      event: `sched:${index}` as typeof SWITCH.event,
    }));
    const first = steps(INPUT, ...PREPARING, prepared(many));
    expect(first.effects).toEqual([
      { type: 'kernel.setEvents', changes: many.slice(0, EVENTS_SET_MAX) },
    ]);
    const second = [...PREPARING, prepared(many), eventsSet] as const;
    expect(steps(INPUT, ...second)).toEqual(
      at('changing', 'idle', [{ type: 'kernel.setEvents', changes: many.slice(-1) }]),
    );
    expect(steps(INPUT, ...PREPARING, prepared(many.slice(1)), eventsSet).effects).toEqual([
      record(true),
    ]);
    // What the session wants by now replaces the rest.
    expect(steps(INPUT, ...PREPARING, prepared(many), wanted(2, false), eventsSet)).toEqual(
      at('halting', 'idle', [record(false)]),
    );
  });

  it('logs events that could not be enabled, unless their filter does not fit', () => {
    const unfit = { name: NAME, event: 'sched:a', error: error('EINVAL') };
    const failed = { name: NAME, event: 'sched:b', error: error('ENOENT') };
    const set = (...all: object[]) => ({ type: 'kernel.eventsSet', failed: all }) as never;
    expect(steps(INPUT, ...PREPARING, prepared(), set(unfit)).effects).toEqual([record(true)]);
    expect(steps(INPUT, ...PREPARING, prepared(), set(unfit, failed)).effects).toEqual([
      log('kernel.eventsFailed', {
        instance: NAME,
        event: 'sched:b',
        code: 'ENOENT',
        events: 2,
      }),
      record(true),
    ]);
  });

  it('says why an instance could not be made, or does not record', () => {
    const failed = [{ name: NAME, error: error('ENOMEM') }];
    const line = (code: string) =>
      log('kernel.instanceFailed', { instance: NAME, code, call: 'some.call' });
    const unmade = { type: 'kernel.prepared', formats: [], changes: [], failed } as const;
    expect(steps(INPUT, ...PREPARING, unmade).effects).toEqual([
      line('ENOMEM'),
      { type: 'kernel.setRecording', names: [], isOn: true },
    ]);
    expect(steps(INPUT, ...PREPARING, unmade, recordingSet).effects).toEqual([
      applied(1, { refused: 'ENOMEM' }),
    ]);
    const vanished = [{ name: NAME, error: error('ENOENT') }];
    const unset = { type: 'kernel.recordingSet', failed: vanished } as const;
    expect(steps(INPUT, ...RECORDING, unset).effects).toEqual([
      line('ENOENT'),
      applied(1, { refused: 'ENOENT' }),
    ]);
  });

  it('tries again when the kernel could not be asked, and logs that once', () => {
    const line = log('kernel.unusable', { uuid: UUID, code: 'ENOENT', call: 'some.call' });
    expect(steps(INPUT, unusable)).toEqual(at('settled', 'idle', [line]));
    const refused = applied(1, { refused: 'ENOENT' });
    expect(steps(INPUT, unusable, wanted(1), unusable)).toEqual(
      at('unable', 'idle', [refused], KERNEL_RETRY_MS),
    );
    expect(steps(INPUT, unusable, wanted(1), unusable, passed(KERNEL_RETRY_MS))).toEqual(
      at('settled', 'idle', []),
    );
    const withConsumer = [unusable, here, wanted(1), unusable, passed(KERNEL_RETRY_MS)] as const;
    expect(steps(INPUT, ...withConsumer)).toEqual(at('renewing', 'idle', [describe_]));
    expect(steps(INPUT, unusable, wanted(1), unusable, wanted(2))).toEqual(
      at('renewing', 'idle', [describe_]),
    );
    const usable = [unusable, wanted(1), described] as const;
    expect(steps(INPUT, ...usable).effects).toEqual([ready([0, 1]), prepare(true)]);
    const later = [...usable, prepared([]), recordingSet, wanted(2), unusable] as const;
    expect(steps(INPUT, ...later).effects).toContainEqual(line);
  });

  it('has the kernel check rules, and answers in the order of the questions', () => {
    const rules = ENABLE.patterns.map((pattern) => ({ pattern, enabled: true }));
    const asked = { type: 'kernel.checkRules', key: 'client-0 8', name: TRIAL, rules };
    expect(steps(INPUT, described, check)).toEqual(at('settled', 'idle', [asked]));
    const operation: EventEnable = {
      ...ENABLE,
      patterns: ['open'],
      kind: 'syscall',
      filter: 'ret < 0',
    };
    const other = { ...check, operation };
    expect(steps(INPUT, described, other).effects).toEqual([
      {
        ...asked,
        rules: [{ pattern: 'open', enabled: true, kind: 'syscall', filter: 'ret < 0' }],
      },
    ]);
    const checked = { type: 'kernel.rulesChecked', key: 'client-0 8' } as const;
    expect(steps(INPUT, described, check, other, checked).effects).toEqual([
      say({ type: 'kernel.checked', operation: ENABLE, replyTo: REPLY_TO }),
    ]);
    expect(
      steps(INPUT, described, check, other, checked, { ...checked, fault: 'no' }).effects,
    ).toEqual([say({ type: 'kernel.checked', operation, replyTo: REPLY_TO, fault: 'no' })]);
  });
});

describe('the end', () => {
  const removal = { type: 'kernel.remove', names: [NAME, TRIAL] };
  const ended = tell('registry', { type: 'kernel.linkEnded', link: INPUT.link });
  const released = say({ type: 'kernel.released' });
  const RELEASING = [...SETTLED, release] as const;

  it('removes the instances, and says when that is done', () => {
    expect(steps(INPUT, ...RELEASING)).toEqual({
      value: 'releasing',
      effects: [removal],
      delays: [INSTANCES_RELEASE_MS_MAX],
    });
    expect(steps(INPUT, ...RELEASING, removed)).toEqual({
      value: 'over',
      effects: [released, closePassage, ended],
    });
    expect(steps(INPUT, described, release).effects).toEqual([
      { type: 'kernel.remove', names: [TRIAL] },
    ]);
  });

  it('does not keep its session waiting for instances that are still read', () => {
    const slow = [...RELEASING, passed(INSTANCES_RELEASE_MS_MAX)] as const;
    expect(steps(INPUT, ...slow)).toEqual({ value: 'releasing', effects: [released] });
    expect(steps(INPUT, ...slow, over)).toEqual({ value: 'releasing', effects: [] });
    expect(steps(INPUT, ...slow, over, removed)).toEqual({
      value: 'over',
      effects: [closePassage, ended],
    });
  });

  it('leaves the instances to the next registry when its session is kept', () => {
    expect(steps(INPUT, ...SETTLED, over)).toEqual({
      value: 'over',
      effects: [closePassage, ended],
    });
    expect(steps(INPUT, ...TAKING, over).effects).toEqual([closePassage, closePassage, ended]);
  });

  it('takes no notice of late events', () => {
    const late = [
      wanted(3),
      described,
      unusable,
      prepared(),
      eventsSet,
      recordingSet,
      opened,
      { type: 'kernel.passageFailed', error: error('EMFILE') },
      pagesPassed,
      { type: 'kernel.passFailed', error: error('EPIPE') },
      reached(),
      taken(),
      here,
      gone,
      { type: 'consumer.write', message: { type: 'finish' } },
    ] as const;
    for (const event of late) {
      expect(steps(INPUT, ...RELEASING, event)).toEqual({ value: 'releasing', effects: [] });
    }
  });
});

it('has been in each state and gone each way of its chart', () => {
  expect(untried(kernelLinkMachine)).toEqual([]);
});
