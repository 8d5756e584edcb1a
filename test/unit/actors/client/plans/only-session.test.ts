/** The plan about a user's only session, step by step. */
import { describe, expect, it } from 'vitest';
import { onlySessionPlan } from '../../../../../actors/client/plans/only-session.ts';
import { inOrder, type StepResult } from '../../../../../actors/client/plans/plan.ts';
import type { SessionInfo } from '../../../../../src/wire/control/messages.ts';

const UID = 1001;

function session(name: string, uid = UID): SessionInfo {
  return {
    name,
    uuid: `uuid of ${name}`,
    uid,
    state: 'inactive',
    output: `/home/alice/${name}`,
    channels: [],
    streams: 0,
    streamsMade: 0,
    writers: 0,
  };
}

function page(sessions: readonly SessionInfo[], next?: number): StepResult {
  return {
    kind: 'reply',
    value: { sessions: [...sessions], ...(next === undefined ? {} : { next }) },
  };
}

const plan = onlySessionPlan(UID, (key) =>
  inOrder([
    { op: 'session.get', session: key },
    { op: 'session.stop', session: key },
  ]),
);
const operationAfter = (...results: StepResult[]): unknown => {
  const step = plan(results);
  return step?.kind === 'request' ? step.operation : step;
};
const reply: StepResult = { kind: 'reply', value: {} };
const interrupted: StepResult = { kind: 'failure', code: 'INTERRUPTED', reason: 'Interrupted' };

describe('a plan about the only session', () => {
  it('reads every page of the list, and then requests the session of the user, not those of others', () => {
    const others = page([session('bobs', 7)], 1);
    const own = page([session('web')]);
    expect(operationAfter()).toEqual({ op: 'session.list', from: 0 });
    expect(operationAfter(others)).toEqual({ op: 'session.list', from: 1 });
    expect(operationAfter(others, own)).toEqual({ op: 'session.get', session: 'uuid of web' });
    expect(operationAfter(others, own, reply)).toEqual({
      op: 'session.stop',
      session: 'uuid of web',
    });
    expect(operationAfter(others, own, reply, reply)).toBeUndefined();
  });

  it('ends after the list without a session, and with several', () => {
    expect(operationAfter(page([session('bobs', 7)]))).toBeUndefined();
    expect(operationAfter(page([session('web')], 1), page([session('other')]))).toBeUndefined();
  });

  it('ends at an interruption, also of a list that shows one session so far', () => {
    expect(operationAfter(page([session('web')], 1), interrupted)).toBeUndefined();
    expect(operationAfter(page([session('web')]), interrupted)).toBeUndefined();
    expect(operationAfter(page([session('web')]), reply, interrupted)).toBeUndefined();
  });
});
