/** A run follows from its seed: in this process, in another, in another time zone and language. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../sim/machine/simulation.ts';
import { runScenario } from '../../../support/simulated/busy-machine.ts';

const PROGRAM = fileURLToPath(
  new URL('../../../../dist/test/support/simulated/print-hash.js', import.meta.url),
);

function hashElsewhere(seed: number, environment: Readonly<Record<string, string>>): string {
  return execFileSync(process.execPath, [PROGRAM, `${seed}`], {
    encoding: 'utf8',
    env: { ...environment },
  });
}

function orderOf(seed: number): string {
  const kinds: string[] = [];
  runScenario(seed, { observer: ({ pid, kind }: Step) => kinds.push(`${pid} ${kind}`) });
  return kinds.join(', ');
}

describe('Simulation.hash()', () => {
  it('is the same for every run of a seed in this process, watched or not', () => {
    const plain = runScenario(11);
    const lines: string[] = [];
    const watched = runScenario(11, { observer: () => {}, trace: (line) => lines.push(line) });
    expect(plain.violations).toEqual([]);
    expect(watched.hash()).toBe(plain.hash());
    expect(watched.checkpoints).toEqual(plain.checkpoints);
    expect(lines.length).toBeGreaterThan(plain.steps);
  });

  it.each([
    ['plain', {}],
    ['east', { TZ: 'Asia/Tokyo', LC_ALL: 'ja_JP.UTF-8' }],
    ['west', { TZ: 'America/St_Johns', LC_ALL: 'C', LANG: 'tr_TR.UTF-8', NODE_ENV: 'test' }],
  ])('is the same in a fresh process: %s', (_, environment) => {
    expect(hashElsewhere(11, environment)).toBe(runScenario(11).hash());
  });

  it('differs between seeds, because the schedules do', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    expect(new Set(seeds.map((seed) => runScenario(seed).hash())).size).toBe(seeds.length);
    expect(new Set(seeds.map(orderOf)).size).toBe(seeds.length);
  });

  it('brackets the first difference between checkpoints', () => {
    const { checkpoints, steps } = runScenario(3);
    expect(checkpoints.map(({ step }) => step)).toEqual(
      Array.from({ length: Math.floor(steps / 256) }, (_, index) => 256 * (index + 1)),
    );
  });
});

describe('the trace', () => {
  it('shows time, process, call and outcome, in order', () => {
    const lines: string[] = [];
    runScenario(5, { trace: (line) => lines.push(line) });
    for (const line of lines) expect(line).toMatch(/^\d+\.\d{9} \w+\/\w+\.\d+ \S/);
    const times = lines.map((line) => line.split(' ')[0] ?? '');
    expect(times.toSorted((one, other) => Number(one) - Number(other))).toEqual(times);
    const has = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
    expect(has(/alice\/server\.0 unix\.listen \/tmp\/scenario\.sock: ok$/)).toBe(true);
    expect(has(/alice\/server\.0 < data \d+ bytes$/)).toBe(true);
    expect(has(/bob\/client\.\d unix\.connect \/tmp\/scenario\.sock$/)).toBe(true);
    expect(has(/bob\/client\.0 < end SIGKILL$/)).toBe(true);
    expect(has(/carol\/child\.\d processes\.exit 4$/)).toBe(true);
  });

  it('is the same for every run of a seed', () => {
    const trace = (): string[] => {
      const lines: string[] = [];
      runScenario(8, { trace: (line) => lines.push(line) });
      return lines;
    };
    expect(trace()).toEqual(trace());
  });
});
