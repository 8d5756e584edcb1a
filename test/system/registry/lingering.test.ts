/** A session that is destroyed while its application rests between two attempts to connect to the registry. */
import { expect, it } from 'vitest';
import {
  GONE_MS_MAX,
  PROBE_REST_MS_MAX,
  PROBE_REST_MS_MIN,
} from '../../../actors/library/registration/context.ts';
import type { SimProcess } from '../../../sim/machine/simulation.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

/** After this many ends of its registry in a row an application rests for the longest time. */
const ENDS = 10;
const EVERY_MS = 20;

it('is recorded no longer than one period of the check for removed buffers', () => {
  const stage = new Stage(1);
  let registry: SimProcess = stage.registry();
  stage.run(20);
  const app = stage.application('alice', steady(EVERY_MS, 200_000));
  stage.run(50);
  expect(codes(stage.command(BEGIN))).toEqual(['reply', 'reply', 'reply']);
  for (let ends = 0; ends < ENDS; ends++) {
    stage.simulation.kill(registry.pid);
    registry = stage.registry();
    // It registers after a rest twice as long as the last one; the last time it still rests.
    stage.run(
      ends < ENDS - 1 ? Math.min(PROBE_REST_MS_MIN * 2 ** ends, PROBE_REST_MS_MAX) + 200 : 100,
    );
  }
  const ended = stage.command([{ op: 'session.destroy', session: 'web' }], 3000);
  expect(codes(ended)).toEqual(['reply']);
  const endedAt = stage.simulation.now - 3000 * NS_PER_MS;
  stage.run(PROBE_REST_MS_MAX);
  const [{ emissions } = { emissions: [] }] = stage.ledger.threads.filter(
    ({ pid }) => pid === app.pid,
  );
  const last = emissions.findLast(({ isEnabled }) => isEnabled)?.at ?? 0;
  const emittedUntil = emissions.at(-1)?.at ?? 0;
  expect(emittedUntil).toBeGreaterThan(last + (PROBE_REST_MS_MAX / 2) * NS_PER_MS);
  // A command waits a second for an absent thread.
  expect(last - endedAt).toBeLessThan((GONE_MS_MAX + 1500) * NS_PER_MS);
  stage.simulation.kill(app.pid);
  expect(stage.leftovers()).toEqual([]);
});
