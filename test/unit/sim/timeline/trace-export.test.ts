/** A run as a CTF trace: our own viewer and babeltrace2 read the same events from it, without warnings. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runScenario } from '../../../../sim/run/run.ts';
import { s1 } from '../../../../sim/scenarios/single-user.ts';
import type { TimelineEntry } from '../../../../sim/timeline/entry.ts';

const BIN = fileURLToPath(new URL('../../../../dist/bin/', import.meta.url));
const SEED = 7;
const HAS_BABELTRACE = spawnSync('babeltrace2', ['--version']).status === 0;

let directory = '';
beforeAll(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'lttng-sim-trace-')), 'trace');
  expect(lttngSim('run', 'S1', '--seed', `${SEED}`, '--trace', directory).status).toBe(0);
});
afterAll(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

function lttngSim(...words: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [join(BIN, 'lttng-sim.js'), ...words], { encoding: 'utf8' });
}

function viewed(): string {
  const words = [join(BIN, 'lttng.js'), 'view', directory];
  const { stdout, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
}

describe('a run as a trace', () => {
  test('has every entry of every process, in virtual time', () => {
    const entries: TimelineEntry[] = [];
    runScenario(s1.draw(SEED), { onEntry: (entry) => entries.push(entry) });
    const lines = viewed().trim().split('\n');
    const shown = lines.filter((line) => !line.includes(' sim:call: '));
    expect(shown).toHaveLength(entries.length);
    expect(lines.length).toBeGreaterThan(2 * shown.length);
    for (const [index, { time, who, pid, kind, step }] of entries.entries()) {
      const digits = `${time}`.padStart(9, '0');
      const line = shown.find(
        (other) => other.includes(`.${digits}] `) && other.includes(`:${who}:`),
      );
      expect(line, `entry ${index}`).toBeDefined();
      expect(
        shown.some(
          (other) =>
            other.includes(`${who}:(${pid}) sim:${kind}: `) && other.includes(`{ step = ${step}`),
        ),
      ).toBe(true);
    }
    const traces = readdirSync(join(directory, 'ust/pid'));
    expect(traces).toHaveLength(new Set(entries.map(({ pid }) => pid)).size);
  });

  test('is read by babeltrace2 without a warning, with the same content', ({ skip }) => {
    skip(!HAS_BABELTRACE, 'babeltrace2 is not installed');
    const { stdout, stderr, status } = spawnSync('babeltrace2', [directory], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stderr).toBe('');
    const events = (text: string): string[] =>
      text
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\[[^\]]*\] \([^)]*\) /, ''));
    expect(events(stdout).sort()).toEqual(events(viewed()).sort());
  });

  test('is not written into a directory with other files', () => {
    const again = lttngSim('run', 'S1', '--seed', '1', '--trace', directory);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('is not empty');
    const inNone = lttngSim('run', 'S1', '--seed', '1', '--trace', '/dev/null/trace');
    expect(inNone.status).toBe(2);
    expect(existsSync('/dev/null/trace')).toBe(false);
  });
});
