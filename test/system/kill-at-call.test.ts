/**
 * kill -9 at every World call of every program: the process is gone at that call, whoever made it (an effect handler,
 * or xstate itself arming a timer in the middle of a transition), and the others bear it.
 */
import { describe, expect, test } from 'vitest';
import type { OracleId } from '../../sim/oracles/finding.ts';
import { type RunReport, runScenario } from '../../sim/run/run.ts';
import { recorded } from '../support/simulated/recorded.ts';

/** What holds whoever was killed; a trace that nobody could finish is missing its end. */
const ALWAYS: readonly OracleId[] = ['conduct', 'isolation', 'readability'];
/** Calls that even the busiest program does not make in this run. */
const CALLS_MAX = 1000;

const INPUT = recorded({
  steps: [
    { at: 1, do: 'emit', of: 'a', count: 20, characters: 300 },
    { at: 10, do: 'emit', of: 'b', count: 5, characters: 10 },
  ],
});

function killed(program: string, atCall: number): RunReport {
  const of = { program, index: 0 };
  return runScenario({ ...INPUT, faults: [{ kind: 'kill', of, atCall }] });
}

describe('kill -9 at every call', () => {
  test.each(['lttng', 'lttng-sessiond', 'ust-consumerd', 'application'])('of %s', (program) => {
    let kills = 0;
    for (let call = 1; call < CALLS_MAX; call++) {
      const { findings, simulation } = killed(program, call);
      const wrong = findings.filter(
        // What a consumer leaves is continued: nothing is excused.
        ({ oracle }) => program === 'ust-consumerd' || ALWAYS.includes(oracle),
      );
      expect(wrong, `killed at call ${call}`).toEqual([]);
      // One empty metadata file keeps babeltrace2 from every other trace in the directory.
      const empty = simulation
        .listFiles()
        .filter(({ path, byteLength }) => path.endsWith('/metadata') && byteLength === 0);
      expect(empty, `killed at call ${call}`).toEqual([]);
      const process = simulation.processes().find((other) => other.program === program);
      if (process?.exit?.signal !== 'SIGKILL') break;
      expect(process.calls).toBe(call);
      kills += 1;
    }
    expect(kills).toBeGreaterThan(20);
    expect(kills).toBeLessThan(CALLS_MAX - 1);
  });
});
