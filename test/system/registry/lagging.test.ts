/** An application that applies no state delays one command by APPLY_MS_MAX, and no other until it has caught up. */
import { describe, expect, it } from 'vitest';
import { APPLY_MS_MAX } from '../../../actors/sessiond/limits.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const SOON_MS = 300;
const start: Operation = { op: 'session.start', session: 'web' };
const stop: Operation = { op: 'session.stop', session: 'web' };

describe('an application that applies no state', () => {
  it('delays each session once, and again when it has caught up', () => {
    const stage = new Stage(1);
    stage.registry();
    stage.run(20);
    const application = stage.application('alice', steady(10, 1000));
    stage.run(50);
    const { faultControls } = stage.simulation;
    faultControls.stop(application);
    expect(stage.command(BEGIN, SOON_MS)).toBeUndefined();
    stage.run(APPLY_MS_MAX);
    for (const operation of [stop, start, stop]) {
      expect(codes(stage.command([operation], SOON_MS))).toEqual(['reply']);
    }
    faultControls.resume(application);
    stage.run(SOON_MS);
    faultControls.stop(application);
    expect(stage.command([start], APPLY_MS_MAX - 50)).toBeUndefined();
    stage.run(100);
    expect(codes(stage.command([stop], SOON_MS))).toEqual(['reply']);
    faultControls.resume(application);
    stage.run(SOON_MS);
    expect(codes(stage.command([{ op: 'session.destroy', session: 'web' }]))).toEqual(['reply']);
    expect(stage.leftovers()).toEqual([]);
  });
});
