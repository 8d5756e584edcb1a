/** Failure files: their contents, that they repeat the same run, and that invalid files are refused. */
import { describe, expect, test } from 'vitest';
import { BUGS } from '../../../../sim/bugs/bugs.ts';
import { type Lens } from '../../../../sim/machine/lens.ts';
import type { Simulation } from '../../../../sim/machine/simulation.ts';
import {
  CHECKPOINTS_MAX,
  checkpointRecorder,
  firstDifference,
} from '../../../../sim/run/checkpoints.ts';
import {
  type FailureFile,
  failureOf,
  minimise,
  readFailure,
  readInput,
  runChecked,
  runTwice,
} from '../../../../sim/run/failure-file.ts';
import { runScenario } from '../../../../sim/run/run.ts';
import { SCENARIOS } from '../../../../sim/scenarios/index.ts';
import { s1 } from '../../../../sim/scenarios/single-user.ts';
import { machineLines, machineLooker } from '../../../../sim/timeline/machine-view.ts';

const ORIGIN = { version: '0.1.0', commit: 'unknown', node: '20.0.0' };
const BUG = 'segment-kept';
const SEED = 5;

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Something is missing');
  return value;
}

function failed(): FailureFile {
  const input = s1.draw(SEED);
  const run = runChecked(input, { lens: BUGS[BUG]?.plant() });
  const failure = failureOf(ORIGIN, { scenario: 'S1', input, bug: BUG }, run, undefined);
  return present(failure);
}

describe('failure files', () => {
  test('hold all data to repeat the run, and repeat the same run', () => {
    const failure = failed();
    const read = readFailure(JSON.stringify(failure));
    expect(read).toEqual({ ok: true, value: failure });
    expect(failure).toMatchObject({ ...ORIGIN, oracle: 'leftovers', scenario: 'S1', bug: BUG });
    const again = runChecked(failure.input, { lens: BUGS[BUG]?.plant() });
    expect(again.report.hash).toBe(failure.hash);
    expect(firstDifference(failure.checkpoints, again.checkpoints)).toBeUndefined();
  });

  test('accept every input that scenarios draw', () => {
    for (const scenario of SCENARIOS) {
      for (let seed = 0; seed < 100; seed++) {
        const input = scenario.draw(seed);
        const read = readInput(JSON.stringify(input));
        expect(read).toMatchObject({ ok: true });
      }
    }
  });

  test('have a minimised input that breaks the same law', () => {
    const failure = minimise(failed());
    const minimised = present(failure.minimised);
    expect(JSON.stringify(minimised).length).toBeLessThan(JSON.stringify(failure.input).length);
    const { findings } = runScenario(minimised, { lens: BUGS[BUG]?.plant() });
    expect(findings.map(({ oracle }) => oracle)).toContain(failure.oracle);
    expect(readFailure(JSON.stringify(failure))).toMatchObject({ ok: true });
  });

  const valid = s1.draw(1);
  test.each([
    ['not JSON', '{', 'It is not JSON'],
    ['another format', JSON.stringify({ ...failed(), format: 'x' }), 'format'],
    ['an unknown law', JSON.stringify({ ...failed(), oracle: 'x' }), 'oracle'],
    ['an unknown bug', JSON.stringify({ ...failed(), bug: 'constructor' }), 'bug'],
    ['an additional member', JSON.stringify({ ...failed(), more: 1 }), 'more'],
  ])('are refused: %s', (_, text, reason) => {
    const read = readFailure(text);
    expect(read).toMatchObject({ ok: false, error: expect.stringContaining(reason) as string });
  });

  test.each([
    ['a negative seed', { ...valid, seed: -1 }, 'seed'],
    ['an unknown user', { ...valid, scripts: [{ user: 'eve', steps: [] }] }, 'users of scripts'],
    [
      'two users with one id',
      { ...valid, users: [...valid.users, { ...valid.users[0], name: 'b' }] },
      'ids of their own',
    ],
    ['an unknown group', { ...valid, groups: {} }, 'groups'],
    [
      'too many samples',
      { ...valid, samplesAt: Array.from({ length: 5000 }, () => 1) },
      'samplesAt',
    ],
    [
      'too many events at once',
      {
        ...valid,
        scripts: [
          {
            user: 'alice',
            steps: [
              {
                at: 0,
                do: 'application',
                workload: { steps: [{ at: 0, do: 'emit', count: 1e9, of: 'a', characters: 1 }] },
              },
            ],
          },
        ],
      },
      'count',
    ],
  ])('refuse inputs with %s', (_, input, reason) => {
    expect(readInput(JSON.stringify(input))).toMatchObject({
      ok: false,
      error: expect.stringContaining(reason) as string,
    });
  });

  test('refuse applications that start applications without end', () => {
    let workload: object = { steps: [] };
    for (let depth = 0; depth < 100; depth++) {
      workload = { steps: [{ at: 0, do: 'spawn', workload }] };
    }
    const scripts = [{ user: 'alice', steps: [{ at: 0, do: 'application', workload }] }];
    expect(readInput(JSON.stringify({ ...valid, scripts }))).toMatchObject({ ok: false });
  });
});

