/** Records on a full disk: logged once, retried until written, and never written for a destroyed session. */
import { describe, expect, it } from 'vitest';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const CANNOT = 'record.writeFailed';
const AGAIN = 'record.allWritten';

function lines(stage: Stage, sentence: string): number {
  return stage.simulation.log.filter(({ event }) => event === sentence).length;
}

function records(stage: Stage): string[] {
  return stage.simulation
    .listFiles()
    .map(({ path }) => path)
    .filter((path) => /^\/run\/lttng-ts\/sessions\/.*\.json$/.test(path));
}

describe('records on a full disk', () => {
  it('are written when there is room, without another change; then a restart restores the session', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    stage.simulation.faultControls.leaveOnDisk(0);
    const [create, rule] = BEGIN;
    if (create === undefined || rule === undefined) throw new Error('nothing to begin with');
    const answers = stage.command([create, rule]);
    expect(codes(answers)).toEqual(['reply', 'reply']);
    expect(answers).toMatchObject([
      { value: { unwritten: 'ENOSPC' } },
      { value: { unwritten: 'ENOSPC' } },
    ]);
    stage.run(5000);
    expect(records(stage)).toEqual([]);
    expect([lines(stage, CANNOT), lines(stage, AGAIN)]).toEqual([1, 0]);
    stage.simulation.faultControls.leaveOnDisk(undefined);
    stage.run(1500);
    expect(records(stage)).toHaveLength(1);
    expect([lines(stage, CANNOT), lines(stage, AGAIN)]).toEqual([1, 1]);
    const now = stage.command([{ op: 'session.get', session: 'web' }])?.[0];
    expect(now).not.toHaveProperty('value.unwritten');
    stage.simulation.kill(registry.pid);
    stage.registry();
    stage.run(50);
    expect(stage.command([{ op: 'session.get', session: 'web' }])?.[0]).toMatchObject({
      value: { session: { state: 'inactive', channels: [{ rules: [{ pattern: 'sim:*' }] }] } },
    });
  });

  it('are not written for a session that was destroyed meanwhile', () => {
    const stage = new Stage(2);
    stage.registry();
    stage.run(20);
    const application = stage.application('alice', steady(10, 200));
    stage.run(50);
    expect(codes(stage.command(BEGIN))).toEqual(['reply', 'reply', 'reply']);
    stage.simulation.faultControls.leaveOnDisk(0);
    stage.simulation.kill(application.pid);
    stage.run(2000);
    expect(lines(stage, CANNOT)).toBe(1);
    expect(
      codes(stage.command([{ op: 'session.destroy', session: 'web', abandon: true }], 40_000)),
    ).toEqual(['reply']);
    stage.simulation.faultControls.leaveOnDisk(undefined);
    stage.run(3000);
    expect(records(stage)).toEqual([]);
    expect(stage.leftovers()).toEqual([]);
  });
});
