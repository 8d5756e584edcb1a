/** A process that gets the id and the name of a dead one, whose events no consumer has read yet (R1.22). */
import { expect, it } from 'vitest';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const TRACES = '/home/alice/trace/ust/pid';

function full(call: string): 'ENOSPC' | undefined {
  return call === 'files.append' ? 'ENOSPC' : undefined;
}

it.each([
  { of: 'the same user', second: 'alice' },
  { of: 'another user', second: 'carol' },
])('has a trace of its own, be it of $of', ({ second }) => {
  const stage = new Stage(1);
  stage.registry();
  stage.run(20);
  stage.command(BEGIN);
  const first = stage.application('alice', steady(20, 3000));
  stage.run(400);
  // From here on the consumer cannot write, so the events of the first process stay in the buffers.
  stage.simulation.setFileFault(full);
  stage.run(400);
  stage.simulation.kill(first.pid);
  stage.simulation.reusePid(first.pid);
  const again = stage.application(second, steady(20, 400));
  expect(again.pid).toBe(first.pid);
  stage.run(1000);
  stage.simulation.setFileFault(undefined);
  stage.run(2000);
  expect(codes(stage.command([{ op: 'session.destroy', session: 'web' }], 2000))).toEqual([
    'reply',
  ]);
  const { files } = stage.hands.world;
  const names = files.list(TRACES);
  const traces = names.ok ? names.value : [];
  expect(traces).toHaveLength(2);
  const counters = traces.map((name) => stage.read(`${TRACES}/${name}`).counters.get(first.pid));
  // Each trace holds consecutive events of one process.
  for (const seen of counters) {
    expect(seen).toEqual(seen?.map((_, index) => (seen[0] ?? 0) + index));
    expect(seen?.length).toBeGreaterThan(15);
  }
});
