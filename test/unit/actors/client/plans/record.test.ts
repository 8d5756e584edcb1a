/** What a `record` leaves behind, by the results of its plan. */
import { describe, expect, it } from 'vitest';
import type { ClientErrorCode, StepResult } from '../../../../../actors/client/plans/plan.ts';
import { isLeftBehind, recordPlan } from '../../../../../actors/client/plans/record.ts';
import { defaultsOf } from '../../../../support/kernel/sessions.ts';

const PLAN = recordPlan({
  name: 'web',
  output: '/home/alice/web',
  channel: undefined,
  patterns: ['*'],
  selection: { logLevelMax: 14 },
  command: { program: 'node', args: [], environmentIn: () => ({}) },
});
const CRASH_PLAN = recordPlan({
  name: 'web',
  output: '/home/alice/web',
  channel: undefined,
  patterns: ['*'],
  selection: { logLevelMax: 14 },
  onCrash: '/home/alice/crash',
  command: { program: 'node', args: [], environmentIn: () => ({}) },
});

const reply: StepResult = { kind: 'reply', value: {} };
const created: StepResult = {
  kind: 'reply',
  value: {
    session: {
      name: 'web',
      uuid: 'u-1',
      uid: 1001,
      state: 'inactive',
      output: '/home/alice/web',
      channels: [],
      streams: 0,
      streamsMade: 0,
      writers: 0,
    },
  },
};
const ended: StepResult = { kind: 'exit', exit: { code: 1 } };
const failed = (code: ClientErrorCode): StepResult => ({ kind: 'failure', code, reason: 'Why' });

it('is nothing when the session was destroyed, or never created', () => {
  expect(isLeftBehind(PLAN, [])).toBe(false);
  expect(isLeftBehind(PLAN, [failed('SESSION_EXISTS')])).toBe(false);
  expect(isLeftBehind(PLAN, [created, reply, reply, ended, reply])).toBe(false);
  expect(isLeftBehind(PLAN, [created, reply, reply, ended, { kind: 'gone' }])).toBe(false);
  expect(isLeftBehind(PLAN, [created, reply, reply, ended, failed('NO_SESSION')])).toBe(false);
  expect(isLeftBehind(PLAN, [created, failed('INTERRUPTED'), reply])).toBe(false);
});

it('is the session when it was not destroyed, or may have been created', () => {
  expect(isLeftBehind(PLAN, [failed('INTERRUPTED')])).toBe(true);
  expect(isLeftBehind(PLAN, [failed('NO_ANSWER')])).toBe(true);
  expect(isLeftBehind(PLAN, [failed('REGISTRY_LOST')])).toBe(true);
  expect(isLeftBehind(PLAN, [created, reply, reply, ended, failed('INTERRUPTED')])).toBe(true);
  expect(isLeftBehind(PLAN, [created, failed('NOT_ALLOWED'), failed('NO_CONSUMER')])).toBe(true);
  expect(isLeftBehind(CRASH_PLAN, [created, reply, reply, ended, failed('SNAPSHOT_FAILED')])).toBe(
    true,
  );
});

describe('a recording of the kernel', () => {
  const part: StepResult = {
    kind: 'reply',
    value: { session: { ...defaultsOf({ uuid: 'u-2' }), domain: 'kernel' } },
  };
  const { selection } = { selection: { logLevelMax: 14 } };
  const plan = recordPlan({
    name: 'web',
    output: '/home/alice/web',
    channel: {
      name: 'default',
      shape: { subbufferBytes: 65_536, subbufferCount: 4, overwrite: false },
      switchTimerUs: 0,
      readTimerUs: 0,
      bufferScheme: 'uid',
    },
    patterns: ['*'],
    selection,
    kernel: { tracepoint: ['sched:*'], syscall: ['*'], selection },
    command: { program: 'node', args: [], environmentIn: () => ({}) },
  });

  /** `op@session` of each step after the creation; the plan gets these results in order. */
  function stepsFor(results: readonly StepResult[]): readonly string[] {
    const asked: string[] = [];
    for (let count = 1; count <= results.length; count++) {
      const step = plan(results.slice(0, count));
      if (step?.kind === 'request') {
        const { operation } = step;
        asked.push(`${operation.op}@${'session' in operation ? operation.session : ''}`);
      } else asked.push(step?.kind ?? 'end');
    }
    return asked;
  }
  const setUp = [
    'channel.add@u-1',
    'event.enable@u-1',
    'kernel.open@u-1',
    'channel.add@u-2',
    'event.enable@u-2',
    'event.enable@u-2',
    'session.start@u-1',
    'session.start@u-2',
  ];
  const opened = [created, reply, reply, part];
  const running = [...opened, reply, reply, reply, reply, reply];
  const destroys = ['session.destroy@u-2', 'session.destroy@u-1'];

  it('is a part of the session, which is gone before the session', () => {
    const all = [...running, ended, reply, reply];
    expect(stepsFor(all)).toEqual([...setUp, 'run', ...destroys, 'end']);
    expect(isLeftBehind(plan, all)).toBe(false);
    expect(isLeftBehind(plan, all.slice(0, -1))).toBe(true);
    const step = plan(running.slice(0, 4));
    expect(step).toMatchObject({ operation: { channel: { name: 'default' } } });
    expect(JSON.stringify(step)).not.toContain('bufferScheme');
    expect(plan(running.slice(0, 6))).toMatchObject({
      operation: { patterns: ['*'], kind: 'syscall', target: { kind: 'all' } },
    });
  });

  it('is gone when a step fails, before and after its part is made', () => {
    expect(stepsFor([created, reply, reply, failed('NO_KERNEL_TRACER'), reply])).toEqual([
      ...setUp.slice(0, 3),
      'session.destroy@u-1',
      'end',
    ]);
    const late = [...opened, reply, failed('INVALID_RULE'), reply, reply];
    expect(stepsFor(late)).toEqual([...setUp.slice(0, 5), ...destroys, 'end']);
    expect(isLeftBehind(plan, late)).toBe(false);
  });

  it('stays when its part stays, and ends in spite of an interruption', () => {
    const kept = [...running, ended, failed('NOT_WRITTEN')];
    expect(plan(kept)).toBeUndefined();
    expect(isLeftBehind(plan, kept)).toBe(true);
    const interrupted = [...running, ended, reply, failed('INTERRUPTED'), reply];
    expect(stepsFor(interrupted)).toEqual([...setUp, 'run', ...destroys, destroys[1], 'end']);
    expect(isLeftBehind(plan, interrupted)).toBe(false);
    const gone = [...running, ended, failed('NO_SESSION'), reply];
    expect(stepsFor(gone).slice(-3)).toEqual([...destroys, 'end']);
  });
});
