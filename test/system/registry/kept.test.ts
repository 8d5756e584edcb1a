/**
 * A registry that ends drains its sessions. It keeps a session with data and no consumer for the next registry, as if
 * it had been killed.
 */
import { describe, expect, it } from 'vitest';
import { recoverPlan } from '../../../actors/client/plans/recover.ts';
import type { SimProcess } from '../../../sim/machine/simulation.ts';
import type { Operation } from '../../../src/wire/control/messages.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const DESTROY: Operation = { op: 'session.destroy', session: 'web' };
const STOP: Operation = { op: 'session.stop', session: 'web' };
const GET: Operation = { op: 'session.get', session: 'web' };
const SECOND_MS = 1000;
/** More calls than a consumer makes here. */
const CALLS_MAX = 1000;

interface Recording {
  readonly stage: Stage;
  readonly registry: SimProcess;
  readonly app: SimProcess;
}

/** A session that has recorded an application for 200 ms. */
function recording(seed = 1): Recording {
  const stage = new Stage(seed);
  const registry = stage.registry();
  stage.run(20);
  const app = stage.application('alice', steady(5, 2000));
  stage.run(50);
  expect(codes(stage.command(BEGIN, 200))).toEqual(['reply', 'reply', 'reply']);
  return { stage, registry, app };
}

function loseConsumer(stage: Stage): void {
  for (const pid of stage.consumers()) stage.simulation.kill(pid);
  stage.run(20);
}

function kept(stage: Stage): unknown[] {
  return stage.simulation.log.flatMap(({ event, fields }) =>
    event === 'session.kept' ? [fields['session']] : [],
  );
}

function segments(stage: Stage): number[] {
  return stage.simulation.segments().flatMap(({ id, isRemoved }) => (isRemoved ? [] : [id]));
}

function records(stage: Stage): string[] {
  return stage.simulation.listFiles().flatMap(({ path }) => (path.endsWith('.json') ? [path] : []));
}

/** Every event from the first recorded one, once. */
function seenOf({ stage, app }: Recording): number[] {
  const { counters, discarded, problems } = stage.read();
  const seen = counters.get(app.pid) ?? [];
  const [first = 0] = seen;
  expect({ discarded, problems, seen }).toEqual({
    discarded: 0,
    problems: [],
    seen: seen.map((_, index) => first + index),
  });
  return seen;
}