describe('checkpoints', () => {
  const hashed = (hash: string): Simulation => ({ hash: () => hash }) as unknown as Simulation;

  test('are every step of a short run, and evenly spaced in a long one', () => {
    const { onStep, checkpoints } = checkpointRecorder();
    const lengths: number[] = [];
    for (let step = 1; step <= 5000; step++) {
      onStep({ step, time: step, pid: 1, kind: 'timer', payload: 0 }, hashed(`${step}`));
      lengths.push(checkpoints().length);
    }
    expect(lengths[CHECKPOINTS_MAX - 1]).toBe(CHECKPOINTS_MAX);
    const steps = checkpoints().map(({ step }) => step);
    expect(steps.length).toBeGreaterThan(CHECKPOINTS_MAX / 4);
    expect(steps.length).toBeLessThanOrEqual(CHECKPOINTS_MAX);
    expect(new Set(steps.map((step, index) => step - (steps[index - 1] ?? 0))).size).toBe(1);
  });

  test('name the first step that differs, whatever comes after it', () => {
    const run = (length: number, from: number) =>
      Array.from({ length }, (_, index) => ({
        step: index + 1,
        time: index,
        hash: index + 1 >= from ? `other ${index}` : `${index}`,
      }));
    expect(firstDifference(run(9, 99), run(9, 99))).toBeUndefined();
    expect(firstDifference(run(9, 99), run(9, 4))).toEqual({ after: 3, step: 4 });
    expect(firstDifference(run(9, 99), run(7, 99))).toEqual({ after: 7, step: 8 });
    expect(firstDifference(run(7, 99), run(9, 99))).toEqual({ after: 7, step: 8 });
    const every = run(9, 4).filter(({ step }) => step % 2 === 0);
    expect(firstDifference(run(9, 99), every)).toEqual({ after: 2, step: 4 });
  });

  test('show a program that behaves differently in the second run', () => {
    let runs = 0;
    const optionsOf = (): { lens: Lens } => {
      const isSecond = ++runs > 1;
      const lens: Lens = (world, program) => ({
        ...world,
        log: (event, fields) => {
          world.log(event, fields);
          if (isSecond && program === 'lttng-sessiond' && event === 'registry.ready') {
            world.log('custom.onceMore');
          }
        },
      });
      return { lens };
    };
    const difference = present(runTwice(s1.draw(2), optionsOf).difference);
    expect(difference.step).toBe(difference.after + 1);
    expect(difference.after).toBeGreaterThan(1);
  });
});

describe('the machine at a step', () => {
  test('shows the processes and the contents of the buffers', () => {
    const steps = runScenario(s1.draw(2)).steps;
    const texts: string[] = [];
    for (let at = 1; at <= steps; at += 7) {
      const looker = machineLooker(at);
      runScenario(s1.draw(2), looker);
      const view = present(looker.view());
      expect(view.step).toBe(at);
      texts.push(machineLines(view).join('\n'));
    }
    const all = texts.join('\n');
    expect(all).toMatch(/registry is serving/);
    expect(all).toMatch(/alice\/application\.0 \(uid 1001\), \d+ calls, runs/);
    expect(all).toMatch(/stream \d+ in segment \d+: .* [1-9]\d* opened/);
    expect(all).toMatch(/\d+ to write/);
    expect(all).toMatch(/\/home\/alice\/run-0\/ust\/pid\/.*metadata \(file\)/);
  });

  test('does not change the run', () => {
    const looker = machineLooker(50);
    expect(runScenario(s1.draw(3), looker).hash).toBe(runScenario(s1.draw(3)).hash);
  });

  test('is undefined if the run has no such step', () => {
    const looker = machineLooker(1_000_000);
    runScenario(s1.draw(3), looker);
    expect(looker.view()).toBeUndefined();
  });
});
