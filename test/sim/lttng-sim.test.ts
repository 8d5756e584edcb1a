/** `lttng-sim` as a program: its verdicts, its exit statuses, and that a seed is a run wherever it is run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runScenario } from '../../sim/run.ts';
import { s1 } from '../../sim/scenarios/s1.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/bin/lttng-sim.js', import.meta.url));

function lttngSim(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8' });
}

describe('lttng-sim', { timeout: 120_000 }, () => {
  test('run says what the same run says in this process', () => {
    const { status, stdout } = lttngSim('--output-format', 'json', 'run', 'S1', '--seed', '9');
    const { hash, steps } = runScenario(s1.draw(9));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      scenario: 'S1',
      seed: 9,
      verdict: 'ok',
      hash,
      steps,
    });
  });

  test('run --log tells messages, states and ends, and changes nothing', () => {
    const { stdout } = lttngSim('run', 's1', '--seed', '2', '--log');
    const has = (pattern: RegExp): boolean => pattern.test(stdout);
    expect(has(/^ +\d+\.\d{3} alice\/lttng\.0 -> \d+: \{"type":"hello"/m)).toBe(true);
    expect(has(/lttng-sessiond\.0 registry is serving$/m)).toBe(true);
    expect(has(/alice\/lttng\.0 ends: 0$/m)).toBe(true);
    expect(has(new RegExp(`hash ${runScenario(s1.draw(2)).hash}$`, 'm'))).toBe(true);
  });

  test('fuzz ends with 1 at the first broken law, and says how to see it again', () => {
    const { status, stdout } = lttngSim('fuzz', 'S1', '--from', '5', '--bug', 'segment-kept');
    expect(status).toBe(1);
    const command = /^Replay: lttng-sim (run S1 --seed (\d+) --bug segment-kept)$/m.exec(stdout);
    const again = lttngSim(...(command?.[1]?.split(' ') ?? []));
    expect(again.status).toBe(1);
    expect(again.stdout).toContain('leftovers: segment');
  });

  test('shrink prints less that fails in the same way, and run takes it', () => {
    const bug = ['--bug', 'segment-kept'];
    const { status, stdout } = lttngSim('shrink', 'S1', '--seed', '5', ...bug);
    expect(status).toBe(0);
    expect(stdout.length).toBeLessThan(JSON.stringify(s1.draw(5)).length);
    const directory = mkdtempSync(join(tmpdir(), 'lttng-sim-'));
    try {
      const file = join(directory, 'input.json');
      writeFileSync(file, stdout);
      const again = lttngSim('run', 'S1', '--input', file, ...bug);
      expect(again.status).toBe(1);
      expect(again.stdout).toContain('leftovers: segment');
      expect(lttngSim('run', 'S1', '--input', file).status).toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('fuzz ends with 0 when all laws hold', () => {
    const { status, stdout } = lttngSim(
      '--output-format',
      'json',
      'fuzz',
      '-n',
      '2',
      '--from',
      '0',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'ok', runs: 4 });
  });

  test('check finds the same runs again, here and in fresh processes elsewhere', () => {
    const { status, stdout } = lttngSim(
      '--output-format',
      'json',
      'check',
      '-n',
      '4',
      '--from',
      '3',
    );
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'ok', runs: 8, differences: [] });
    expect(status).toBe(0);
  });

  test.each([
    [['run', 'none'], 'There is no scenario "none"'],
    [['run', 'S1', '--seed', '-1'], 'A seed is an integer'],
    [['run', 'S1', '--bug', 'none'], 'There is no bug "none"'],
    [['walk'], "unknown command 'walk'"],
  ])('wrong arguments end with 2: %j', (words, reason) => {
    const { status, stdout, stderr } = lttngSim(...words);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(reason);
  });
});
