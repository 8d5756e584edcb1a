/** An ensemble that never reaches a declared mark of its scenario fails, although every law holds in each run. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  addTally,
  countRun,
  MARKS_RUNS_MIN,
  type Tallies,
  unseenIn,
} from '../../../../sim/run/ensemble.ts';
import { SCENARIOS } from '../../../../sim/scenarios/index.ts';
import { s1 } from '../../../../sim/scenarios/single-user.ts';

const PROGRAM = fileURLToPath(new URL('../../../../dist/bin/lttng-sim.js', import.meta.url));
const BLIND = fileURLToPath(
  new URL('../../../../dist/test/support/simulated/blind.js', import.meta.url),
);
/** The marks of S1 that need no application. */
const REGISTRIES = ['registry-of-a-user', 'registry-global'] as const;
const MISSED =
  'event-recorded, event-discarded, packet-overwritten, application-killed, killed-inside-an-event';

function fuzzBlindly(runs: number, ...words: string[]): { status: number | null; stdout: string } {
  const fuzz = ['fuzz', 'S1', '--from', '1', '-n', `${runs}`, '--jobs', '2', '--twice', '0'];
  return spawnSync(process.execPath, ['--import', BLIND, PROGRAM, ...words, ...fuzz], {
    encoding: 'utf8',
  });
}

describe('an ensemble', () => {
  test('is blind to a mark that never happened in enough runs', () => {
    const tallies: Tallies = {};
    for (let run = 1; run < MARKS_RUNS_MIN; run++) countRun(tallies, 'S1', REGISTRIES);
    const marks = s1.marks.filter((mark) => !REGISTRIES.some((seen) => seen === mark));
    const unseen = { scenario: 'S1', runs: MARKS_RUNS_MIN - 1, marks, isBlind: false };
    expect(unseenIn(tallies, [s1])).toEqual([unseen]);

    countRun(tallies, 'S1', REGISTRIES);
    const blind = { ...unseen, runs: MARKS_RUNS_MIN, isBlind: true };
    expect(unseenIn(tallies, [s1])).toEqual([blind]);

    // One run of another job is enough.
    addTally(tallies, 'S1', { runs: 1, marks: Object.fromEntries(marks.map((mark) => [mark, 1])) });
    expect(unseenIn(tallies, [s1])).toEqual([]);
  });

  test('of no runs has not seen anything yet', () => {
    const unseen = { scenario: 'S1', runs: 0, marks: s1.marks, isBlind: false };
    expect(unseenIn({}, [s1])).toEqual([unseen]);
  });

  test('every scenario declares marks', () => {
    const aimless = SCENARIOS.filter(({ marks }) => marks.length === 0);
    expect(aimless.map(({ id }) => id)).toEqual([]);
  });

  test('lttng-sim fuzz fails when the generator of S1 draws no applications', () => {
    const { status, stdout } = fuzzBlindly(MARKS_RUNS_MIN);
    expect(stdout).toContain(`S1 is blind: in ${MARKS_RUNS_MIN} runs it never reached ${MISSED}.`);
    expect(status).toBe(1);
  });

  test('lttng-sim fuzz only lists unseen marks after fewer runs', () => {
    const { status, stdout } = fuzzBlindly(20);
    expect(stdout).toContain(`S1: not seen yet, in 20 of at least ${MARKS_RUNS_MIN} runs: `);
    expect(status).toBe(0);
    const said: unknown = JSON.parse(fuzzBlindly(20, '--output-format', 'json').stdout);
    expect(said).toMatchObject({ verdict: 'ok', unseen: [{ scenario: 'S1', isBlind: false }] });
  });
});
