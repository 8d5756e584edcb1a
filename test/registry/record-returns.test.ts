/**
 * `lttng record` whose registry dies while its command runs: it finds the next one, or starts it, and ends the
 * recording there as if nothing had happened (R2.13, R1.23).
 */
import { describe, expect, it } from 'vitest';
import { RETURN_MS_MAX } from '../../actors/client/context.ts';
import type { StepResult } from '../../actors/client/plan.ts';
import { recordPlan, snapshotPlan } from '../../actors/client/record.ts';
import { startClient } from '../../actors/programs/client.ts';
import { SESSION_VARIABLE } from '../../actors/programs/places.ts';
import { APPLICATION_PROGRAM } from '../../sim/commands.ts';
import type { SimProcess } from '../../sim/world/machine.ts';
import { Stage, steady } from './stage.ts';

const SESSIOND = { program: 'lttng-ts:lttng-sessiond', args: [] };
const SNAPSHOT = '/home/alice/crash';
const OUTPUT = '/home/alice/trace';
const EVENTS = 20;

interface Recording {
  readonly stage: Stage;
  results(): readonly StepResult[] | undefined;
}

/** A recording of a program that records for 100 ms and exits with this code 100 ms later. */
function record(options: { code: number; onCrash?: string; isStarter?: boolean }): Recording {
  const { code, onCrash, isStarter = false } = options;
  const stage = new Stage(1);
  const { steps } = steady(5, 5 * EVENTS);
  const workload = { steps: [...steps.slice(0, -1), { at: 200, do: 'exit', code }] };
  // Carol may not use the global registry: she has one of her own, which her command may start again.
  const hands = isStarter ? stage.simulation.login('carol') : stage.hands;
  const home = isStarter ? '/home/carol' : '/home/alice';
  let done: readonly StepResult[] | undefined;
  if (!isStarter) {
    stage.registry();
    stage.run(20);
  }
  startClient(hands.world, {
    plan: recordPlan({
      name: 'web',
      output: `${home}/trace`,
      channel: undefined,
      patterns: ['*'],
      logLevelMax: 14,
      onCrash: onCrash === undefined ? undefined : `${home}/crash`,
      command: {
        program: APPLICATION_PROGRAM,
        args: [JSON.stringify(workload)],
        environmentIn: (uuid) => ({
          ...hands.world.identity.environment,
          [SESSION_VARIABLE]: uuid,
        }),
      },
    }),
    sessiond: isStarter ? SESSIOND : undefined,
    onDone: (results) => {
      done = results;
    },
  });
  stage.run(150);
  return { stage, results: () => done };
}

function killRegistries(stage: Stage): SimProcess[] {
  const registries = stage.simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'lttng-sessiond' && isAlive);
  for (const { pid } of registries) stage.simulation.kill(pid);
  return registries;
}

function countersIn(stage: Stage, output: string): number[] {
  const { counters, problems } = stage.read(output);
  expect(problems).toEqual([]);
  return [...counters.values()].flat();
}

const ALL = Array.from({ length: EVENTS }, (_, n) => n);

describe('lttng record whose registry is killed', () => {
  it('ends the session at the next one', () => {
    const { stage, results } = record({ code: 0 });
    expect(killRegistries(stage)).toHaveLength(1);
    stage.run(20);
    stage.registry();
    stage.run(3000);
    expect(results()?.at(-1)).toMatchObject({ kind: 'reply' });
    expect(countersIn(stage, OUTPUT)).toEqual(ALL);
    expect(stage.leftovers()).toEqual([]);
  });

  it('has its snapshot with --on-crash', () => {
    const { stage, results } = record({ code: 3, onCrash: SNAPSHOT });
    killRegistries(stage);
    // Nobody has started another one yet when the program has crashed.
    stage.run(500);
    expect(results()).toBeUndefined();
    stage.registry();
    stage.run(3000);
    expect(results()?.slice(-2)).toMatchObject([
      { kind: 'snapshot', isWhole: true },
      { kind: 'reply' },
    ]);
    expect(countersIn(stage, SNAPSHOT)).toEqual(ALL);
    expect(stage.leftovers()).toEqual([]);
  });

  it('starts the next one where it may', () => {
    const { stage, results } = record({ code: 3, onCrash: SNAPSHOT, isStarter: true });
    expect(killRegistries(stage)).toHaveLength(1);
    stage.run(3000);
    expect(results()?.slice(-2)).toMatchObject([
      { kind: 'snapshot', isWhole: true },
      { kind: 'reply' },
    ]);
    expect(stage.leftovers()).toEqual([]);
  });

  it('says so when there is none, and the session is there for later', () => {
    const { stage, results } = record({ code: 3, onCrash: SNAPSHOT });
    killRegistries(stage);
    stage.run(RETURN_MS_MAX + 500);
    expect(results()?.at(-1)).toMatchObject({ kind: 'failure', code: 'REGISTRY_LOST' });
    stage.registry();
    stage.run(100);
    const [got] = stage.command([{ op: 'session.get', session: 'web' }]) ?? [];
    expect(got).toMatchObject({ value: { session: { state: 'active', flightRecorder: true } } });
  });

  it('loses nothing whichever call is the last one of the registry', () => {
    const ends = new Set<string>();
    for (let call = 1; ; call += 2) {
      const { stage, results } = record({ code: 3, onCrash: SNAPSHOT });
      const [registry] = stage.simulation
        .processes()
        .filter(({ program }) => program === 'lttng-sessiond');
      stage.simulation.killAtCall(registry?.pid ?? 0, call);
      stage.run(500);
      if (registry?.isAlive === true) break;
      stage.registry();
      stage.run(6000);
      const kinds = (results() ?? []).map(({ kind }) => kind);
      ends.add(kinds.slice(-2).join());
      // Not told that there is a snapshot: then the session is there, and has everything.
      const isTaken = kinds.includes('snapshot');
      if (!isTaken) stage.perform(snapshotPlan('web', SNAPSHOT), 3000);
      expect({ call, isTaken, counters: countersIn(stage, SNAPSHOT) }).toEqual({
        call,
        isTaken,
        counters: ALL,
      });
    }
    // It died before the snapshot, over it, over the end of the session.
    expect([...ends].toSorted()).toEqual(['exit,failure', 'snapshot,failure', 'snapshot,reply']);
  });
});
