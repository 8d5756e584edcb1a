/** A thread whose channel to the registry ends may be alive: its streams stay until the registry knows that it died. */
import { describe, expect, it } from 'vitest';
import type { SimProcess } from '../../../sim/machine/simulation.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const MINUTE_MS = 60_000;

/** A session that records an application of alice's. */
function recording(seed: number): { stage: Stage; app: SimProcess } {
  const stage = new Stage(seed);
  stage.registry();
  stage.run(20);
  const app = stage.application('alice', steady(5, 1000));
  stage.run(50);
  expect(codes(stage.command(BEGIN))).toEqual(['reply', 'reply', 'reply']);
  return { stage, app };
}

function breakChannel(stage: Stage, { pid }: SimProcess): void {
  const [channel, ...others] = stage.simulation.faultControls.connectionsOf(pid);
  expect(others).toEqual([]);
  channel?.reset();
}

/** How many streams the session has, and how many it ever made. */
function streamsOf(stage: Stage): unknown {
  const [result] = stage.command([{ op: 'session.get', session: 'web' }], 10) ?? [];
  const { streams, streamsMade } = (result?.kind === 'reply' && result.value.session) || {};
  return [streams, streamsMade];
}

function destroy(stage: Stage, withinMs: number): string[] {
  return codes(stage.command([{ op: 'session.destroy', session: 'web' }], withinMs));
}

describe('an application thread whose channel ends without leaving', () => {
  it.each([1, 2, 3])('has its streams back, and loses nothing (seed %i)', (seed) => {
    const { stage, app } = recording(seed);
    breakChannel(stage, app);
    stage.run(5);
    expect(streamsOf(stage)).toEqual([1, 1]);
    stage.run(1500);
    expect(streamsOf(stage)).toEqual([1, 1]);
    expect(destroy(stage, 200)).toEqual(['reply']);
    const { counters, discarded, problems } = stage.read();
    expect({ discarded, problems }).toEqual({ discarded: 0, problems: [] });
    const seen = counters.get(app.pid) ?? [];
    expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
    expect(seen.at(-1)).toBe(199);
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('delays stop and destroy, so that it records nothing afterwards', () => {
    const { stage, app } = recording(4);
    breakChannel(stage, app);
    expect(codes(stage.command([{ op: 'session.stop', session: 'web' }], 10))).toEqual([]);
    stage.run(100);
    const recorded = stage.read().counters.get(app.pid)?.length;
    expect(recorded).toBeGreaterThan(10);
    expect(destroy(stage, 200)).toEqual(['reply']);
    expect(stage.read().counters.get(app.pid)?.length).toBe(recorded);
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('delays them for a second at most, however long it does not answer', () => {
    const { stage, app } = recording(5);
    stage.simulation.faultControls.pause(app, MINUTE_MS);
    breakChannel(stage, app);
    stage.run(500);
    expect(streamsOf(stage)).toEqual([1, 1]);
    expect(destroy(stage, 950)).toEqual([]);
    stage.run(150);
    expect(stage.simulation.segments().filter(({ isRemoved }) => !isRemoved)).toEqual([]);
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('loses its streams when it has died', () => {
    const { stage, app } = recording(6);
    breakChannel(stage, app);
    stage.simulation.kill(app.pid);
    stage.run(100);
    expect(streamsOf(stage)).toEqual([0, 1]);
    expect(destroy(stage, 100)).toEqual(['reply']);
    expect(stage.leftovers()).toEqual([]);
  });

  it('loses its streams when another process registers with its ids', () => {
    const { stage, app } = recording(7);
    stage.simulation.kill(app.pid);
    stage.simulation.reusePid(app.pid);
    const next = stage.application('alice', steady(5, 100));
    stage.run(500);
    expect(next.pid).toBe(app.pid);
    expect(streamsOf(stage)).toEqual([1, 2]);
    expect(destroy(stage, 200)).toEqual(['reply']);
    stage.simulation.kill(next.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('loses its streams when a process that is no application has its id', () => {
    const { stage, app } = recording(8);
    breakChannel(stage, app);
    stage.simulation.kill(app.pid);
    stage.simulation.reusePid(app.pid);
    expect(stage.simulation.login('carol').pid).toBe(app.pid);
    stage.run(100);
    expect(streamsOf(stage)).toEqual([0, 1]);
    expect(destroy(stage, 100)).toEqual(['reply']);
    expect(stage.leftovers()).toEqual([]);
  });

  it('does not keep a consumer without a registry when another process has its id', () => {
    const { stage, app } = recording(9);
    const pidsOf = (program: string): number[] =>
      stage.simulation
        .processes()
        .flatMap((each) => (each.program === program && each.isAlive ? [each.pid] : []));
    expect(pidsOf('ust-consumerd')).toHaveLength(1);
    for (const pid of [...pidsOf('lttng-sessiond'), app.pid]) stage.simulation.kill(pid);
    stage.simulation.reusePid(app.pid);
    stage.simulation.login('carol');
    stage.run(15_000);
    expect(pidsOf('ust-consumerd')).toEqual([]);
  });
});
