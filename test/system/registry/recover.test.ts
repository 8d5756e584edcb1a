/**
 * Registry, consumers and applications die at one instant, but the machine keeps running. `lttng recover` writes the
 * contents of the buffers, and removes everything else.
 */
import { describe, expect, it } from 'vitest';
import { recoveriesIn, recoverPlan } from '../../../actors/client/plans/recover.ts';
import { Draw } from '../../../sim/input/draw.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const ALICE = 1001;
const RECOVERS_MS = 8000;

/** A session that records two users' applications; `forMs` after its start every process is killed. */
function killAll(seed: number, forMs: number): Stage {
  const stage = new Stage(seed);
  stage.registry();
  stage.run(20);
  stage.application('alice', steady(3, 3000));
  stage.application('carol', steady(4, 3000));
  stage.run(50);
  stage.command(BEGIN, 0);
  stage.run(forMs);
  for (const { pid, isAlive } of stage.simulation.processes()) {
    if (isAlive && pid !== stage.hands.pid) stage.simulation.kill(pid);
  }
  return stage;
}

/** The events that each application certainly recorded, and the one in progress. */
function emitted(stage: Stage): Map<number, { done: number[]; begun: number[] }> {
  return new Map(
    stage.ledger.threads.map(({ pid, emissions }) => {
      const enabled = emissions.filter(({ isEnabled }) => isEnabled);
      const done = enabled.filter(({ isDone }) => isDone).map(({ counter }) => counter);
      return [pid, { done, begun: enabled.map(({ counter }) => counter) }];
    }),
  );
}

function check(stage: Stage, output?: string): number {
  const { counters, discarded, problems } = stage.read(output);
  let total = 0;
  for (const [pid, { done, begun }] of emitted(stage)) {
    const seen = counters.get(pid) ?? [];
    expect([done, begun]).toContainEqual(seen);
    total += seen.length;
  }
  // Without recorded events there is no trace, which is a separate finding.
  expect({ discarded, problems: total === 0 ? [] : problems }).toEqual({
    discarded: 0,
    problems: [],
  });
  return total;
}

describe('lttng recover', () => {
  it.each(SEEDS)(
    'writes what was committed when all processes died, and leaves nothing (seed %i)',
    (seed) => {
      const forMs = new Draw(seed).of('kill').between(1, 900);
      const stage = killAll(seed, forMs);
      stage.registry();
      stage.run(100);
      const results = stage.perform(recoverPlan(ALICE, undefined), RECOVERS_MS) ?? [];
      const recoveries = recoveriesIn(results, ALICE, undefined);
      expect({ codes: codes(results), recoveries }).toMatchObject({
        recoveries: recoveries.map(() => ({ failure: undefined })),
      });
      const recovered = check(stage);
      expect(recovered).toBeGreaterThan(forMs > 300 ? 50 : -1);
      // Also while the next registry runs; a session that was never started does not change.
      const left = stage.command([{ op: 'session.list', from: 0 }]);
      expect(left?.[0]).toMatchObject({ kind: 'reply' });
      const states = left?.[0]?.kind === 'reply' ? (left[0].value.sessions ?? []) : [];
      expect(states.filter(({ state }) => state !== 'inactive')).toEqual([]);
      expect(stage.simulation.segments()).toEqual([]);
      expect(stage.consumers()).toEqual([]);
      expect(stage.leftovers()).toEqual([]);
    },
  );

  it('writes to another directory on request', () => {
    const stage = killAll(3, 700);
    stage.registry();
    stage.run(100);
    const before = stage.read().counters;
    stage.perform(recoverPlan(ALICE, 'web'), RECOVERS_MS, ['--into', '/home/alice/saved']);
    const after = stage.read('/home/alice/saved/web');
    expect(after.problems).toEqual([]);
    expect(stage.read().counters).toEqual(before);
    for (const [pid, { done, begun }] of emitted(stage)) {
      const seen = [...(before.get(pid) ?? []), ...(after.counters.get(pid) ?? [])];
      expect([done, begun]).toContainEqual(seen);
    }
    expect(stage.leftovers()).toEqual([]);
  });

  it('leaves a session alone that applications record into, unless it is named', () => {
    const stage = new Stage(1);
    stage.registry();
    stage.run(20);
    const application = stage.application('alice', steady(5, 6000));
    stage.run(50);
    stage.command(BEGIN);
    for (const pid of stage.consumers()) stage.simulation.kill(pid);
    stage.run(50);
    expect(codes(stage.perform(recoverPlan(ALICE, undefined), RECOVERS_MS))).toEqual([
      'rested',
      'reply',
    ]);
    const results = stage.perform(recoverPlan(ALICE, 'web'), RECOVERS_MS);
    expect(codes(results)).toEqual(['rested', 'reply', 'reply', 'reply']);
    check(stage);
    stage.simulation.kill(application.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('leaves sessions with a consumer alone, also when only the registry has died', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    const application = stage.application('alice', steady(5, 4000));
    stage.run(50);
    stage.command(BEGIN);
    const consumers = stage.consumers();
    stage.simulation.kill(registry.pid);
    stage.run(100);
    stage.registry();
    stage.run(20);
    const results = stage.perform(recoverPlan(ALICE, undefined), RECOVERS_MS);
    expect(codes(results)).toEqual(['rested', 'reply']);
    expect(stage.consumers()).toEqual(consumers);
    stage.command([{ op: 'session.destroy', session: 'web' }], 2000);
    expect(check(stage)).toBeGreaterThan(500);
    stage.simulation.kill(application.pid);
    expect(stage.leftovers()).toEqual([]);
  });
});