describe('a registry that is ended', () => {
  it.each([1, 2, 3, 4, 5])('keeps a session with data and no consumer (seed %i)', (seed) => {
    const whole = recording(seed);
    const { stage, registry, app } = whole;
    // In addition a session with a consumer, and one that records nothing.
    stage.command([
      { op: 'session.create', name: 'other', output: '/home/alice/other' },
      { op: 'session.create', name: 'idle', output: '/home/alice/idle' },
    ]);
    loseConsumer(stage);
    stage.command([
      {
        op: 'event.enable',
        session: 'other',
        patterns: ['*'],
        logLevelMax: 14,
        target: { kind: 'all' },
      },
      { op: 'session.start', session: 'other' },
    ]);
    stage.run(100);
    stage.simulation.signal(registry.pid, 'SIGTERM');
    stage.run(SECOND_MS);
    expect(registry.exit).toMatchObject({ code: 0 });
    expect(kept(stage)).toEqual(['web']);
    expect(records(stage)).toHaveLength(1);
    expect(segments(stage)).toHaveLength(2);
    expect(stage.consumers()).toEqual([]);
    expect(stage.simulation.sockets()).toEqual([]);
    expect(stage.read('/home/alice/other').counters.get(app.pid)?.length).toBeGreaterThan(15);

    // As after a kill, its application continues to record.
    stage.registry();
    stage.run(SECOND_MS);
    const [got] = stage.command([GET]) ?? [];
    expect(got).toMatchObject({ value: { session: { state: 'active' } } });
    stage.run(SECOND_MS);
    expect(codes(stage.command([STOP, DESTROY], 3000))).toEqual(['reply', 'reply']);
    expect(seenOf(whole).at(-1)).toBe(399);
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('loses nothing whichever call is the last one of the consumer that drains', () => {
    const outcomes = new Set<string>();
    for (let call = 1; call < CALLS_MAX; call++) {
      const whole = recording();
      const { stage, registry, app } = whole;
      const [pid = 0] = stage.consumers();
      stage.simulation.killAtCall(pid, call);
      stage.simulation.signal(registry.pid, 'SIGTERM');
      stage.run(3000);
      const context = { call, isAlive: registry.isAlive };
      expect(context).toEqual({ call, isAlive: false });
      const isKept = kept(stage).length === 1;
      outcomes.add(isKept ? 'kept' : 'drained');
      expect({ call, records: records(stage).length }).toEqual({ call, records: isKept ? 1 : 0 });
      expect({ call, segments: segments(stage).length }).toEqual({
        call,
        segments: isKept ? 2 : 0,
      });
      stage.registry();
      stage.run(100);
      const ended = codes(stage.command([DESTROY], 3000));
      expect({ call, ended }).toEqual({ call, ended: [isKept ? 'reply' : 'NO_SESSION'] });
      expect(seenOf(whole).length).toBeGreaterThan(30);
      stage.simulation.kill(app.pid);
      expect({ call, left: stage.leftovers() }).toEqual({ call, left: [] });
      const consumer = stage.simulation.processes().find((one) => one.pid === pid);
      if (consumer?.exit?.signal !== 'SIGKILL') break;
    }
    expect([...outcomes].toSorted()).toEqual(['drained', 'kept']);
  });

  it('does not wait for the consumer of a destroy that its predecessor began', () => {
    const whole = recording();
    const { stage, registry, app } = whole;
    const [pid = 0] = stage.consumers();
    const consumer = stage.simulation.processes().find((one) => one.pid === pid);
    if (consumer !== undefined) stage.simulation.faultControls.pause(consumer, 60_000);
    stage.command([DESTROY], 50);
    stage.simulation.kill(registry.pid);
    stage.simulation.kill(pid);
    const second = stage.registry();
    stage.run(3000);
    const [got] = stage.command([GET]) ?? [];
    expect(got).toMatchObject({ value: { session: { state: 'destroying' } } });
    stage.simulation.signal(second.pid, 'SIGTERM');
    stage.run(SECOND_MS);
    expect(second.isAlive).toBe(false);
    expect(kept(stage)).toEqual(['web']);
    stage.registry();
    stage.run(100);
    expect(codes(stage.command([DESTROY], 3000))).toEqual(['reply']);
    expect(seenOf(whole).length).toBeGreaterThan(30);
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('leaves it to `lttng recover` as well', () => {
    const whole = recording();
    const { stage, registry, app } = whole;
    loseConsumer(stage);
    stage.simulation.kill(app.pid);
    stage.run(50);
    stage.simulation.signal(registry.pid, 'SIGTERM');
    stage.run(SECOND_MS);
    stage.registry();
    stage.run(100);
    const results = stage.perform(recoverPlan(1001, undefined), 8000);
    expect(results?.filter(({ kind }) => kind === 'failure')).toEqual([]);
    expect(seenOf(whole).length).toBeGreaterThan(30);
    expect(stage.leftovers()).toEqual([]);
  });

  it('keeps no flight recorder: it has no data to write', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    stage.application('alice', steady(5, 200));
    stage.run(50);
    const [create, ...rest] = BEGIN;
    if (create?.op !== 'session.create') throw new Error('no session is made');
    stage.command([{ ...create, flightRecorder: true }, ...rest]);
    expect(segments(stage)).toHaveLength(2);
    stage.simulation.signal(registry.pid, 'SIGTERM');
    stage.run(SECOND_MS);
    expect({ kept: kept(stage), segments: segments(stage), records: records(stage) }).toEqual({
      kept: [],
      segments: [],
      records: [],
    });
  });
});
