/** `lttng-sim` as a program: its verdicts, its exit statuses, and that a seed gives the same run in every process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FAULT_LABELS } from '../../../sim/input/fault.ts';
import { LOSSY_LINK, NETWORK_FAULT_LABELS } from '../../../sim/input/network-fault.ts';
import { QUIRKS } from '../../../sim/machine/core/quirks.ts';
import type { FailureFile } from '../../../sim/run/failure-file.ts';
import { runScenario } from '../../../sim/run/run.ts';
import { SCENARIOS } from '../../../sim/scenarios/index.ts';
import { s1 } from '../../../sim/scenarios/single-user.ts';
import { visible } from '../../../src/base/visible.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/bin/lttng-sim.js', import.meta.url));

function unsafeLines(text: string): string[] {
  return text.split('\n').filter((line) => visible(line) !== line);
}

function lttngSim(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8' });
}

describe('lttng-sim', () => {
  test('run prints the result of the same run in this process', () => {
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

  test('run --log prints messages, states and ends, and does not change the run', () => {
    const { stdout } = lttngSim('run', 's1', '--seed', '2', '--log');
    const has = (pattern: RegExp): boolean => pattern.test(stdout);
    expect(has(/^ +\d+\.\d{3} alice\/lttng\.0 -> \d+: \{"type":"hello"/m)).toBe(true);
    expect(has(/lttng-sessiond\.0 registry is serving$/m)).toBe(true);
    expect(has(/alice\/lttng\.0 ends: 0$/m)).toBe(true);
    expect(has(new RegExp(`hash ${runScenario(s1.draw(2)).hash}$`, 'm'))).toBe(true);
  });

  test('run --calls does not report a broken law when its reader closes the pipe', () => {
    const words = `"${process.execPath}" "${PROGRAM}" run F3 --seed 1 --calls`;
    const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${words}; echo "$?" >&2; } | head -n 1`], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^0\.\d+ [^\n]+\n$/);
    expect(stderr).toBe('0\n');
  });

  test('fuzz exits with 1 at the first broken law, and prints how to run it again', () => {
    const { status, stdout } = lttngSim('fuzz', 'S1', '--from', '5', '--bug', 'segment-kept');
    expect(status).toBe(1);
    const command = /^Replay: lttng-sim (run S1 --seed (\d+) --bug segment-kept)$/m.exec(stdout);
    const again = lttngSim(...(command?.[1]?.split(' ') ?? []));
    expect(again.status).toBe(1);
    expect(again.stdout).toContain('leftovers: segment');
  });

  test('fuzz writes a file for each failure, which replay runs again', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lttng-sim-'));
    try {
      const words = ['fuzz', 'S1', '--from', '5', '-n', '4', '--bug', 'segment-kept'];
      const more = ['--keep-going', '--jobs', '2', '--failures', directory];
      const fuzzed = lttngSim('--output-format', 'json', ...words, ...more);
      expect(fuzzed.status).toBe(1);
      const told = fuzzed.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      const files = readdirSync(directory);
      expect(files.length).toBeGreaterThan(1);
      expect(told.at(-1)).toMatchObject({ verdict: 'failed', runs: 4, failures: files.length });

      const [file = ''] = files.map((name) => join(directory, name));
      const again = lttngSim('replay', file, '--at', '40');
      expect(again.status).toBe(1);
      expect(again.stdout).toContain('Step 40 at ');
      expect(again.stdout).toContain('The same run as in the file');
      expect(again.stdout).toContain('leftovers: segment');

      const written = JSON.parse(readFileSync(file, 'utf8')) as FailureFile;
      const hash = '0000000000000000';
      const checkpoints = written.checkpoints.map((entry) =>
        entry.step === 2 ? { ...entry, hash } : entry,
      );
      writeFileSync(file, JSON.stringify({ ...written, hash, checkpoints, version: '0.0.9' }));
      const parted = lttngSim('replay', file);
      expect(parted.stdout).toContain('it differs at step 2');
      expect(parted.stdout).toContain('lttng-ts 0.0.9, now 0.1.0');

      writeFileSync(file, JSON.stringify({ ...written, input: { seed: 1 } }));
      const refused = lttngSim('replay', file);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain('Not a failure file: input.');
      const absent = lttngSim('replay', join(directory, 'absent'));
      expect(absent.status).toBe(2);

      writeFileSync(file, JSON.stringify(written));
      const page = join(directory, 'page.html');
      expect(lttngSim('replay', file, '--minimised', '--page', page).status).toBe(1);
      expect(readFileSync(page, 'utf8')).toContain(`lttng-sim replay ${file} --minimised`);
      const mistaken = lttngSim('run', 'S1', '--input', file);
      expect(mistaken.status).toBe(2);
      expect(mistaken.stderr).toContain('use lttng-sim replay');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('replay shows nothing of a crafted file that steers a terminal', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lttng-sim-'));
    try {
      const file = join(directory, 'crafted.json');
      const page = join(directory, 'page.html');
      lttngSim(
        'fuzz',
        'S1',
        '--from',
        '5',
        '-n',
        '1',
        '--bug',
        'segment-kept',
        '--failures',
        directory,
      );
      const [name = ''] = readdirSync(directory);
      const written = JSON.parse(readFileSync(join(directory, name), 'utf8')) as FailureFile;
      const evil = '\u001b]0;x\u0007\u009b2J\u202e\u2066\u2028\n</script>';
      const crafted = { version: evil, commit: evil, node: evil, scenario: evil };
      const hash = '0000000000000000';
      writeFileSync(file, JSON.stringify({ ...written, ...crafted, hash, checkpoints: [] }));
      const ways = [
        ['replay', file],
        ['replay', file, '--at', '40', '--page', page],
        ['--output-format', 'json', 'replay', file],
      ].map((words) => lttngSim(...words));
      writeFileSync(file, JSON.stringify({ ...written, oracle: evil }));
      ways.push(lttngSim('replay', file), lttngSim('run', 'S1', '--input', file));
      for (const { stdout, stderr } of ways) expect(unsafeLines(stdout + stderr)).toEqual([]);
      expect(ways.map(({ status }) => status)).toEqual([1, 1, 1, 2, 2]);
      const [text = ''] = ways.map(({ stdout }) => stdout);
      expect(text).toContain(`${visible(evil)} fails:`);
      expect(text).toContain(`commit ${visible(evil)}, now `);
      const html = readFileSync(page, 'utf8');
      expect(unsafeLines(html)).toEqual([]);
      expect(html).not.toContain('</script>\n</script>');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('shrink prints a smaller input that fails in the same way, and run accepts it', () => {
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

  test('fuzz exits with 0 when all laws hold', () => {
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
    const said = JSON.parse(stdout) as { readonly labels: Readonly<Record<string, number>> };
    expect(said).toMatchObject({ verdict: 'ok', runs: 2 * SCENARIOS.length });
    // Faults that never hit are listed as well, with 0.
    expect(Object.keys(said.labels).sort()).toEqual(
      [...QUIRKS, ...FAULT_LABELS, ...NETWORK_FAULT_LABELS, LOSSY_LINK].sort(),
    );
  });

  test('check reproduces the runs, here and in fresh processes elsewhere', {
    timeout: 240_000,
  }, () => {
    const { status, stdout } = lttngSim(
      '--output-format',
      'json',
      'check',
      '-n',
      '1',
      '--from',
      '3',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'ok',
      runs: SCENARIOS.length,
      differences: [],
    });
    expect(status).toBe(0);
  });

  test.each([
    [['run', 'none'], 'There is no scenario "none"'],
    [['run', 'S1', '--seed', '-1'], 'It is an integer from 0 to 2^53 - 1'],
    [['run', 'S1', '--page', '/dev/null/page'], 'lttng-sim: Cannot write /dev/null/page (ENOTDIR)'],
    [['fuzz', 'S1', '--seeds', '0'], 'It is an integer from 1 to 2^53 - 1'],
    [['fuzz', 'S1', '--jobs', '257'], 'It is an integer from 1 to 256'],
    [
      ['fuzz', 'S1', '-n', '2', '--from', `${Number.MAX_SAFE_INTEGER}`],
      'There are no 2 seeds from',
    ],
    [['fuzz', 'S1', '-n', '1', '--failures', '/dev/null/x'], 'Cannot write /dev/null/x (ENOTDIR)'],
    [['check', 'S1', '-n', '10001'], 'It is an integer from 1 to 10000'],
    [['check', 'S1', '--from', `${Number.MAX_SAFE_INTEGER}`], 'There are no 20 seeds from'],
    [['shrink', 'S1', '--seed', '3'], 'S1 does not fail with seed 3 (NOTHING_TO_SHRINK)'],
    [['charts', '/dev/null/x'], 'Cannot write /dev/null/x (ENOTDIR)'],
    [['replay', '/dev/zero'], 'Not a failure file: /dev/zero has more than'],
    [['run', 'S1', '--bug', 'none'], 'There is no bug "none"'],
    [['walk'], "lttng-sim: Unknown command 'walk' (USAGE)\n"],
    [['run', 'S1', '--bug', '\u001b[31m\u202e'], 'There is no bug "\\e[31m\\u202e"'],
  ])('wrong arguments end with 2: %j', (words, reason) => {
    const { status, stdout, stderr } = lttngSim(...words);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(reason);
  });
});
