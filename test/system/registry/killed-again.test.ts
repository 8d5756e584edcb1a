/** Registries killed one after the other, at every call: the last one removes the memory that the first one created. */
import { describe, expect, it } from 'vitest';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

/** Distance between the tested calls of the second registry, for each call of the first one. */
const STEP = 6;
const DESTROY = [{ op: 'session.destroy', session: 'web' }] as const;

/** A registry records an application, or dies at its call `last` while it begins to. */
function begun(last?: number): { stage: Stage; calls: number; pid: number } {
  const stage = new Stage(1);
  const registry = stage.registry();
  if (last !== undefined) stage.simulation.killAtCall(registry.pid, last);
  stage.run(20);
  const { pid } = stage.application('alice', steady(20, 300));
  stage.run(50);
  stage.command(BEGIN);
  return { stage, calls: registry.calls, pid };
}

/** The last registry is not killed: every session can be destroyed, and no memory is left. */
function expectNothingLeft(stage: Stage, application: number, context: object): void {
  stage.registry();
  stage.run(3000);
  const found = stage.command([{ op: 'session.get', session: 'web' }], 1000);
  // Also a session that was being destroyed: the client waits for the same end, or starts another consumer.
  const gone = codes(found)[0] === 'reply' ? codes(stage.command(DESTROY, 5000)) : ['reply'];
  expect({ ...context, gone }).toMatchObject({ gone: [expect.stringMatching('reply|NO_SESSION')] });
  stage.simulation.kill(application);
  stage.run(500);
  expect({ ...context, left: stage.leftovers() }).toMatchObject({ left: [] });
}

describe('registries that are killed one after the other', () => {
  it('leave nothing behind when the second one dies while it starts', () => {
    const { calls } = begun();
    // The calls at which the first registry must die so that the next one finds memory.
    const moments = Array.from({ length: calls }, (_, index) => index + 1).filter(
      (last) => begun(last).stage.simulation.segments().length > 0,
    );
    expect(moments.length).toBeGreaterThan(5);
    const starting = new Stage(1);
    const whole = starting.registry();
    starting.run(20);
    for (const [index, last] of moments.entries()) {
      // Every call of the first is combined with some of the second, and each of these with some of the first.
      for (let second = 1 + (index % STEP); second <= whole.calls; second += STEP) {
        const { stage, pid } = begun(last);
        stage.simulation.killAtCall(stage.registry().pid, second);
        stage.run(100);
        expectNothingLeft(stage, pid, { last, second });
      }
    }
  });

  it.each<[string, (stage: Stage, application: number) => void]>([
    ['destroys the session', (stage) => void stage.command(DESTROY, 3000)],
    [
      'removes what an application left',
      (stage, application) => {
        stage.simulation.kill(application);
        stage.run(3000);
      },
    ],
  ])('leave nothing behind when the second one dies while it %s', (_, act) => {
    const restored = (): { stage: Stage; pid: number; second: ReturnType<Stage['registry']> } => {
      const { stage, pid } = begun();
      stage.run(500);
      for (const { program, pid: registry } of stage.simulation.processes()) {
        if (program === 'lttng-sessiond') stage.simulation.kill(registry);
      }
      const second = stage.registry();
      stage.run(2000);
      return { stage, pid, second };
    };
    const measured = restored();
    const before = measured.second.calls;
    act(measured.stage, measured.pid);
    const after = measured.second.calls;
    expect(after - before).toBeGreaterThan(5);
    for (let call = 1; call <= after - before; call++) {
      const { stage, pid, second } = restored();
      stage.simulation.killAtCall(second.pid, call);
      act(stage, pid);
      expectNothingLeft(stage, pid, { call });
    }
  });
});
