/** The kernel part of a session that is saved and loaded again (R1.24). */
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../../../actors/client/plans/load-saved.ts';
import type { Plan, StepResult } from '../../../../actors/client/plans/plan.ts';
import {
  parseSaved,
  type SavedSession,
  savedSessionOf,
} from '../../../../src/kept/saved-session.ts';
import type { Operation, SessionInfo } from '../../../../src/wire/control/messages.ts';

const TRACES = '/home/alice/lttng-traces';
const INFO: SessionInfo = {
  name: 'web',
  uuid: '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11',
  uid: 1001,
  state: 'inactive',
  channels: [],
  streams: 0,
  streamsMade: 0,
  writers: 0,
};
const EMPTY: SavedSession = { version: 1, name: 'web', channels: [], isActive: false };

/** What the plan asks a registry that answers with these sessions. */
function operationsOf(
  plan: Plan,
  answerTo: (operation: Operation) => SessionInfo,
): readonly Operation[] {
  const operations: Operation[] = [];
  const results: StepResult[] = [];
  for (let step = plan(results); step !== undefined; step = plan(results)) {
    if (step.kind !== 'request') throw new Error('no request');
    operations.push(step.operation);
    results.push({ kind: 'reply', value: { session: answerTo(step.operation) } });
  }
  return operations;
}

describe('a saved session', () => {
  it('has its kernel part, which is made and started after the rest of it (R1.24)', () => {
    const part = '00000000-0000-4000-8000-000000000002';
    const settings = {
      name: 'net',
      shape: { subbufferBytes: 4096, subbufferCount: 2, overwrite: false },
      switchTimerUs: 0,
      readTimerUs: 0,
    };
    const rule = { logLevelMax: 14, target: { kind: 'all' as const } };
    const channels = [
      {
        settings,
        rules: [
          { ...rule, pattern: 'sched_switch', filter: 'prev_pid == 7', enabled: true },
          { ...rule, pattern: 'openat', kind: 'syscall' as const, enabled: true },
          { ...rule, pattern: 'irq:*', enabled: false },
        ],
        disabled: true as const,
      },
    ];
    const kernel = { ...INFO, uuid: part, channels, domain: 'kernel' as const };
    const saved = savedSessionOf(
      {
        ...INFO,
        kernel: { ...kernel, state: 'active' },
        rotation: { archives: 0, atBytes: 65_536 },
      },
      TRACES,
    );
    expect(saved).toEqual({
      ...EMPTY,
      rotation: { everyUs: undefined, atBytes: 65_536 },
      kernel: { channels },
      isActive: true,
    });
    expect(parseSaved(JSON.parse(JSON.stringify(saved))).ok).toBe(true);
    const output = `${TRACES}/web`;
    const plan = loadPlan(saved, { output });
    const operations = operationsOf(plan, ({ op }) => (op === 'kernel.open' ? kernel : INFO));
    const session = INFO.uuid;
    const of = { session: part, channel: 'net', target: { kind: 'all' } };
    expect(operations).toEqual([
      { op: 'session.create', name: 'web', output },
      { op: 'rotation.enable', session, atBytes: 65_536 },
      { op: 'kernel.open', session },
      { op: 'channel.add', session: part, channel: settings },
      { op: 'event.enable', ...of, patterns: ['irq:*'], logLevelMax: 14 },
      { op: 'event.disable', ...of, patterns: ['irq:*'], kind: 'tracepoint' },
      {
        op: 'event.enable',
        ...of,
        patterns: ['sched_switch'],
        logLevelMax: 14,
        filter: 'prev_pid == 7',
      },
      { op: 'event.enable', ...of, patterns: ['openat'], logLevelMax: 14, kind: 'syscall' },
      { op: 'channel.disable', session: part, channels: ['net'] },
      { op: 'rotation.enable', session: part, atBytes: 65_536 },
      { op: 'session.start', session: part },
    ]);
  });

  it('starts each part that has a channel, and one in any case (R1.24)', () => {
    const settings = {
      name: 'net',
      shape: { subbufferBytes: 4096, subbufferCount: 2, overwrite: false },
      switchTimerUs: 0,
      readTimerUs: 0,
    };
    const one = [{ settings, rules: [] }];
    const started = (channels: typeof one, ofKernel: typeof one): readonly string[] => {
      const saved = { ...EMPTY, channels, kernel: { channels: ofKernel }, isActive: true };
      const part = { ...INFO, uuid: 'part', domain: 'kernel' as const };
      return operationsOf(loadPlan(saved, { output: '/x' }), ({ op }) =>
        op === 'kernel.open' ? part : INFO,
      ).flatMap((operation) => (operation.op === 'session.start' ? operation.session : []));
    };
    expect(started(one, one)).toEqual([INFO.uuid, 'part']);
    expect(started([], one)).toEqual(['part']);
    expect(started(one, [])).toEqual([INFO.uuid]);
    expect(started([], [])).toEqual([INFO.uuid]);
  });

  it('is gone with its kernel part if something of that is refused (R1.24)', () => {
    const saved = { ...EMPTY, kernel: { channels: [] }, isActive: true };
    const plan = loadPlan(saved, { output: '/x' });
    const refused = { kind: 'failure' as const, code: 'NO_KERNEL_TRACER' as const, reason: 'Why' };
    const made = { kind: 'reply' as const, value: { session: INFO } };
    const end = (session: string) => ({ operation: { op: 'session.destroy', session } });
    expect(plan([made, refused])).toMatchObject(end(INFO.uuid));
    expect(plan([made, refused, made])).toBeUndefined();
    const part = {
      kind: 'reply' as const,
      value: { session: { ...INFO, uuid: 'part', domain: 'kernel' as const } },
    };
    expect(plan([made, part, refused])).toMatchObject(end('part'));
    expect(plan([made, part, refused, part])).toMatchObject(end(INFO.uuid));
    expect(plan([made, part, refused, refused])).toBeUndefined();
  });
});
