/** Shared by the commands of `lttng-sim`: parsers of scenarios and seeds, errors and results. */
import { InvalidArgumentError } from 'commander';
import { BUGS, type Bug } from '../../sim/bugs/bugs.ts';
import type { Scenario } from '../../sim/input/scenario.ts';
import type { RunReport } from '../../sim/run/run.ts';
import { SCENARIOS, scenarioNamed } from '../../sim/scenarios/index.ts';
import type { Output } from '../terminal/output.ts';

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

/** An integer from `least` to `most`. */
export function integerFrom(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  const last = most === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : `${most}`;
  return (text) => {
    const integer = Number(text);
    if (/^\d+$/.test(text) && integer >= least && integer <= most) return integer;
    throw new InvalidArgumentError(`It is an integer from ${least} to ${last}.`);
  };
}

export const seedOf = integerFrom(0);
export const countOf = integerFrom(1);

/** Whether that many seeds exist; prints an error when they do not. */
export function hasSeeds({ output }: Cli, from: number, seeds: number): boolean {
  if (from <= Number.MAX_SAFE_INTEGER - seeds) return true;
  output.error('NO_SUCH_SEED', `There are no ${seeds} seeds from ${from} on: they end at 2^53 - 1`);
  process.exitCode = EXIT.usage;
  return false;
}

/** Calls `write`, which writes to the user's `path`; prints an error and returns false when that fails. */
export function isWritten({ output }: Cli, path: string, write: () => void): boolean {
  try {
    write();
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    output.error(code, `Cannot write ${path}`);
    process.exitCode = EXIT.usage;
    return false;
  }
}

/** The report of a run as a JSON value. */
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

/** One function that calls all of these in order; undefined when there are none. */
export function all<T>(
  ...takers: readonly (((value: T) => void) | undefined)[]
): ((value: T) => void) | undefined {
  const present = takers.filter((taker) => taker !== undefined);
  if (present.length === 0) return undefined;
  return (value) => {
    for (const take of present) take(value);
  };
}
