/** What a `record` leaves behind, by the results of its plan. */
import { expect, it } from 'vitest';
import type { ClientErrorCode, StepResult } from '../../../../../actors/client/plans/plan.ts';
import { isLeftBehind, recordPlan } from '../../../../../actors/client/plans/record.ts';

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
