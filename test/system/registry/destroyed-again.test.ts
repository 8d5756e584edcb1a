/** A further request to destroy a session that is being destroyed waits for the same end (R2.5). */
import { describe, expect, it } from 'vitest';
import { inOrder, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import { AWAITING_MAX } from '../../../actors/sessiond/limits.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const EVENTS = 20;
const DESTROY: readonly Operation[] = [{ op: 'session.destroy', session: 'web' }];

/** An application has recorded; its session's consumer hangs from now on, and events wait in the buffers. */
function stuck(): { stage: Stage; registry: number; consumer: number } {
  const stage = new Stage(1);
  const { pid: registry } = stage.registry();
  stage.run(20);
  stage.command(BEGIN);
  stage.application('alice', steady(5, 5 * EVENTS));
  stage.run(50);
  const [consumer = 0] = stage.consumers();
  stage.simulation.faultControls.stop(processOf(stage, consumer));
  stage.run(300);
  return { stage, registry, consumer };
}

function processOf(stage: Stage, pid: number) {
  const found = stage.simulation.processes().find((process) => process.pid === pid);
  if (found === undefined) throw new Error(`There is no process ${pid}`);
  return found;
}

/** Sends the request, and does not wait for the answer. */
function ask(
  stage: Stage,
  operations = DESTROY,
  by = stage.hands,
  onStep?: () => void,
): () => string[] {
  let results: readonly StepResult[] | undefined;
  startClient(by.world, {
    plan: inOrder(operations),
    sessiond: undefined,
    ...(onStep === undefined ? {} : { onStep }),
    onDone: (done) => {
      results = done;
    },
  });
  return () => codes(results);
}

/** The session was being destroyed when its registry was killed; the next registry runs. */
function restored(): ReturnType<typeof stuck> {
  const { stage, registry, consumer } = stuck();
  ask(stage);
  stage.run(50);
  stage.simulation.kill(registry);
  const next = stage.registry();
  stage.run(20);
  return { stage, registry: next.pid, consumer };
}

function expectWhole(stage: Stage): void {
  const { counters, problems } = stage.read();
  expect(problems).toEqual([]);
  expect([...counters.values()].flat()).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
  expect(stage.leftovers()).toEqual([]);
}

describe('destroying a session that is being destroyed', () => {
  it('waits together with the first request', () => {
    const { stage, consumer } = stuck();
    const first = ask(stage);
    stage.run(50);
    const second = ask(stage);
    const third = ask(stage, [{ op: 'session.start', session: 'web' }]);
    stage.run(50);
    expect([first(), second(), third()]).toEqual([[], [], ['SESSION_BUSY']]);
    stage.simulation.faultControls.resume(processOf(stage, consumer));
    stage.run(1000);
    expect([first(), second()]).toEqual([['reply'], ['reply']]);
    expectWhole(stage);
  });

  it('is refused when too many wait already', () => {
    const { stage, consumer } = stuck();
    const asked = Array.from({ length: AWAITING_MAX + 2 }, () => ask(stage));
    stage.run(50);
    expect(asked.flatMap((answers) => answers())).toEqual(['LIMIT', 'LIMIT']);
    stage.simulation.faultControls.resume(processOf(stage, consumer));
    stage.run(1000);
    const ends = asked.flatMap((answers) => answers());
    expect(ends.filter((end) => end === 'reply')).toHaveLength(AWAITING_MAX);
    expectWhole(stage);
  });

  it('waits for a restored one, whose consumer comes back', () => {
    const { stage, consumer } = restored();
    stage.simulation.faultControls.resume(processOf(stage, consumer));
    stage.run(300);
    const asked = ask(stage);
    stage.run(1000);
    expect(['reply', 'NO_SESSION']).toContain(asked()[0]);
    expectWhole(stage);
  });

  it('starts a consumer for a restored one that has lost its own', () => {
    const { stage, consumer } = restored();
    stage.simulation.kill(consumer);
    stage.run(100);
    const asked = [ask(stage), ask(stage)];
    stage.run(3000);
    expect(asked.map((answers) => answers())).toEqual([['reply'], ['reply']]);
    expectWhole(stage);
  });

  it('ends for a client that should start a consumer when another client has done so and all is written', () => {
    const ends = new Map<string, number>();
    for (let stopAtUs = 50; stopAtUs < 1000; stopAtUs += 25) {
      const { stage, consumer } = restored();
      stage.simulation.kill(consumer);
      stage.run(100);
      const first = ask(stage);
      const slow = stage.simulation.login('alice');
      let hasAsked = false;
      const second = ask(stage, DESTROY, slow, () => {
        hasAsked = true;
      });
      stage.run(stopAtUs / 1000);
      stage.simulation.faultControls.stop(slow);
      const isAsked = hasAsked;
      stage.run(3000);
      expect(first()).toEqual(['reply']);
      stage.simulation.faultControls.resume(slow);
      stage.run(3000);
      const [end = 'nothing'] = second();
      // A later request is refused with NO_SESSION.
      expect(['reply', isAsked ? 'gone' : 'NO_SESSION']).toContain(end);
      ends.set(end, (ends.get(end) ?? 0) + 1);
      expectWhole(stage);
    }
    expect([...ends.keys()].toSorted()).toEqual(['NO_SESSION', 'gone', 'reply']);
  });

  it('abandons the data of a restored one when the user requests it', () => {
    const { stage, consumer } = restored();
    stage.simulation.kill(consumer);
    stage.run(100);
    const abandoned = ask(stage, [{ op: 'session.destroy', session: 'web', abandon: true }]);
    stage.run(1500);
    expect(abandoned()).toEqual(['reply']);
    expect(stage.consumers()).toEqual([]);
    expect(stage.leftovers()).toEqual([]);
  });

  it('asks all clients for another consumer when the consumer of the first is killed', () => {
    const { stage, consumer } = stuck();
    const asked = [ask(stage), ask(stage), ask(stage)];
    stage.run(50);
    stage.simulation.kill(consumer);
    stage.run(3000);
    expect(asked.map((answers) => answers())).toEqual([['reply'], ['reply'], ['reply']]);
    expectWhole(stage);
  });
});
