/**
 * `lttng record` whose registry dies while its command runs: it finds or starts the next registry, and ends the
 * recording there as usual (R2.13, R1.23).
 */
import { describe, expect, it } from 'vitest';
import { RETURN_MS_MAX, TIMES_ASKED_AGAIN_MAX } from '../../../actors/client/context.ts';
import type { StepResult } from '../../../actors/client/plans/plan.ts';
import { recordPlan, snapshotPlan } from '../../../actors/client/plans/record.ts';
import { startClient } from '../../../actors/programs/client.ts';
import { APPLICATION_PROGRAM } from '../../../sim/input/command.ts';
import type { SimProcess } from '../../../sim/machine/simulation.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import { decodeFrame, encodeFrame, FrameParser } from '../../../src/wire/frames.ts';
import { SESSION_VARIABLE } from '../../../src/wire/launch.ts';
import { PLACE } from '../../fuzz/arena.ts';
import { Stage, steady } from '../../support/simulated/stage.ts';

const SESSIOND = { program: 'lttng-ts:lttng-sessiond', args: [] };
const SNAPSHOT = '/home/alice/crash';
const OUTPUT = '/home/alice/trace';
const EVENTS = 20;

interface Recording {
  readonly stage: Stage;
  results(): readonly StepResult[] | undefined;
}

/** A recording of a program that records for 100 ms and exits with this code 100 ms later. */
function record(options: {
  code: number;
  onCrash?: string;
  isStarter?: boolean;
  isDiskFull?: boolean;
}): Recording {
  const { code, onCrash, isStarter = false, isDiskFull = false } = options;
  const stage = new Stage(1);
  const { steps } = steady(5, 5 * EVENTS);
  const workload = { steps: [...steps.slice(0, -1), { at: 200, do: 'exit', code }] };
  // Carol may not use the global registry: she has her own, which her command may start again.
  const hands = isStarter ? stage.simulation.login('carol') : stage.hands;
  const home = isStarter ? '/home/carol' : '/home/alice';
  let done: readonly StepResult[] | undefined;
  if (!isStarter) {
    stage.registry();
    stage.run(20);
  }
  if (isDiskFull) stage.simulation.faultControls.leaveOnDisk(0);
  startClient(hands.world, {
    plan: recordPlan({
      name: 'web',
      output: `${home}/trace`,
      channel: undefined,
      patterns: ['*'],
      selection: { logLevelMax: 14 },
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

function registriesOf(stage: Stage): SimProcess[] {
  return stage.simulation
    .processes()
    .filter(({ program, isAlive }) => program === 'lttng-sessiond' && isAlive);
}

function killRegistries(stage: Stage): SimProcess[] {
  const registries = registriesOf(stage);
  for (const { pid } of registries) stage.simulation.kill(pid);
  return registries;
}

/** Kills the registry at its n-th call from now on; false if it makes fewer calls. */
function diesAt(stage: Stage, call: number): boolean {
  const [registry] = registriesOf(stage);
  stage.simulation.killAtCall(registry?.pid ?? 0, call);
  stage.run(500);
  return registry?.isAlive !== true;
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
    // No other registry runs yet when the program has crashed.
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

  it('reports that there is none, and the session stays for later', () => {
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
    for (let call = 2; ; call += 2) {
      const { stage, results } = record({ code: 3, onCrash: SNAPSHOT });
      if (!diesAt(stage, call)) break;
      stage.registry();
      stage.run(6000);
      const kinds = (results() ?? []).map(({ kind }) => kind);
      ends.add(kinds.slice(-2).join());
      // Without a report of the snapshot the session still exists, and has all data.
      const isTaken = kinds.includes('snapshot');
      if (!isTaken) stage.perform(snapshotPlan('web', SNAPSHOT), 3000);
      expect({ call, isTaken, counters: countersIn(stage, SNAPSHOT) }).toEqual({
        call,
        isTaken,
        counters: ALL,
      });
    }
    // It died before the snapshot, during it, or during the end of the session.
    expect([...ends].toSorted()).toEqual(['exit,failure', 'snapshot,gone', 'snapshot,reply']);
  });

  it('ends its session at the next one when this one dies during the end, whichever call is the last', () => {
    const ends = new Map<string, number>();
    for (let call = 1; ; call++) {
      const { stage, results } = record({ code: 0 });
      if (!diesAt(stage, call)) break;
      stage.registry();
      stage.run(3000);
      const end = results()?.at(-1)?.kind ?? 'nothing';
      ends.set(end, (ends.get(end) ?? 0) + 1);
      const isOver = end === 'reply' || end === 'gone';
      expect({ call, end, isOver, counters: countersIn(stage, OUTPUT) }).toEqual({
        call,
        end,
        isOver: true,
        counters: ALL,
      });
      expect(stage.leftovers()).toEqual([]);
    }
    expect(ends.get('reply')).toBeGreaterThan(5);
    expect(ends.get('gone')).toBeGreaterThan(0);
  });

  it('does not report the end of a session that the next one may have no record of', () => {
    const { stage, results } = record({ code: 0, isDiskFull: true });
    stage.run(400);
    expect(results()).toBeUndefined();
    killRegistries(stage);
    stage.registry();
    stage.run(1000);
    expect(results()?.at(-1)).toMatchObject({ kind: 'failure', code: 'REGISTRY_LOST' });
  });

  it('gives up when one registry after the other dies during the end', () => {
    const { stage, results } = record({ code: 0 });
    let asked = 0;
    killRegistries(stage);
    const hands = stage.simulation.login('root');
    hands.world.files.remove(PLACE.client);
    hands.world.unix.listen(PLACE.client, { mode: 0o666 }, (connection) => {
      const parser = new FrameParser();
      connection.start({
        onData: (bytes) => {
          for (const body of parser.push(bytes).bodies) {
            const heard = decodeFrame(Uint8Array.of(0, 0, 0, 0, ...body)) as {
              type: string;
              operation?: { op: string };
            };
            const version = { major: CONTROL_PROTOCOL_MAJOR, minor: 0 };
            const welcome = encodeFrame({ type: 'welcome', ...version, scope: 'global', pid: 1 });
            if (heard.type === 'hello' && welcome.ok) connection.send(welcome.value);
            else {
              if (heard.operation?.op === 'session.destroy') asked += 1;
              connection.close();
            }
          }
        },
        onClose: () => undefined,
      });
    });
    stage.run(1000);
    expect(asked).toBe(1 + TIMES_ASKED_AGAIN_MAX);
    expect(results()?.slice(-2)).toMatchObject([
      { kind: 'exit' },
      { kind: 'failure', code: 'REGISTRY_LOST' },
    ]);
  });
});
