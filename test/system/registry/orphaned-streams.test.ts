/**
 * A consumer that reconnects to a registry without a record of some streams: the previous registry was killed before it
 * could record them. The consumer reads them to their end, and detaches them when their threads have.
 */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const START: Operation = { op: 'session.start', session: 'web' };
const EVENTS = 40;
/** Time for a consumer to reconnect, and to check the unrecorded streams. */
const RETURN_MS = 1000;

/** The registry dies with the session on disk, but not its streams; the next registry runs. */
function forgotten(): { stage: Stage; application: number } {
  const stage = new Stage(1);
  const { pid: registry } = stage.registry();
  stage.run(20);
  const { pid: application } = stage.application('alice', steady(10, 10 * EVENTS));
  stage.command(
    BEGIN.filter(({ op }) => op !== 'session.start'),
    40,
  );
  stage.simulation.faultControls.leaveOnDisk(0);
  expect(codes(stage.command([START], 100))).toEqual(['reply']);
  stage.simulation.kill(registry);
  stage.simulation.faultControls.leaveOnDisk(undefined);
  stage.registry();
  return { stage, application };
}

/** Attached segments, with the processes that have them attached. */
function attachedIn(stage: Stage): string[] {
  return stage.simulation
    .segments()
    .flatMap(({ id, attachments }) => [...attachments].map(({ pid }) => `${pid} has ${id}`));
}

function expectEnded(stage: Stage): void {
  const destroyed = stage.command([{ op: 'session.destroy', session: 'web' }], 1000);
  expect(codes(destroyed)).toEqual(['reply']);
  expect(stage.leftovers()).toEqual([]);
}

describe('streams that the next registry does not know', () => {
  it('are read to their end, and detached', () => {
    const { stage } = forgotten();
    stage.run(RETURN_MS);
    expect(stage.consumers()).toHaveLength(1);
    expect(attachedIn(stage)).toEqual([]);
    const { counters, problems } = stage.read();
    expect(problems).toEqual([]);
    // All events from the start until the application follows the next registry, which records nothing.
    const [read = []] = counters.values();
    expect(read.length).toBeGreaterThan(8);
    expect(read).toEqual(read.map((_, index) => (read[0] ?? 0) + index));
    expectEnded(stage);
  });

  it('are not confused with streams that reuse their numbers', () => {
    const { stage, application } = forgotten();
    // At once, before its consumer reconnects: another stream of the same thread, again with the number 0.
    stage.run(20);
    expect(codes(stage.command([START], 1000))).toEqual(['reply']);
    stage.simulation.kill(application);
    stage.run(RETURN_MS);
    expect(attachedIn(stage)).toEqual([]);
    expectEnded(stage);
    const { counters, problems } = stage.read();
    expect(problems).toEqual([]);
    const read = (counters.get(application) ?? []).toSorted((one, other) => one - other);
    expect(read.length).toBeGreaterThan(20);
    expect(read.at(-1)).toBe(EVENTS - 1);
    expect(new Set(read).size).toBe(read.length);
  });

  it('are detached when their threads are dead', () => {
    const { stage, application } = forgotten();
    stage.simulation.kill(application);
    stage.run(RETURN_MS);
    expect(attachedIn(stage)).toEqual([]);
  });

  it('stay as long as a hanging thread has them attached', () => {
    const { stage, application } = forgotten();
    const process = stage.simulation.processes().find(({ pid }) => pid === application);
    if (process !== undefined) stage.simulation.faultControls.stop(process);
    stage.run(10 * RETURN_MS);
    expect(attachedIn(stage)).toHaveLength(4);
    stage.simulation.kill(application);
    stage.run(RETURN_MS);
    expect(attachedIn(stage)).toEqual([]);
  });
});
