/**
 * The speed of the simulator: whole-system runs per second on one core and on all cores, and simulated seconds per
 * second of idle systems. Uses CPU seconds, because wall-clock time on a shared machine varies, and wall-clock time in
 * addition; for all cores together only wall-clock time.
 *
 * Use: `npm run bench:sim [runs] [rounds]`.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LOG_LEVEL_ALL } from '../sim/input/command.ts';
import { type ScenarioInput, type Script, TRACING_GROUP_ID } from '../sim/input/scenario.ts';
import { type RunReport, runScenario } from '../sim/run/run.ts';
import { scenarioNamed } from '../sim/scenarios/index.ts';
import { NS_PER_SECOND } from '../src/base/time.ts';
import type { Operation } from '../src/wire/control/messages.ts';
import { machine, median, say, spread, table } from './lib/figures.ts';

const [runs = '100', rounds = '7'] = process.argv.slice(2);
const RUNS = Number(runs);
const ROUNDS = Number(rounds);
/** The short whole-system runs. */
const SHORT = ['S1', 'S2', 'S3', 'S4'];
const LTTNG_SIM = join(import.meta.dirname, '../bin/lttng-sim.js');
/** Runs until V8 has compiled nearly all code: first the code that all scenarios share, then that of each. */
const WARM_RUNS = 2000;
const WARM_RUNS_EACH = 300;
/** Size of a loop that measures the processor: its speed differs between machines and times. */
const ADDITIONS = 3e8;
const IDLE_S = 100;
const IDLE_APPLICATIONS = 10;

/** Every round has the same seeds, so that its cost does not depend on them. */
const FIRST_SEED = 1000;

/** CPU seconds of this process that `act` takes. */
function cpuSecondsFor(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function checked(report: RunReport): RunReport {
  if (report.findings.length > 0) throw new Error(`a law is broken: ${report.findings[0]?.text}`);
  return report;
}

function drawOf(id: string): (seed: number) => ScenarioInput {
  const scenario = scenarioNamed(id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  return scenario.draw;
}

/** Only the first command of S1: `lttng record` with all that it starts, from the first process to the last. */
function oneRecording(seed: number): ScenarioInput {
  const { scripts, ...rest } = drawOf('S1')(seed);
  return {
    ...rest,
    scripts: scripts.map((script) => ({ ...script, steps: script.steps.slice(0, 1) })),
  };
}

/** Milliseconds of a loop that depends only on the processor. */
function yardstickMs(): number {
  const seconds = cpuSecondsFor(() => {
    let sum = 0;
    for (let n = 0; n < ADDITIONS; n++) sum = (sum + n) | 0;
    if (sum === 1) throw new Error('the sum of all those numbers is not 1');
  });
  return seconds * 1000;
}

/** Runs per second of each scenario, steps per run, and the speed of the processor at the time. */
function wholeRuns(): string {
  const draws = new Map([['one recording', oneRecording]]);
  for (const id of [...SHORT, 'F1', 'F2', 'F3', 'F4']) draws.set(id, drawOf(id));
  for (let n = 0; n < WARM_RUNS; n++) checked(runScenario(oneRecording(FIRST_SEED + n)));
  const rows = [...draws].map(([name, draw]) => {
    const [cpu, wall, additions]: [number[], number[], number[]] = [[], [], []];
    let steps = 0;
    for (let n = 0; n < WARM_RUNS_EACH; n++) {
      steps += checked(runScenario(draw(FIRST_SEED + n))).steps;
    }
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.hrtime.bigint();
      const seconds = cpuSecondsFor(() => {
        for (let n = 0; n < RUNS; n++) runScenario(draw(FIRST_SEED + n));
      });
      cpu.push(RUNS / seconds);
      wall.push((RUNS * NS_PER_SECOND) / Number(process.hrtime.bigint() - before));
      additions.push(yardstickMs());
    }
    const perRun = (steps / WARM_RUNS_EACH).toFixed(0);
    return [name, spread(cpu, 0), spread(wall, 0), perRun, spread(additions, 0)];
  });
  const additions = `ms for ${ADDITIONS.toExponential(0)} additions`;
  return table([
    ['scenario', 'runs a CPU second', 'runs a second', 'steps a run', additions],
    ...rows,
  ]);
}

/** Runs a second by the wall clock, S1 to S4 in turn; each job has the same number of runs for any number of jobs. */
function rateOf(jobs: number): number {
  const args = [LTTNG_SIM, '--output-format', 'json', 'fuzz', ...SHORT, '--twice', '0'];
  const size = ['--from', `${FIRST_SEED}`, '--seeds', `${RUNS * jobs}`, '--jobs', `${jobs}`];
  const said = execFileSync(process.execPath, [...args, ...size], { encoding: 'utf8' });
  return (JSON.parse(said) as { readonly 'runs-per-second': number })['runs-per-second'];
}

function jobRates(): string {
  const cores = availableParallelism();
  const [one, all]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    one.push(rateOf(1));
    all.push(rateOf(cores));
  }
  return table([
    ['jobs', 'runs a second', 'by one job'],
    ['1', spread(one), '1.0'],
    [`${cores}`, spread(all), (median(all) / median(one)).toFixed(2)],
  ]);
}

