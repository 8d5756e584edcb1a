/**
 * Runs that failed once, as the smallest input that failed. They are data and not seeds: a seed draws another input
 * when drawing changes. A run that only the laws check is an input file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FaultScript } from '../../../sim/input/fault.ts';
import type { ScenarioInput } from '../../../sim/input/scenario.ts';
import { scenarioInput } from '../../../sim/input/schema.ts';
import type { Workload } from '../../../sim/input/workload.ts';
import { runScenario } from '../../../sim/run/run.ts';

const EMITTING: Workload = {
  steps: [{ at: 5, do: 'emit', of: 'a', count: 20, characters: 100 }],
};

/** Alice records a program with a registry of her own. */
function recording(faults: FaultScript, workload: Workload = EMITTING): ScenarioInput {
  return {
    seed: 1,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
    groups: { root: 0, alice: 1001, tracing: 2000 },
    scripts: [
      {
        user: 'alice',
        steps: [
          {
            at: 0,
            do: 'lttng',
            command: {
              kind: 'record',
              name: 'run',
              output: '/home/alice/run',
              channel: undefined,
              patterns: ['*'],
              workload,
            },
          },
        ],
      },
    ],
    samplesAt: [30, 40, 60],
    faults,
  };
}

const INPUTS = fileURLToPath(new URL('regressions', import.meta.url));
const CONSUMER = { program: 'ust-consumerd', index: 0 };

describe('a run that failed once', () => {
  test('a session started although its consumer could not write anywhere', () => {
    const { findings, ledger } = runScenario(
      recording([
        {
          kind: 'call-fails',
          of: CONSUMER,
          call: 'files.holdDirectory',
          code: 'ENOSPC',
          nth: 1,
          times: 1,
        },
      ]),
    );
    expect(findings).toEqual([]);
    const [command] = ledger.commands;
    expect(command?.results.filter(({ kind }) => kind === 'failure')).toMatchObject([
      { code: 'CONSUMER_FAILED' },
    ]);
    // No program ran unrecorded.
    expect(ledger.threads.filter(({ startedAt }) => startedAt < 100_000_000)).toEqual([]);
  });

  test.each(readdirSync(INPUTS))('%s', (name) => {
    const input = v.parse(scenarioInput, JSON.parse(readFileSync(`${INPUTS}/${name}`, 'utf8')));
    expect(runScenario(input).findings).toEqual([]);
  });
});
