/**
 * kill -9 at every World call of every program: the process dies at that call, in an effect handler or in xstate that
 * arms a timer during a transition, and the other processes continue.
 */
import { describe, expect, test } from 'vitest';
import type { OracleId } from '../../sim/oracles/finding.ts';
import { type RunReport, runScenario } from '../../sim/run/run.ts';
import { recorded } from '../support/simulated/recorded.ts';

/** The oracles that apply to every killed program; a trace without a writer may lack its end. */
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
        // The next consumer continues the trace of a killed one: no finding is tolerated.
        ({ oracle }) => program === 'ust-consumerd' || ALWAYS.includes(oracle),
      );
      expect(wrong, `killed at call ${call}`).toEqual([]);
      // babeltrace2 reads no trace of a directory in which one metadata file is empty.
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