function input(seed: number, scripts: readonly Script[]): ScenarioInput {
  return {
    seed,
    users: [{ name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] }],
    groups: { root: 0, alice: 1001, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: [],
  };
}

/** Applications that do nothing until their end. */
function idlers(count: number): Script {
  const workload = { steps: [{ at: IDLE_S * 1000, do: 'exit', code: 0 } as const] };
  const steps = Array.from(
    { length: count },
    () => ({ at: 0, do: 'application', workload }) as const,
  );
  return { user: 'alice', steps };
}

/** A session that is never stopped, with timers of this period (0: none). */
function recording(periodUs: number): Script {
  const session = 'rest';
  const channel = 'channel';
  const operations: Operation[] = [
    { op: 'session.create', name: session, output: '/home/alice/trace' },
    {
      op: 'channel.add',
      session,
      channel: {
        name: channel,
        shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
        switchTimerUs: periodUs,
        readTimerUs: periodUs,
      },
    },
    {
      op: 'event.enable',
      session,
      channel,
      patterns: ['*'],
      logLevelMax: LOG_LEVEL_ALL,
      target: { kind: 'all' },
    },
    { op: 'session.start', session },
  ];
  const command = { kind: 'operations', operations } as const;
  return { user: 'alice', steps: [{ at: 100, do: 'lttng', command }] };
}

function idleRates(): string {
  const registry: Script = { user: 'root', steps: [{ at: 0, do: 'sessiond' }] };
  const cases: Record<string, readonly Script[]> = {
    'an application waits for a registry': [idlers(1)],
    [`${IDLE_APPLICATIONS} applications wait for a registry`]: [idlers(IDLE_APPLICATIONS)],
    [`${IDLE_APPLICATIONS} applications have one`]: [registry, idlers(IDLE_APPLICATIONS)],
    'a session without timers': [registry, idlers(1), recording(0)],
    'a session with timers of 1 s': [registry, idlers(1), recording(1_000_000)],
    'a session with timers of 10 ms': [registry, idlers(1), recording(10_000)],
  };
  const rows = Object.entries(cases).map(([name, scripts]) => {
    const rates: number[] = [];
    let stepsPerSecond = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      let report: RunReport | undefined;
      const seconds = cpuSecondsFor(() => {
        report = checked(runScenario(input(round, scripts)));
      });
      const simulatedS = (report?.simulatedMs ?? 0) / 1000;
      if (round > 0) rates.push(simulatedS / seconds);
      stepsPerSecond = (report?.steps ?? 0) / simulatedS;
    }
    return [name, spread(rates, 0), stepsPerSecond.toFixed(1)];
  });
  return table([
    ['at rest', 'simulated seconds a CPU second', 'steps a simulated second'],
    ...rows,
  ]);
}

say(`${machine()}; ${RUNS} runs a round, ${ROUNDS} rounds, after ${WARM_RUNS} runs`);
for (const part of [wholeRuns, idleRates, jobRates]) say(`\n${part()}`);
