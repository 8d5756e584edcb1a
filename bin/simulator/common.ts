/** What the commands of `lttng-sim` share: scenarios and seeds as users write them, and how they answer. */
import { InvalidArgumentError } from 'commander';
import { BUGS, type Bug } from '../../sim/bugs.ts';
import type { RunReport } from '../../sim/run.ts';
import type { Scenario } from '../../sim/scenario.ts';
import { SCENARIOS, scenarioNamed } from '../../sim/scenarios/index.ts';
import type { Output } from '../cli/output.ts';

/** Exit statuses of `lttng-sim`. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export interface Cli {
  readonly output: Output;
}

export function scenarioOf(name: string): Scenario {
  const scenario = scenarioNamed(name);
  if (scenario !== undefined) return scenario;
  const known = SCENARIOS.map(({ id }) => id).join(', ');
  throw new InvalidArgumentError(`There is no scenario "${name}"; there are ${known}.`);
}

export function bugOf(name: string): string {
  if (Object.hasOwn(BUGS, name)) return name;
  throw new InvalidArgumentError(`There is no bug "${name}"; \`lttng-sim list\` names them.`);
}

export function bugNamed(name: string | undefined): Bug | undefined {
  return name === undefined ? undefined : BUGS[name];
}

/** An integer from 0 to 2^53 - 1. */
export function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('A seed is an integer from 0 to 2^53 - 1.');
}

export function countOf(text: string): number {
  const count = seedOf(text);
  if (count > 0) return count;
  throw new InvalidArgumentError('At least 1.');
}

/** A run as programs read it. */
export function reportValue(scenario: string, seed: number, report: RunReport): object {
  const { findings, hash, steps, simulatedMs, eventsRecorded, marks, peaks } = report;
  const verdict = findings.length === 0 ? 'ok' : 'failed';
  return {
    scenario,
    seed,
    verdict,
    hash,
    steps,
    'simulated-ms': simulatedMs,
    'events-recorded': eventsRecorded,
    marks,
    peaks: {
      'queued-bytes': peaks.queuedBytes,
      held: peaks.held,
      actors: peaks.actors,
      segments: peaks.segments,
      'segment-bytes': peaks.segmentBytes,
    },
    findings,
  };
}
