/** The plan of `lttng create` for a session whose trace goes to a relay. */
import { expect, it } from 'vitest';
import { createRemotePlan } from '../../../../../actors/client/plans/create-remote.ts';
import type { StepResult } from '../../../../../actors/client/plans/plan.ts';

const RELAY = { control: 'tcp://relay:5342', data: 'tcp://relay:5343' };
const PLAN = createRemotePlan({ name: 'web', relay: RELAY, liveTimerUs: 5000 });
const created: StepResult = {
  kind: 'reply',
  value: {
    session: {
      name: 'web',
      uuid: 'u-1',
      uid: 1001,
      state: 'inactive',
      channels: [],
      streams: 0,
      streamsMade: 0,
      writers: 0,
    },
  },
};
const failed: StepResult = { kind: 'failure', code: 'RELAY_UNREACHABLE', reason: 'Why' };

it('creates the session, then connects its consumer', () => {
  expect(PLAN([])).toEqual({
    kind: 'request',
    operation: { op: 'session.create', name: 'web', relay: RELAY, liveTimerUs: 5000 },
  });
  expect(PLAN([created])).toEqual({
    kind: 'request',
    operation: { op: 'consumer.enable', session: 'u-1' },
  });
  expect(PLAN([created, created])).toBeUndefined();
});

it('destroys the session again when the relay cannot be used, and no other', () => {
  expect(PLAN([created, failed])).toEqual({
    kind: 'request',
    operation: { op: 'session.destroy', session: 'u-1' },
    isAskedAgain: true,
  });
  expect(PLAN([created, failed, created])).toBeUndefined();
  expect(PLAN([failed])).toBeUndefined();
});
