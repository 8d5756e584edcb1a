/** The client finds the registry or starts it; errors are values. */
import { describe, expect, it } from 'vitest';
import { allPages, inOrder } from '../../../../actors/client/plans/plan.ts';
import { expectSilence } from '../../../support/silence.ts';
import { ControlStage } from '../../../support/simulated/control-stage.ts';

const LIST = allPages(['session.list']);
const CREATE = inOrder([{ op: 'session.create', name: 'web', output: '/home/alice/web' }]);

describe('a client of the registry', () => {
  expectSilence();

  it('starts a registry for a plan that may, and finds it again for the next', async () => {
    const stage = new ControlStage();
    const { client } = stage;
    expect(client.registry).toBeUndefined();
    const [made] = await stage.settle(client.run(CREATE, 'start-registry'));
    expect(made).toMatchObject({ kind: 'reply', value: { session: { name: 'web' } } });
    expect(client.registry).toMatchObject({ scope: 'user', isNew: true });
    const [listed] = await stage.settle(client.run(LIST, 'running-registry'));
    expect(listed).toMatchObject({ kind: 'reply', value: { sessions: [{ name: 'web' }] } });
    expect(client.registry).toMatchObject({ scope: 'user', isNew: false });
    expect(stage.connections).toBe(2);
  });

  it('reports its progress', async () => {
    const stage = new ControlStage();
    await stage.settle(stage.client.run(CREATE, 'start-registry'));
    const step = { kind: 'request', operation: { op: 'session.create' } };
    expect(stage.progress).toMatchObject(['finding', step, 'done']);
  });

  it('fails without a registry when the plan may not start one, or the start fails', async () => {
    const reason = /^No registry serves this user \(.*client\.sock: .*; .*client\.sock: .*\)$/;
    const failure = {
      kind: 'failure',
      code: 'NO_REGISTRY',
      reason: expect.stringMatching(reason) as string,
    };
    const stage = new ControlStage();
    expect(await stage.settle(stage.client.run(LIST, 'running-registry'))).toEqual([failure]);
    const without = new ControlStage({ startsRegistry: false });
    expect(await without.settle(without.client.run(LIST, 'start-registry'))).toEqual([failure]);
    expect(without.client.registry).toBeUndefined();
  });

  it('starts a registry for any plan when there are sessions to restore', async () => {
    const stage = new ControlStage();
    await stage.settle(stage.client.run(CREATE, 'start-registry'));
    stage.simulation.kill(stage.client.registry?.pid ?? 0);
    const [listed] = await stage.settle(stage.client.run(LIST, 'running-registry'));
    expect(listed).toMatchObject({ kind: 'reply', value: { sessions: [{ name: 'web' }] } });
  });

  it('fails with the error of the registry, and when it is interrupted', async () => {
    const stage = new ControlStage();
    await stage.settle(stage.client.run(CREATE, 'start-registry'));
    expect(await stage.settle(stage.client.run(CREATE, 'start-registry'))).toEqual([
      { kind: 'failure', code: 'SESSION_EXISTS', reason: 'Session "web" already exists' },
    ]);
    const resting = stage.client.run(() => ({ kind: 'rest', ms: 3_600_000 }), 'running-registry');
    void stage.hands.world.clock.setTimer(1000, () => {
      stage.simulation.signal(stage.hands.pid, 'SIGINT');
    });
    expect(await stage.settle(resting)).toEqual([
      { kind: 'failure', code: 'INTERRUPTED', reason: 'Interrupted' },
    ]);
  });
});
